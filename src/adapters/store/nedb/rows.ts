import { isDeepStrictEqual } from 'node:util';
import { assertSafeKeys } from '../../../contract/safe-input';
import type { ListQuery, Row } from '../../../ports/store';

/**
 * A private copy of what was handed in: plain data that JSON keeps as it is.
 * @throws INPUT_KEY_FORBIDDEN for keys that could be taken for something else, and TypeError for
 * values that are no `Value`
 */
export function plainCopy<T extends object>(input: T): T {
  assertSafeKeys(input);
  return copyOf(input) as T;
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

/** Whether all the named fields equal these, nested ones as a whole. */
export function hasFields(row: object, fields: object): boolean {
  return Object.entries(fields).every(([field, value]) =>
    isDeepStrictEqual((row as Record<string, unknown>)[field], value),
  );
}

export function isInRange<R extends Row>(row: R, range: ListQuery<R>['range']): boolean {
  if (range === undefined) return true;
  const { field, from, to } = range;
  const value: unknown = row[field];
  if (value === null || value === undefined) return false;
  return (
    (from === undefined || (typeof value === typeof from && compareValues(value, from) >= 0)) &&
    (to === undefined || (typeof value === typeof to && compareValues(value, to) < 0))
  );
}

/** Compares rows by a field, and those equal in it by their ids. */
export function compareRows<R extends Row>(a: R, b: R, field: keyof R & string): number {
  return compareValues(a[field], b[field]) || compareValues(a.id, b.id);
}

/** Null first, then as numbers or texts compare (texts by UTF-16 code units). */
function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}
