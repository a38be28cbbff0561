/**
 * Energy is counted in whole microwatt-hours (µWh), power in whole milliwatts (mW): sums of whole numbers
 * are exact, whatever their order, up to 9 million kWh. Kilowatt-hours appear only where people read them.
 */
export type MicroWh = number;

export const MICRO_WH_PER_KWH = 1_000_000_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The highest counter that can be counted exactly. */
export const COUNTER_KWH_MAX = 9_000_000;

/** 1 mW flowing for 1 ms is 1 µJ, and 3600 of them are a microwatt-hour. */
const MICRO_JOULE_PER_MICRO_WH = 3600;

/** Kilowatt-hours as whole microwatt-hours: 359.067 is 359,067,000,000. */
export function microWh(kWh: number): MicroWh {
  return Math.round(kWh * MICRO_WH_PER_KWH);
}

/** Microwatt-hours in kWh with 3 decimals, rounded half up. */
export function kWh(energy: MicroWh): number {
  return Math.round(energy / 1_000_000) / 1000;
}

/** Watts in kW with 3 decimals. */
export function kW(powerW: number): number {
  return Math.round(powerW) / 1000;
}

/**
 * The energy of a constant power over [from, to). It is exact in the long run: the parts of a time always
 * add up to the energy of the whole, since each instant's own fraction is rounded, not the part.
 * @param milliW a whole number
 */
export function energyOver(milliW: number, from: number, to: number): MicroWh {
  const whole =
    Math.floor(to / MICRO_JOULE_PER_MICRO_WH) - Math.floor(from / MICRO_JOULE_PER_MICRO_WH);
  return milliW * whole + begun(milliW, to) - begun(milliW, from);
}

function begun(milliW: number, at: number): MicroWh {
  return Math.floor((milliW * (at % MICRO_JOULE_PER_MICRO_WH)) / MICRO_JOULE_PER_MICRO_WH);
}

/** Whether so much energy can have flowed in that time at no more than that power (M2). */
export function possible(energy: MicroWh, overMs: number, maxMilliW: number): boolean {
  return energy * MICRO_JOULE_PER_MICRO_WH <= maxMilliW * overMs;
}

/**
 * How much of an energy that is spread evenly over [from, to) has flowed by an instant of it. Parts are
 * differences of this, so they add up to the whole however often they are cut, and each is within 1 µWh
 * of its exact share.
 */
export function flowedBy(at: number, energy: MicroWh, from: number, to: number): MicroWh {
  if (at <= from) return 0;
  if (at >= to) return energy;
  return mulDiv(energy, at - from, to - from);
}

/** floor(a × b ÷ c) of whole numbers, a, b ≥ 0, c > 0, exactly. */
export function mulDiv(a: number, b: number, c: number): number {
  const product = a * b;
  if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / c);
  return Number((BigInt(a) * BigInt(b)) / BigInt(c));
}
