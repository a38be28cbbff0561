import { isDeepStrictEqual } from 'node:util';
import type { ListQuery, Row } from '../../../ports/store';

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
