import type { LeftOut } from '../intake/left-out';
import { ENERGY_UNITS, MessageReader, POWER_UNITS } from '../intake/message-reader';
import { AHEAD_AT_MOST_MS } from '../intake/timestamp';
import { COUNTER_KWH_MAX, DAY_MS, microWh, type MicroWh } from './units';

/** What a meter said once, normalised (M14). A meter's history is a function of the set of these (M6). */
export interface Reading {
  /** What the message itself says of its time, ms since 1970; null: nothing. */
  readonly timestamp: number | null;
  readonly receivedAt: number;
  readonly seq: number | null;
  /** Gauge; below zero is export. */
  readonly powerW: number | null;
  /** Counter. */
  readonly energy: MicroWh | null;
  /** The broker sent it again (MQTT's DUP). */
  readonly redelivered: boolean;
}

/** What of a reading its message says. */
export interface MeterMessage extends Pick<Reading, 'timestamp' | 'seq' | 'powerW' | 'energy'> {
  /** What made no sense in it (QUALITY M16). */
  readonly leftOut: readonly LeftOut[];
}

/** How far back history is corrected, and raw readings are kept. */
export const LATE_WITHIN_MS = 10 * DAY_MS;

const POWER_W_MAX = 1e9;

/** Whether a reading's clock is more than 5 min ahead, so that its arrival counts instead (M6). */
export function isClockAhead({ timestamp, receivedAt }: Reading): boolean {
  return timestamp !== null && timestamp > receivedAt + AHEAD_AT_MOST_MS;
}

/** When a reading counts: its timestamp, or its arrival if it has none that can be believed. */
export function instantOf(reading: Reading): number {
  const { timestamp, receivedAt } = reading;
  return timestamp === null || isClockAhead(reading) ? receivedAt : timestamp;
}

/**
 * Reads what a meter says, whichever way it came (M14, M16): power in W or kW, a counter in kWh or Wh, or both.
 * A clock that is ahead is told all the same, so that a copy is known by it; any other time that is not
 * believed gives way to that of the arrival.
 * @param fields as `parseFields` and `assertFields` let them through
 * @param arrivedAt milliseconds since 1970
 * @throws RefusedMessage for a message with neither a power nor a counter that is understood
 */
export function readMeterMessage(
  fields: Readonly<Record<string, unknown>>,
  arrivedAt: number,
): MeterMessage {
  const reader = new MessageReader(fields, arrivedAt);
  const powerW = reader.number(['power'], {
    ...{ unitFields: ['powerUnit', 'power_unit'], units: POWER_UNITS },
    ...{ min: -POWER_W_MAX, max: POWER_W_MAX },
  });
  const energyKWh = reader.number(['energy'], {
    ...{ unitFields: ['energyUnit', 'energy_unit'], units: ENERGY_UNITS },
    ...{ min: 0, max: COUNTER_KWH_MAX },
  });
  for (const field of ['voltage', 'current']) reader.number([field]);
  const { at, stated, problem } = reader.timestamp();
  const seq = reader.seq();
  reader.rest();
  if (powerW === null && energyKWh === null) {
    throw reader.nothing({
      fr: 'il manque power ou energy',
      en: 'neither power nor energy is given',
    });
  }
  return {
    timestamp: problem === 'ahead' ? stated : at,
    seq,
    powerW,
    energy: energyKWh === null ? null : microWh(energyKWh),
    leftOut: reader.leftOut,
  };
}

/**
 * Whether a reading may still change history (M6): `too-late` is more than 10 days before its series' newest
 * reading. In order (not before the newest) any age counts, so that a gateway can tell a long past.
 * @param newestAt `instantOf` the series' newest reading, null for the first
 */
export function admission(
  reading: Reading,
  newestAt: number | null,
): 'in-order' | 'late' | 'too-late' {
  const at = instantOf(reading);
  if (newestAt === null || at >= newestAt) return 'in-order';
  return at >= newestAt - LATE_WITHIN_MS ? 'late' : 'too-late';
}
