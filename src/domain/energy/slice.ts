import { energyOver, MINUTE_MS, type MicroWh } from './units';

/**
 * How an energy is known: measured as it flowed; recovered, when only its sum over a hole is; estimated
 * from a nominal power. In this order each is weaker than the one before.
 */
export const QUALITIES = ['measured', 'recovered', 'estimated'] as const;
export type Quality = (typeof QUALITIES)[number];

/** Energy that flowed evenly over [from, to). */
export interface Slice {
  readonly from: number;
  readonly to: number;
  /** Never below zero. */
  readonly energy: MicroWh;
  readonly quality: Quality;
  readonly method: 'counter' | 'power' | 'nominal';
}

const HOLD_MAX_MS = 5 * MINUTE_MS;
const HOLD_INTERVALS = 3;

/** How long a power reading is good for (M3): 3 intervals, at most 5 min; 5 min if the interval is not known. */
export function holdMs(intervalS: number | null): number {
  return intervalS === null
    ? HOLD_MAX_MS
    : Math.min(HOLD_INTERVALS * intervalS * 1000, HOLD_MAX_MS);
}

/** A power that was measured and held; below zero is export and consumes nothing (M3). */
export function gaugeSlice(powerW: number, from: number, to: number): Slice {
  const energy = energyOver(Math.max(0, Math.round(powerW * 1000)), from, to);
  return { from, to, energy, quality: 'measured', method: 'power' };
}

/** The weaker of two. */
export function weaker(a: Quality, b: Quality): Quality {
  return QUALITIES.indexOf(a) >= QUALITIES.indexOf(b) ? a : b;
}

/** From here on a device without a meter draws this much; null: not known (not registered, offline). */
export interface Draw {
  readonly at: number;
  readonly powerW: number | null;
}

/**
 * The energy of a device without a meter: its nominal power while it is on, 0 while it is off (a `Draw`
 * each time it is switched, or gets another nominal power). Of several at one instant the last counts.
 * @param until how far is known, usually now
 */
export function estimate(timeline: readonly Draw[], until: number): readonly Slice[] {
  const sorted = timeline.toSorted((a, b) => a.at - b.at);
  return sorted.flatMap(({ at: from, powerW }, i) => {
    const to = Math.min(sorted[i + 1]?.at ?? until, until);
    if (powerW === null || to <= from) return [];
    const energy = energyOver(Math.round(powerW * 1000), from, to);
    return [{ from, to, energy, quality: 'estimated' as const, method: 'nominal' as const }];
  });
}
