import type { Value } from '../../../contract/value';
import type { Point, Row } from '../../../ports/store';
import { compareByCodePoints } from '../code-points';

/** How many points one document holds at most: all of them are written again when one is added. */
export const PART_POINTS_MAX = 64;

/** Where a point stands in its series. */
export type Place = Pick<Point, 'at' | 'key'>;

/** A document with some neighbouring points of a series, as columns. */
export interface PartRow extends Row {
  readonly id: number;
  readonly s: string;
  /** The first point's time. */
  readonly t: number;
  /** Each point's time as milliseconds since then. */
  readonly d: readonly number[];
  /** Each point's key; left out where all are ''. */
  readonly k?: readonly string[];
  readonly v: readonly Value[];
}

/** What is known of a part without reading it: its id, its first and last point's place. */
export interface Part {
  readonly id: number;
  readonly from: Place;
  readonly to: Place;
}

/** Time first, then the key by code points. */
export function comparePlaces(a: Place, b: Place): number {
  return a.at - b.at || compareByCodePoints(a.key, b.key);
}

export function pointsOf({ s, t, d, k, v }: PartRow): Point[] {
  return d.map((ms, n) => ({
    series: s,
    at: t + ms,
    key: k?.[n] ?? '',
    value: v[n] as Value,
  }));
}

/** The document of at least one point. */
export function rowOfPoints(id: number, series: string, points: readonly Point[]): PartRow {
  const t = points[0]?.at ?? 0;
  return {
    id,
    s: series,
    t,
    d: points.map(({ at }) => at - t),
    ...(points.every(({ key }) => key === '') ? {} : { k: points.map(({ key }) => key) }),
    v: points.map(({ value }) => value),
  };
}

/** Both in order, and of points in the same place the last one. */
export function mergePoints(before: readonly Point[], added: readonly Point[]): Point[] {
  // Sorting keeps the order of equals.
  const sorted = [...before, ...added].sort(comparePlaces);
  return sorted.filter((point, n) => {
    const next = sorted[n + 1];
    return next === undefined || comparePlaces(point, next) !== 0;
  });
}

/** How many of the parts begin at or before a place. */
export function placedAfter(parts: readonly Part[], place: Place): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePlaces((parts[middle] as Part).from, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
