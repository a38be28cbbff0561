import type { SeededRandom } from './random';
import { round } from './rounding';

export interface MeterDescription {
  /** Its id or key in topics. */
  readonly id: string;
  readonly name: string;
  /** True for the one that also sees what the simulated devices draw. */
  readonly wholeHouse: boolean;
  /** The share of the house's base load that flows through it. */
  readonly share: number;
  /** What its counter shows when it starts. */
  readonly startKWh: number;
}

export interface MeterState {
  /** The counter, unrounded. */
  readonly energyKWh: number;
  /** What flows from the last reading until the next. */
  readonly powerW: number;
  /** Of the last message; 0 before the first. */
  readonly seq: number;
}

const HOUR_MS = 3_600_000;
const W_MS_PER_KWH = 1000 * HOUR_MS;
const NOISE = 0.08;
const VOLTAGE = { from: 226, to: 234 };

/** A household's base load in W at each full hour: little at night, a peak at noon, most in the evening. */
const BASE_LOAD_W = [
  140, 120, 110, 105, 110, 170, 320, 410, 330, 260, 250, 300, 430, 400, 290, 260, 280, 380, 560,
  720, 760, 640, 420, 230,
] as const;

/** A meter before its first reading. */
export function initialMeter({ startKWh }: MeterDescription): MeterState {
  return { energyKWh: startKWh, powerW: 0, seq: 0 };
}

/** The base load at a time of the day (UTC, which is Lomé's time), between the hours on a straight line. */
export function baseLoadW(now: number): number {
  const hours = now / HOUR_MS;
  const before = Math.floor(hours);
  const at = (hour: number) => BASE_LOAD_W[hour % 24] ?? 0;
  return at(before) + (at(before + 1) - at(before)) * (hours - before);
}

/** The power that flows through a meter now. @param devicesW what the simulated devices draw together */
export function measuredPowerW(
  { share, wholeHouse }: MeterDescription,
  { now, devicesW }: { readonly now: number; readonly devicesW: number },
  random: SeededRandom,
): number {
  const base = baseLoadW(now) * share * (1 + random.between(-NOISE, NOISE));
  return round(base + (wholeHouse ? devicesW : 0), 1);
}

/**
 * The meter at its next reading: the power of the last one has flowed since, so the counter is exactly
 * the integral of the power it said.
 */
export function nextReading(state: MeterState, elapsedMs: number, powerW: number): MeterState {
  return {
    energyKWh: state.energyKWh + (state.powerW * elapsedMs) / W_MS_PER_KWH,
    powerW,
    seq: state.seq + 1,
  };
}

/** The payload of a meter's message: W, kWh, V and A. */
export function meterMessage(state: MeterState, now: number, random: SeededRandom): string {
  const voltage = round(random.between(VOLTAGE.from, VOLTAGE.to), 1);
  return JSON.stringify({
    power: state.powerW,
    energy: round(state.energyKWh, 6),
    voltage,
    current: round(state.powerW / voltage, 2),
    timestamp: new Date(now).toISOString(),
    seq: state.seq,
  });
}
