import {
  SERIES,
  TABLES,
  type Row,
  type SeriesName,
  type Store,
  type TableDeclaration,
  type TableName,
} from '../../ports/store';
import { CheckedRepository, type RowEngine } from './checked-repository';
import { CheckedSeries, type PointEngine } from './checked-series';
import { OpenCalls } from './open-calls';

/** A database as a store sees it. */
export interface Engines {
  table<R extends Row>(name: TableName, declaration: TableDeclaration<R>): RowEngine<R>;
  series(name: SeriesName): PointEngine;
  /** Runs writes all or none: those of the tables it hands out. */
  together<A>(write: (tables: Pick<Engines, 'table'>) => Promise<A>): Promise<A>;
  /** Lets go of the database; no call is under way. */
  close(): Promise<void>;
}

/** A store of all that the port declares, over a database's engines. */
export function checkedStore(engines: Engines): Store {
  const calls = new OpenCalls();
  const repositoryOf = (name: TableName, { table }: Pick<Engines, 'table'>, open: OpenCalls) => {
    const declaration = TABLES[name] as unknown as TableDeclaration<Row>;
    return [
      name,
      new CheckedRepository(name, declaration, table(name, declaration), open),
    ] as const;
  };
  const repositories = (Object.keys(TABLES) as TableName[]).map((name) =>
    repositoryOf(name, engines, calls),
  );
  const series = (Object.keys(SERIES) as SeriesName[]).map((name) => [
    name,
    new CheckedSeries(engines.series(name), calls),
  ]);
  return {
    ...(Object.fromEntries([...repositories, ...series]) as unknown as Omit<
      Store,
      'close' | 'together'
    >),
    together: (tables, change) =>
      calls.run(noInput, () =>
        engines.together((bound) => {
          const inside = new OpenCalls();
          const rows = tables.map((name) => repositoryOf(name, bound, inside));
          return change(Object.fromEntries(rows) as never);
        }),
      ),
    close: () => calls.close(() => engines.close()),
  };
}

function noInput(): void {
  // Nothing to copy.
}
