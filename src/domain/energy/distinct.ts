import { instantOf, isClockAhead, type Reading } from './reading';
import { MINUTE_MS, type MicroWh } from './units';

/** What a meter said at one instant, once. */
export interface Said {
  readonly at: number;
  readonly seq: number | null;
  readonly powerW: number | null;
  readonly energy: MicroWh | null;
}

/** The readings whose time is that of their arrival and that a copy could still follow. */
export type Remembered = readonly Reading[];

export interface Distinct {
  /** In time order, at most one an instant. */
  readonly said: readonly Said[];
  readonly duplicates: number;
  readonly remembered: Remembered;
}

/** How long after its arrival a reading without a time of its own can be told from its copy. */
const COPY_WITHIN_MS = 10 * MINUTE_MS;
/** Of a meter that floods, the newest: they have to fit into a row of the store. */
const REMEMBERED_MAX = 2000;

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
export function distinct(readings: readonly Reading[], remembered: Remembered = []): Distinct {
  const memory = new CopyMemory(remembered);
  const said: Said[] = [];
  let duplicates = 0;
  let last: Reading | null = null;
  let lastAt = NaN;
  for (const reading of inOrder(readings)) {
    const at = instantOf(reading);
    if (memory.holdsCopyOf(reading, at)) {
      duplicates += 1;
      continue;
    }
    if (at === reading.receivedAt && at !== reading.timestamp) memory.add(reading);
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
  return { said, duplicates, remembered: memory.until(lastAt) };
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

/** The readings that count by their arrival, for as long as a copy can follow. */
class CopyMemory {
  private readonly kept: Reading[];

  constructor(remembered: Remembered) {
    this.kept = [...remembered];
  }

  add(reading: Reading): void {
    this.kept.push(reading);
    if (this.kept.length > REMEMBERED_MAX) this.kept.shift();
  }

  holdsCopyOf(reading: Reading, at: number): boolean {
    if (this.kept.length === 0) return false;
    this.forget(at);
    const timed = isTimed(reading);
    return this.kept.some((kept) => (timed ? sameMessage(kept, reading) : isCopy(kept, reading)));
  }

  until(at: number): Remembered {
    if (!Number.isNaN(at)) this.forget(at);
    return this.kept;
  }

  private forget(at: number): void {
    let gone = 0;
    while (gone < this.kept.length && isOver(this.kept[gone], at)) gone += 1;
    if (gone > 0) this.kept.splice(0, gone);
  }
}

function isOver(kept: Reading | undefined, at: number): boolean {
  return kept !== undefined && kept.receivedAt < at - COPY_WITHIN_MS;
}

/** A message whose clock was ahead, and that came again when its time had come. */
function sameMessage(kept: Reading, reading: Reading): boolean {
  return kept.timestamp === reading.timestamp && sameTimed(kept, reading);
}

function isCopy(kept: Reading, reading: Reading): boolean {
  if (kept.timestamp !== reading.timestamp) return false;
  if (reading.timestamp !== null) return sameTimed(kept, reading);
  if (kept.seq !== reading.seq || !sameContent(kept, reading)) return false;
  return reading.seq !== null || reading.redelivered;
}
