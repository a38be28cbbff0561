import type { SensorValue } from '../../contract/sensor';
import type { Reading } from './arrival';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** What is kept of the readings of a minute or an hour. Yes and no count as 1 and 0. */
export interface Aggregate {
  readonly min: number;
  readonly max: number;
  /** Of the readings, each alike. */
  readonly mean: number;
  readonly last: SensorValue;
  readonly count: number;
}

/** The start of the slot of this length that a time lies in. */
export function slotStart(at: number, slotMs: number): number {
  return Math.floor(at / slotMs) * slotMs;
}

/**
 * The aggregates of readings, by the start of their slot. The same readings give the same aggregates,
 * so that computing one again replaces it.
 * @param readings in order
 */
export function aggregate(
  readings: readonly Pick<Reading, 'at' | 'value'>[],
  slotMs: number,
): Map<number, Aggregate> {
  const slots = new Map<number, SensorValue[]>();
  for (const { at, value } of readings) {
    const start = slotStart(at, slotMs);
    const values = slots.get(start);
    if (values) values.push(value);
    else slots.set(start, [value]);
  }
  return new Map([...slots].map(([start, values]) => [start, aggregateOf(values)]));
}

function aggregateOf(values: readonly SensorValue[]): Aggregate {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let last: SensorValue = false;
  for (const value of values) {
    const number = Number(value);
    if (number < min) min = number;
    if (number > max) max = number;
    sum += number;
    last = value;
  }
  return { min, max, mean: sum / values.length, last, count: values.length };
}
