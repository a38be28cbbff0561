import { bucketsOf, type Known } from './buckets';
import { FIVE_MINUTES_MS } from './calendar';
import { distinct } from './distinct';
import {
  anchorsOf,
  countMeter,
  NEW_METER,
  type MeterDeclaration,
  type MeterEvent,
  type MeterState,
} from './meter';
import { instantOf, type Reading } from './reading';
import type { Slice } from './slice';
import { DAY_MS } from './units';

/**
 * A meter's past as far as its future needs it: a few hundred bytes of JSON, whatever the past.
 * (Readings without a time of their own add themselves for 10 min, so that their copies are known.)
 */
export interface Checkpoint {
  /** Every reading before this instant is in, and none from it on. */
  readonly until: number;
  readonly meter: MeterState;
  readonly remembered: Iterable<Reading>;
  /** What was in its 5-minute bucket before each instant from which history may still be written anew. */
  readonly begun: readonly { readonly at: number; readonly bucket: Known }[];
}

/** Before a meter's first reading. */
export const BEGINNING: Checkpoint = {
  until: 0,
  meter: NEW_METER,
  remembered: [],
  begun: [],
};

export interface Advance {
  readonly checkpoint: Checkpoint;
  /** History is written anew from this 5-minute bucket on: those stored from here on give way to `buckets`. Null: nothing came in yet. */
  readonly from: number | null;
  readonly buckets: readonly Known[];
  readonly slices: readonly Slice[];
  /** Up to this instant nothing has changed; null: nothing came in yet. */
  readonly settledUntil: number | null;
  /** Resets and jumps told before that lie after `settledUntil` give way to these: a glitch undone is no reset. */
  readonly events: readonly MeterEvent[];
}

/**
 * Counts on from a checkpoint. The law: whatever the cuts, buckets and state are the same as counting all
 * readings at once from `BEGINNING`. A reading that comes late (before the newest checkpoint) is counted
 * by advancing from the last checkpoint not after it, with all readings kept since.
 * @param readings in any order, copies among them, none before `checkpoint.until`
 * @param until how far is known, usually now: a power reading is held up to here. Say nothing for the
 * whole hold
 * @throws RangeError for a reading that is before the checkpoint
 */
export function advance(
  declaration: MeterDeclaration,
  checkpoint: Checkpoint,
  readings: readonly Reading[],
  until = Infinity,
): Advance {
  for (const reading of readings) {
    if (instantOf(reading) < checkpoint.until) {
      throw new RangeError('A reading before the checkpoint needs an earlier one');
    }
  }
  const { said, duplicates, remembered } = distinct(readings, checkpoint.remembered);
  const { state, slices, from, events } = countMeter(declaration, checkpoint.meter, said);
  const begun = checkpoint.begun.find(({ at }) => at === from)?.bucket ?? null;
  const last = said.at(-1);
  const { dropped } = state;
  return {
    checkpoint: {
      until: last ? last.at + 1 : checkpoint.until,
      meter: { ...state, dropped: { ...dropped, duplicate: dropped.duplicate + duplicates } },
      remembered,
      begun: anchorsOf(state).flatMap((at) => {
        const bucket =
          from === null || at <= from
            ? checkpoint.begun.find((known) => known.at === at)?.bucket
            : begunBucket(at, slices, begun);
        return bucket ? [{ at, bucket }] : [];
      }),
    },
    from: from === null ? null : from - (from % FIVE_MINUTES_MS),
    buckets: bucketsOf(slices, { begun, until }),
    slices,
    settledUntil: from,
    events,
  };
}

/** What is in the 5-minute bucket of an instant, up to it. */
function begunBucket(at: number, slices: readonly Slice[], begun: Known | null): Known | undefined {
  const start = at - (at % FIVE_MINUTES_MS);
  let first = slices.length;
  while (first > 0 && (slices[first - 1]?.to ?? 0) > start) first -= 1;
  const inBucket = slices.slice(first).filter(({ from }) => from < at);
  const same = begun?.start === start ? begun : null;
  return bucketsOf(inBucket, { begun: same, until: at }).find((bucket) => bucket.start === start);
}

/** What a day's readings have come to. */
export interface AdvancedDay extends Advance {
  /** The newest reading, and the checkpoint before it: what may still be open at its end. */
  readonly tail: Tail;
}

export interface Tail {
  readonly before: Checkpoint;
  readonly readings: readonly Reading[];
}

/**
 * `advance` a day (UTC) at a time, so that there is a checkpoint to go back to at the end of each, and
 * somebody else can have a turn in between. The buckets of each day replace those of the days before
 * from its `from` on.
 * @param readings in order, none before `checkpoint.until`
 */
export function* advanceByDay(
  declaration: MeterDeclaration,
  checkpoint: Checkpoint,
  readings: readonly Reading[],
): Generator<AdvancedDay, void> {
  let before = checkpoint;
  for (let start = 0; start < readings.length;) {
    const day = dayOf(readings[start]);
    let end = start + 1;
    while (end < readings.length && dayOf(readings[end]) === day) end += 1;
    let last = end - 1;
    while (last > start && sameInstant(readings[last - 1], readings[last])) last -= 1;
    const tail = readings.slice(last, end);
    const done = advance(declaration, before, readings.slice(start, last));
    const advanced = advance(declaration, done.checkpoint, tail);
    yield { ...both(done, advanced), tail: { before: done.checkpoint, readings: tail } };
    before = advanced.checkpoint;
    start = end;
  }
}

/** Two calls as one. */
function both(first: Advance, second: Advance): Advance {
  if (first.from === null || second.from === null) return second;
  const { from, settledUntil } = second;
  const [since, until] = [first.settledUntil ?? 0, settledUntil ?? 0];
  return {
    ...second,
    from: Math.min(first.from, from),
    settledUntil: Math.min(since, until),
    buckets: [...first.buckets.filter(({ start }) => start < from), ...second.buckets],
    slices: [...first.slices.filter((slice) => slice.from < until), ...second.slices],
    events: [...first.events.filter(({ event, at }) => keeps(event, at, until)), ...second.events],
  };
}

function keeps(event: string, at: number, settledUntil: number): boolean {
  return event === 'device.restarted' || at <= settledUntil;
}

function dayOf(reading: Reading | undefined): number {
  return reading ? Math.floor(instantOf(reading) / DAY_MS) : NaN;
}

function sameInstant(a: Reading | undefined, b: Reading | undefined): boolean {
  return a !== undefined && b !== undefined && instantOf(a) === instantOf(b);
}
