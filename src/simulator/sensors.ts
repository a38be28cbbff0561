import type { SeededRandom } from './random';
import { round } from './rounding';

/** Sensors that notice something, and those that measure. */
export const NOTICING_TYPES = [
  'motion',
  'smoke',
  'fire',
  'gas',
  'leak',
  'door',
  'window',
  'presence',
] as const;
export const MEASURING_TYPES = ['temperature', 'humidity'] as const;

export type NoticingType = (typeof NOTICING_TYPES)[number];
export type MeasuringType = (typeof MEASURING_TYPES)[number];
export type SensorType = NoticingType | MeasuringType;

export interface SensorDescription {
  /** Its id or key in topics. */
  readonly id: string;
  readonly name: string;
  readonly type: SensorType;
  readonly location: string;
  /** In % when it starts. */
  readonly battery: number;
  /** How far its place is from the house's middle, in its unit: a kitchen is warmer. */
  readonly offset: number;
}

/** True while something is noticed (a door: open), or the number measured. */
export type SensorValue = boolean | number;

export interface SensorState {
  readonly value: SensorValue;
  readonly battery: number;
  /** Of the last message; 0 before the first. */
  readonly seq: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const BATTERY_PER_MESSAGE = 0.02;

/** How often something happens on average, and how long it lasts. */
const EVENTS: Readonly<Record<NoticingType, { everyMs: number; lastsMs: [number, number] }>> = {
  motion: { everyMs: MINUTE_MS, lastsMs: [5000, 20_000] },
  door: { everyMs: 2 * MINUTE_MS, lastsMs: [3000, 30_000] },
  window: { everyMs: 5 * MINUTE_MS, lastsMs: [20_000, 120_000] },
  presence: { everyMs: 3 * MINUTE_MS, lastsMs: [30_000, 180_000] },
  smoke: { everyMs: 20 * MINUTE_MS, lastsMs: [20_000, 60_000] },
  gas: { everyMs: 40 * MINUTE_MS, lastsMs: [20_000, 60_000] },
  leak: { everyMs: 40 * MINUTE_MS, lastsMs: [20_000, 60_000] },
  fire: { everyMs: 80 * MINUTE_MS, lastsMs: [20_000, 60_000] },
};

/** The day's middle and swing by the sea at Lomé, with the warmest (and driest) hour at 15:00 UTC. */
const DAYS = {
  temperature: { middle: 27.5, swing: 3.5, noise: 0.3, from: -40, to: 80 },
  humidity: { middle: 76, swing: -10, noise: 1.5, from: 0, to: 100 },
} as const;

export function isNoticing(type: SensorType): type is NoticingType {
  return type !== 'temperature' && type !== 'humidity';
}

/** A sensor before its first message. */
export function initialSensor({ type, battery }: SensorDescription): SensorState {
  return { value: isNoticing(type) ? false : DAYS[type].middle, battery, seq: 0 };
}

/** What a measuring sensor measures at this time of the day. */
export function measured(
  type: MeasuringType,
  offset: number,
  now: number,
  random: SeededRandom,
): number {
  const { middle, swing, noise, from, to } = DAYS[type];
  const hours = ((now % DAY_MS) / DAY_MS) * 24;
  const daily = swing * Math.cos(((hours - 15) / 24) * 2 * Math.PI);
  const value = middle + offset + daily + random.between(-noise, noise);
  return round(Math.min(Math.max(value, from), to), 1);
}

/** How long until something happens here by itself. */
export function untilEventMs(type: NoticingType, activity: number, random: SeededRandom): number {
  return random.untilNext(EVENTS[type].everyMs / activity);
}

/** How long what is noticed lasts. */
export function lastsMs(type: NoticingType, random: SeededRandom): number {
  return random.between(...EVENTS[type].lastsMs);
}

/** The sensor after it says a value: each message costs some battery and counts one up. */
export function afterMessage(state: SensorState, value: SensorValue): SensorState {
  return {
    value,
    battery: Math.max(0, state.battery - BATTERY_PER_MESSAGE),
    seq: state.seq + 1,
  };
}

/** The payload of a sensor's message: the value in the field of its type. */
export function sensorMessage(type: SensorType, state: SensorState, now: number): string {
  return JSON.stringify({
    [type]: state.value,
    battery: Math.ceil(state.battery),
    timestamp: new Date(now).toISOString(),
    seq: state.seq,
  });
}
