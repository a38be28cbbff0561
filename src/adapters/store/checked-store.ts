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
  /** Lets go of the database; no call is under way. */
  close(): Promise<void>;
}

/** A store of all that the port declares, over a database's engines. */
export function checkedStore(engines: Engines): Store {
  const calls = new OpenCalls();
  const repositories = Object.entries(TABLES).map(([key, declaration]) => {
    const name = key as TableName;
    const table = declaration as unknown as TableDeclaration<Row>;
    return [name, new CheckedRepository(name, table, engines.table(name, table), calls)];
  });
  const series = (Object.keys(SERIES) as SeriesName[]).map((name) => [
    name,
    new CheckedSeries(engines.series(name), calls),
  ]);
  return {
    ...(Object.fromEntries([...repositories, ...series]) as Omit<Store, 'close'>),
    close: () => calls.close(() => engines.close()),
  };
}
