import { bucketsOf, type Known } from './buckets';
import { FIVE_MINUTES_MS } from './calendar';
import { distinct, type Remembered } from './distinct';
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

/**
 * A meter's past as far as its future needs it: a few hundred bytes of plain data, whatever the past.
 * (Readings without a time of their own add themselves for 10 min, so that their copies are known.)
 */
export interface Checkpoint {
  /** Every reading before this instant is in, and none from it on. */
  readonly until: number;
  readonly meter: MeterState;
  readonly remembered: Remembered;
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
