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
}

/** A meter before anything happens to it. */
export function tried(meter: MeterState, now: number): TriedMeter {
  return { meter, savedKWh: meter.energyKWh, savedAt: now, silentUntil: 0, isCut: false };
}

/**
 * The meter at its next reading, and whether that is heard.
 * @param perDay how many mishaps a day has, on average
 */
export function live(
  { meter, savedKWh, savedAt, silentUntil, isCut }: TriedMeter,
  {
    now,
    elapsedMs,
    powerW,
  }: { readonly now: number; readonly elapsedMs: number; readonly powerW: number },
  perDay: number,
  random: SeededRandom,
): { readonly state: TriedMeter; readonly heard: boolean } {
  if (now < silentUntil) {
    const next = nextReading(meter, elapsedMs, isCut ? 0 : powerW);
    return {
      state: {
        meter: { ...next, seq: isCut ? 0 : meter.seq },
        savedKWh,
        savedAt,
        silentUntil,
        isCut,
      },
      heard: false,
    };
  }
  const next = nextReading(meter, elapsedMs, powerW);
  const isSaved = now - savedAt >= SAVED_EVERY_MS;
  const saved = isSaved ? { savedKWh: next.energyKWh, savedAt: now } : { savedKWh, savedAt };
  const calm = { ...saved, silentUntil: 0, isCut: false };
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
  readonly state: MeterState;
  readonly at: number;
}

/**
 * The past of some meters as a gateway would tell it: their readings from one instant to another, in
 * order of time, with what happened to them.
 */
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
      if (heard) yield { meter: description, state: state.meter, at: now };
    }
  }
}
