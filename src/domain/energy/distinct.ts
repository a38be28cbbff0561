import { instantOf, isClockAhead, type Reading } from './reading';
import { Remembered } from './remembered';
import type { MicroWh } from './units';

/** What a meter said at one instant, once. */
export interface Said {
  readonly at: number;
  readonly seq: number | null;
  readonly powerW: number | null;
  readonly energy: MicroWh | null;
}

export interface Distinct {
  /** In time order, at most one an instant. */
  readonly said: readonly Said[];
  readonly duplicates: number;
  /** The readings whose time is that of their arrival and that a copy could still follow. */
  readonly remembered: Remembered;
}

/**
 * Orders the readings of one meter and takes out copies (M6). The result depends on the set of readings
 * alone, not on their order.
 * - With a timestamp: copies have the same timestamp and seq; without seq, the same content.
 * - Without (or with one that is not believed): the same seq and content within 10 min.
 * - Without seq and timestamp: the same content within 10 min, and redelivered.
 *
 * Several readings of one instant become one: of each quantity the value with the highest seq counts,
 * then the higher value.
 * @param remembered what an earlier call gave, if these readings all come after those
 */
export function distinct(readings: readonly Reading[], remembered: Iterable<Reading>): Distinct {
  let memory = Remembered.of(remembered);
  const said: Said[] = [];
  let duplicates = 0;
  let last: Reading | null = null;
  let lastAt = NaN;
  for (const reading of inOrder(readings)) {
    const at = instantOf(reading);
    memory = memory.since(at);
    if (memory.holdsCopyOf(reading)) {
      duplicates += 1;
      continue;
    }
    if (at === reading.receivedAt && at !== reading.timestamp) memory = memory.with(reading);
    if (at === lastAt && last !== null) {
      // The later of two copies wins: its values are the higher ones.
      if (isTimed(last) && isTimed(reading) && sameTimed(last, reading)) duplicates += 1;
      const before = said[said.length - 1];
      said[said.length - 1] = {
        at,
        seq: reading.seq ?? before?.seq ?? null,
        powerW: reading.powerW ?? before?.powerW ?? null,
        energy: reading.energy ?? before?.energy ?? null,
      };
    } else {
      said.push({ at, seq: reading.seq, powerW: reading.powerW, energy: reading.energy });
    }
    last = reading;
    lastAt = at;
  }
  return { said, duplicates, remembered: memory };
}

function inOrder(readings: readonly Reading[]): readonly Reading[] {
  for (let i = 1; i < readings.length; i += 1) {
    const [before, after] = [readings[i - 1], readings[i]];
    if (before && after && compareReadings(before, after) > 0)
      return readings.toSorted(compareReadings);
  }
  return readings;
}

/** The order of readings: by time, then by all they say, so that the order is the set's own. */
export function compareReadings(a: Reading, b: Reading): number {
  return (
    instantOf(a) - instantOf(b) ||
    order(a.seq, b.seq) ||
    order(a.energy, b.energy) ||
    order(a.powerW, b.powerW) ||
    order(a.timestamp, b.timestamp) ||
    Number(a.redelivered) - Number(b.redelivered) ||
    a.receivedAt - b.receivedAt
  );
}

function order(a: number | null, b: number | null): number {
  return (a ?? -Infinity) === (b ?? -Infinity) ? 0 : (a ?? -Infinity) - (b ?? -Infinity);
}

function isTimed(reading: Reading): boolean {
  return reading.timestamp !== null && !isClockAhead(reading);
}

function sameContent(a: Reading, b: Reading): boolean {
  return a.energy === b.energy && a.powerW === b.powerW;
}

function sameTimed(a: Reading, b: Reading): boolean {
  return a.seq === b.seq && (a.seq !== null || sameContent(a, b));
}
