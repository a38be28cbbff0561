import {
  baseLoadW,
  measuredPowerW,
  nextReading,
  type MeterDescription,
  type MeterState,
} from './meters';
import type { SeededRandom } from './random';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How often some plugs write their counter down: a power cut takes them back there. */
const SAVED_EVERY_MS = HOUR_MS;
/** The share of messages that a bad network brings late, or once more. */
const LATE = 0.01;
const TWICE = 0.03;
const LATE_MS_MAX = 6 * HOUR_MS;
const SILENT_MS = { from: 10 * MINUTE_MS, to: 4 * HOUR_MS };

/** What happens to a meter: it is not heard, its house is without power, or it begins at 0 again. */
export type Mishap = 'gap' | 'cut' | 'reset';
const MISHAPS = ['gap', 'gap', 'cut', 'reset'] as const satisfies readonly Mishap[];

/** A meter to which things happen. */
export interface TriedMeter {
  readonly meter: MeterState;
  readonly savedKWh: number;
  readonly savedAt: number;
  /** Nothing is heard of it until then; during a cut nothing flows either. */
  readonly silentUntil: number;
  readonly isCut: boolean;
  /** All that has flowed since it began, whatever its counter shows. */
  readonly flowedKWh: number;
}

/** A meter before anything happens to it. */
export function tried(meter: MeterState, now: number): TriedMeter {
  const saved = { savedKWh: meter.energyKWh, savedAt: now };
  return { meter, ...saved, silentUntil: 0, isCut: false, flowedKWh: 0 };
}

/**
 * The meter at its next reading, and whether that is heard.
 * @param perDay how many mishaps a day has, on average
 */
export function live(
  before: TriedMeter,
  {
    now,
    elapsedMs,
    powerW,
  }: { readonly now: number; readonly elapsedMs: number; readonly powerW: number },
  perDay: number,
  random: SeededRandom,
): { readonly state: TriedMeter; readonly heard: boolean } {
  const { meter, savedKWh, savedAt, silentUntil, isCut } = before;
  const isSilent = now < silentUntil;
  const next = nextReading(meter, elapsedMs, isSilent && isCut ? 0 : powerW);
  const flowedKWh = before.flowedKWh + next.energyKWh - meter.energyKWh;
  if (isSilent) {
    const seq = isCut ? 0 : meter.seq;
    return { state: { ...before, meter: { ...next, seq }, flowedKWh }, heard: false };
  }
  const isSaved = now - savedAt >= SAVED_EVERY_MS;
  const saved = isSaved ? { savedKWh: next.energyKWh, savedAt: now } : { savedKWh, savedAt };
  const calm = { ...saved, silentUntil: 0, isCut: false, flowedKWh };
  if (perDay <= 0 || !random.chance(Math.min(1, (perDay * elapsedMs) / DAY_MS))) {
    return { state: { ...calm, meter: next }, heard: true };
  }
  const until = now + random.between(SILENT_MS.from, SILENT_MS.to);
  switch (random.pick(MISHAPS)) {
    case 'gap':
      return {
        state: { ...calm, meter: { ...next, seq: meter.seq }, silentUntil: until },
        heard: false,
      };
    case 'cut':
      return {
        state: {
          ...calm,
          // It comes back as it was written down, and counts its messages anew.
          meter: { energyKWh: saved.savedKWh, powerW: 0, seq: 0 },
          silentUntil: until,
          isCut: true,
        },
        heard: false,
      };
    case 'reset':
      return { state: { ...calm, meter: { ...next, energyKWh: 0 }, savedKWh: 0 }, heard: true };
  }
}

/** One reading of a meter's past. */
export interface PastReading {
  readonly meter: MeterDescription;
  readonly state: TriedMeter;
  readonly at: number;
  /** Or it was silent. */
  readonly heard: boolean;
}

/** The past of some meters: their readings from one instant to another, in order of time, with what happened to them. */
export function* pastReadings(
  meters: readonly {
    readonly description: MeterDescription;
    readonly state: MeterState;
    readonly random: SeededRandom;
  }[],
  {
    from,
    to,
    everyMs,
    perDay,
  }: {
    readonly from: number;
    readonly to: number;
    readonly everyMs: number;
    readonly perDay: number;
  },
): Generator<PastReading, void> {
  const states = meters.map(({ state }) => tried(state, from));
  for (let now = from; now < to; now += everyMs) {
    for (const [i, { description, random }] of meters.entries()) {
      // What is switched on in the house, as a share of what always is.
      const devicesW = description.wholeHouse ? baseLoadW(now) * random.between(0, 1.5) : 0;
      const powerW = measuredPowerW(description, { now, devicesW }, random);
      const before = states[i];
      if (!before) continue;
      const { state, heard } = live(before, { now, elapsedMs: everyMs, powerW }, perDay, random);
      states[i] = state;
      yield { meter: description, state, at: now, heard };
    }
  }
}

/** Things in order of time as a bad network brings them: some twice, some hours late. */
export function* asBrought<T extends { readonly at: number }>(
  things: Iterable<T>,
  random: SeededRandom,
): Generator<T, void> {
  let late: { readonly until: number; readonly thing: T }[] = [];
  for (const thing of things) {
    if (late.some(({ until }) => until <= thing.at)) {
      for (const { until, thing: came } of late) if (until <= thing.at) yield came;
      late = late.filter(({ until }) => until > thing.at);
    }
    const isLate = random.chance(LATE);
    if (!isLate) yield thing;
    const until = thing.at + random.between(0, LATE_MS_MAX);
    if (isLate || random.chance(TWICE)) late.push({ until, thing });
  }
  for (const { thing } of late) yield thing;
}
