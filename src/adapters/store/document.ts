import type { Value } from '../../contract/value';
import { fromSortable, toSortable } from './sortable-text';

/** What `toSortable` changes, as it shows in JSON. */
const UNSORTABLE = /[\ud800-\uffff]|\\u000[01]|\\ud/;
/** What `fromSortable` changes. */
const CHANGED = /[\ud800-\uffff]|\\u0001/;

/** A value as JSON whose texts databases keep and sort (`toSortable`), so that equal values are equal there. */
export function toDocument(value: Value): string {
  const json = JSON.stringify(value);
  return UNSORTABLE.test(json) ? JSON.stringify(mapTexts(value, toSortable)) : json;
}

/** The value that `toDocument` was given; the order of keys may be another. */
export function fromDocument(json: string): Value {
  const value = JSON.parse(json) as Value;
  return CHANGED.test(json) ? mapTexts(value, fromSortable) : value;
}

function mapTexts(value: Value, map: (text: string) => string): Value {
  if (typeof value === 'string') return map(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => mapTexts(item, map));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [map(key), mapTexts(item, map)]),
  );
}
