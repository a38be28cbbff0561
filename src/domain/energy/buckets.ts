import { FIVE_MINUTES_MS, type HomeCalendar, type Slot, type Step } from './calendar';
import { weaker, type Quality, type Slice } from './slice';
import { flowedBy, type MicroWh } from './units';

/** What flowed in a slot of time. */
export interface Bucket extends Slot {
  /** null: nothing is known of it; never 0 for that (M3). */
  readonly energy: MicroWh | null;
  /** For how much of the slot it is known. */
  readonly coveredMs: number;
  /** The weakest of its parts. */
  readonly quality: Quality | 'missing';
}

/** A bucket of which something is known. */
export interface Known extends Bucket {
  readonly energy: MicroWh;
  readonly quality: Quality;
}

interface Sum {
  energy: MicroWh;
  coveredMs: number;
  quality: Quality;
}

/** The share of its slot that a bucket knows, 0 to 1. */
export function coverageOf({ start, end, coveredMs }: Bucket): number {
  return Math.min(1, coveredMs / (end - start));
}

export function isKnown<B extends Bucket>(bucket: B): bucket is B & Known {
  return bucket.energy !== null;
}

/**
 * Slices as 5-minute buckets, those of which something is known, oldest first. A slice is cut so that its
 * parts add up to it exactly, and the same wherever else it is cut.
 * @param begun what is already in the bucket that the first slice begins in
 * @param until slices count up to here only (a power held into the future)
 */
export function bucketsOf(
  slices: readonly Slice[],
  {
    begun = null,
    until = Infinity,
  }: { readonly begun?: Known | null; readonly until?: number } = {},
): readonly Known[] {
  const sums = new Map<number, Sum>();
  if (begun) {
    const { energy, coveredMs, quality } = begun;
    sums.set(begun.start, { energy, coveredMs, quality });
  }
  for (const slice of slices) addSlice(sums, slice, Math.min(slice.to, until));
  return bucketsFrom(sums);
}

function addSlice(sums: Map<number, Sum>, slice: Slice, to: number): void {
  let at = slice.from;
  let flowed = 0;
  while (at < to) {
    const start = at - (at % FIVE_MINUTES_MS);
    const cut = Math.min(start + FIVE_MINUTES_MS, to);
    const flowedNow = flowedBy(cut, slice.energy, slice.from, slice.to);
    add(sums, start, flowedNow - flowed, cut - at, slice.quality);
    at = cut;
    flowed = flowedNow;
  }
}

/**
 * Finer buckets as coarser ones in home time, those of which something is known (M4): exact sums, so hours
 * add up to days and days to months. The same buckets give the same result, however often.
 * @param finer known or not, in any order, none twice
 */
export function rollUp(
  finer: readonly Bucket[],
  calendar: HomeCalendar,
  step: Step,
): readonly Known[] {
  const sums = new Map<number, Sum>();
  let slot: Slot = { start: 0, end: 0 };
  for (const bucket of finer) {
    if (!isKnown(bucket)) continue;
    if (bucket.start < slot.start || bucket.start >= slot.end)
      slot = calendar.slotOf(step, bucket.start);
    add(sums, slot.start, bucket.energy, bucket.coveredMs, bucket.quality);
  }
  return bucketsFrom(sums, (start) => calendar.next(step, start));
}

/** The buckets of each slot: those that begin in it. @param slots oldest first, and so the buckets */
export function inSlots<B extends Bucket>(
  slots: readonly Slot[],
  buckets: readonly B[],
): readonly (readonly B[])[] {
  let next = 0;
  return slots.map(({ start, end }) => {
    while (next < buckets.length && (buckets[next]?.start ?? end) < start) next += 1;
    const first = next;
    while (next < buckets.length && (buckets[next]?.start ?? end) < end) next += 1;
    return buckets.slice(first, next);
  });
}

/** Buckets as one over a slot. */
export function sumOver(slot: Slot, parts: readonly Bucket[]): Bucket {
  const sums = new Map<number, Sum>();
  for (const part of parts.filter(isKnown))
    add(sums, slot.start, part.energy, part.coveredMs, part.quality);
  const [sum] = bucketsFrom(sums, () => slot.end);
  return sum ?? missing(slot);
}

/** Buckets by what they have in common, in the order of the first of each. */
export function groupBy<B extends Bucket, K>(
  buckets: readonly B[],
  keyOf: (bucket: B) => K,
): ReadonlyMap<K, readonly B[]> {
  const groups = new Map<K, B[]>();
  for (const bucket of buckets) {
    const key = keyOf(bucket);
    const group = groups.get(key);
    if (group) group.push(bucket);
    else groups.set(key, [bucket]);
  }
  return groups;
}

/** A slot of which nothing is known. */
export function missing({ start, end }: Slot): Bucket {
  return { start, end, energy: null, coveredMs: 0, quality: 'missing' };
}

function add(
  sums: Map<number, Sum>,
  start: number,
  energy: MicroWh,
  coveredMs: number,
  quality: Quality,
): void {
  const sum = sums.get(start);
  if (!sum) {
    sums.set(start, { energy, coveredMs, quality });
    return;
  }
  sum.energy += energy;
  sum.coveredMs += coveredMs;
  sum.quality = weaker(sum.quality, quality);
}

function bucketsFrom(
  sums: ReadonlyMap<number, Sum>,
  endOf = (start: number) => start + FIVE_MINUTES_MS,
): readonly Known[] {
  const buckets = Array.from(sums, ([start, sum]) => ({ start, end: endOf(start), ...sum }));
  return buckets.sort((a, b) => a.start - b.start);
}
