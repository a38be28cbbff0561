import { AurionError } from '../../contract/errors';
import { assertSafeKeys } from '../../contract/safe-input';
import {
  POINT_BYTES_MAX,
  ROW_BYTES_MAX,
  type ListQuery,
  type Point,
  type PointQuery,
  type Row,
  type TableDeclaration,
} from '../../ports/store';

/*
 * What every adapter does with its input before it waits for anything: check it, and copy it, since
 * the caller may change it meanwhile.
 */

/**
 * A private copy of what was handed in: plain data that JSON keeps as it is.
 * @throws INPUT_KEY_FORBIDDEN for keys that could be taken for something else, and TypeError for
 * values that are no `Value`
 */
export function plainCopy<T extends object>(input: T): T {
  assertSafeKeys(input);
  return copyOf(input) as T;
}

/** @throws RangeError for a limit that is no count, and what `plainCopy` throws */
export function copyOfQuery<R extends Row>(query: ListQuery<R>): ListQuery<R> {
  const { where, range, after, limit } = query;
  assertLimit(limit);
  return {
    ...query,
    ...(where === undefined ? {} : { where: plainCopy(where) }),
    ...(range === undefined ? {} : { range: { ...range } }),
    ...(after === undefined ? {} : { after: plainCopy(after) }),
  };
}

/**
 * The rows as they are to be restored.
 * @throws TypeError for an id that the table cannot have, ROW_TOO_LARGE, and what `plainCopy` throws
 */
export function copyOfRows<R extends Row>(
  rows: readonly R[],
  kind: TableDeclaration<R>['id'],
): R[] {
  return rows.map((row) => {
    const copy = plainCopy(row);
    const good =
      kind === 'given'
        ? typeof copy.id === 'string'
        : Number.isSafeInteger(copy.id) && (copy.id as number) > 0;
    if (!good) throw new TypeError(`A row cannot be restored with the id ${String(copy.id)}`);
    assertRowFits(copy);
    return copy;
  });
}

/** @throws ROW_TOO_LARGE */
export function assertRowFits(row: object): void {
  assertFits(row, ROW_BYTES_MAX);
}

/** @throws TypeError for what is no point, ROW_TOO_LARGE, and what `plainCopy` throws */
export function copyOfPoints(points: readonly Point[]): Point[] {
  return points.map(({ series, at, key, value }) => {
    assertText(series);
    assertTime(at);
    assertText(key);
    const copy = { series, at: copyOf(at) as number, key, ...plainCopy({ value }) };
    assertFits(copy, POINT_BYTES_MAX);
    return copy;
  });
}

/** @throws TypeError, and RangeError for a limit that is no count */
export function copyOfPointQuery(query: PointQuery): PointQuery {
  const { from, to, after, limit } = query;
  assertLimit(limit);
  for (const time of [from, to]) if (time !== undefined) assertTime(time);
  if (after === undefined) return { ...query };
  assertTime(after.at);
  assertText(after.key);
  return { ...query, after: { at: after.at, key: after.key } };
}

/** What `TimeSeries.delete` is asked. A condition on undefined is refused: it would match all. @throws TypeError */
export function copyOfDeletion<Q extends { series?: string; from?: number; to?: number }>(
  query: Q,
): Q {
  if ('series' in query) assertText(query.series);
  if ('from' in query) assertTime(query.from);
  if ('to' in query) assertTime(query.to);
  return { ...query };
}

/** The name of a series or the key of a point. @throws TypeError */
export function assertText(text: unknown): asserts text is string {
  if (typeof text !== 'string' || text.includes('\0') || !text.isWellFormed()) {
    throw new TypeError('A series and a key are texts without NUL');
  }
}

function assertTime(at: unknown): asserts at is number {
  if (!Number.isSafeInteger(at)) throw new TypeError('A time is a whole number of milliseconds');
}

function assertLimit(limit: number | undefined): void {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 0)) {
    throw new RangeError(`A limit of ${limit} rows`);
  }
}

function assertFits(row: object, max: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(row));
  if (bytes > max)
    throw new AurionError('ROW_TOO_LARGE', { params: { bytes: `${bytes}`, max: `${max}` } });
}

function copyOf(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON knows no negative zero.
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value === 'object' && isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
  }
  throw new TypeError(`A row cannot hold this value: ${describe(value)}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function describe(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor.name ?? 'null') : typeof value;
}

/** @throws TypeError for a table whose ids the caller gives */
export function assertCounted<R extends Row>(
  name: string,
  { id }: Pick<TableDeclaration<R>, 'id'>,
): void {
  if (id !== 'counted') throw new TypeError(`The ids of ${name} are ${id}`);
}
