import { isDeepStrictEqual } from 'node:util';
import {
  SERIES,
  TABLES,
  type Point,
  type Repository,
  type Row,
  type SeriesName,
  type Store,
  type TableName,
  type TimeSeries,
} from '../ports/store';

/** Rows or points that are read, written and compared at once. */
const AT_ONCE = 1000;

/** Who does something at the moment: nothing that moves. */
const STAYS: ReadonlySet<TableName> = new Set(['turns']);

/** Why a home was not moved, in English. */
export class MoveRefused extends Error {
  override readonly name = 'MoveRefused';
}

/** How many rows a table, or points a time series, has in its new place. */
export type Moved = Readonly<Partial<Record<TableName | SeriesName, number>>>;

/**
 * Copies a home from one store to another: every row with its id, every point, and which id comes
 * next. Reads it all again and compares. Nobody may use either meanwhile; `from` stays as it is.
 * @throws MoveRefused if there is something in `to` already, or if what is there in the end is not
 * what was to be copied; and what the stores throw: then `to` holds a part and is to be emptied
 */
export async function moveStore(from: Store, to: Store): Promise<Moved> {
  await assertEmpty(to);
  const moved: Record<string, number> = {};
  for (const name of tableNames()) {
    const pair = [rowsOf(from, name), rowsOf(to, name)] as const;
    await copyRows(...pair);
    if (TABLES[name].id === 'counted') await copyLastId(name, ...pair);
    moved[name] = await assertSame(name, pages(pair[0]), pages(pair[1]));
  }
  for (const name of Object.keys(SERIES) as SeriesName[]) {
    moved[name] = await copySeries(name, from[name], to[name]);
  }
  return moved;
}

async function assertEmpty(store: Store): Promise<void> {
  for (const name of tableNames()) {
    const rows = await rowsOf(store, name).count();
    if (rows > 0) throw new MoveRefused(`There are ${rows} rows in ${name} there already`);
  }
  for (const name of Object.keys(SERIES) as SeriesName[]) {
    const [series] = await store[name].names();
    if (series !== undefined) throw new MoveRefused(`There are points in ${name} there already`);
  }
}

async function copyRows(from: Repository<Row>, to: Repository<Row>): Promise<void> {
  for await (const rows of pages(from)) await to.restore(rows);
}

/** The highest id may have been that of a row which is gone: it is not given again. */
async function copyLastId(
  name: TableName,
  from: Repository<Row>,
  to: Repository<Row>,
): Promise<void> {
  const id = await from.lastId();
  if (id <= (await to.lastId())) return;
  const { unique } = TABLES[name];
  await to.restore([{ ...Object.fromEntries(unique.map((field) => [field, null])), id }]);
  await to.delete(id);
}

async function copySeries(name: SeriesName, from: TimeSeries, to: TimeSeries): Promise<number> {
  let points = 0;
  const names = await from.names();
  for (const series of names) {
    for await (const some of pointPages(from, series)) await to.put(some);
    points += await assertSame(
      `${name} of ${series}`,
      pointPages(from, series),
      pointPages(to, series),
    );
  }
  if (!isDeepStrictEqual(names, await to.names())) {
    throw new MoveRefused(`${name} has other series there than here`);
  }
  return points;
}

/** @returns how many there are */
async function assertSame<T>(
  what: string,
  here: AsyncGenerator<T[]>,
  there: AsyncGenerator<T[]>,
): Promise<number> {
  let count = 0;
  for (;;) {
    const [mine, theirs] = [await here.next(), await there.next()];
    if (!isDeepStrictEqual(mine.value, theirs.value)) {
      throw new MoveRefused(`${what} is not the same there as here`);
    }
    if (mine.done === true) return count;
    count += mine.value.length;
  }
}

async function* pages(rows: Repository<Row>): AsyncGenerator<Row[]> {
  let after: Row | undefined;
  do {
    const some = await rows.list({ limit: AT_ONCE, ...(after && { after }) });
    after = some.length === AT_ONCE ? some.at(-1) : undefined;
    if (some.length > 0) yield some;
  } while (after);
}

async function* pointPages(points: TimeSeries, series: string): AsyncGenerator<Point[]> {
  let after: Point | undefined;
  do {
    const some = await points.read(series, { limit: AT_ONCE, ...(after && { after }) });
    after = some.length === AT_ONCE ? some.at(-1) : undefined;
    if (some.length > 0) yield some;
  } while (after);
}

function tableNames(): TableName[] {
  return (Object.keys(TABLES) as TableName[]).filter((name) => !STAYS.has(name));
}

function rowsOf(store: Store, name: TableName): Repository<Row> {
  return store[name] as unknown as Repository<Row>;
}
