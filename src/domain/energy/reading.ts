import { z } from 'zod';
import { wrongBy } from '../devices/report';
import { RefusedMessage } from '../intake/refused-message';
import { COUNTER_KWH_MAX, DAY_MS, microWh, MINUTE_MS, type MicroWh } from './units';

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
export type MeterMessage = Pick<Reading, 'timestamp' | 'seq' | 'powerW' | 'energy'>;

/** A timestamp further ahead than this is not believed. */
export const CLOCK_AHEAD_MS = 5 * MINUTE_MS;
/** How far back history is corrected, and raw readings are kept. */
export const LATE_WITHIN_MS = 10 * DAY_MS;
/** How old a timestamp may be at all. */
export const OLDEST_MS = 400 * DAY_MS;

const POWER_W_MAX = 1e9;

/** Whether a reading's clock is more than 5 min ahead, so that its arrival counts instead (M6). */
export function isClockAhead({ timestamp, receivedAt }: Reading): boolean {
  return timestamp !== null && timestamp > receivedAt + CLOCK_AHEAD_MS;
}

/** When a reading counts: its timestamp, or its arrival if it has none that can be believed. */
export function instantOf(reading: Reading): number {
  const { timestamp, receivedAt } = reading;
  return timestamp === null || isClockAhead(reading) ? receivedAt : timestamp;
}

const number = z.number();
const message = z.object({
  power: number.min(-POWER_W_MAX).max(POWER_W_MAX).optional(),
  energy: number.min(0).optional(),
  powerUnit: z.enum(['W', 'kW']).default('W'),
  energyUnit: z.enum(['kWh', 'Wh']).default('kWh'),
  timestamp: z.union([z.iso.datetime({ offset: true }), z.int().min(0)]).optional(),
  seq: z.int().min(0).optional(),
});

/**
 * Reads what a meter says on `aurion/energy/{id}/data` (M14): W or kW, kWh or Wh.
 * @throws RefusedMessage for what is not a finite number, an unknown unit, a time that is none, and a
 * message with neither power nor energy
 */
export function readMeterMessage(body: Readonly<Record<string, unknown>>): MeterMessage {
  const { success, data } = message.safeParse(body);
  if (!success) throw wrongBy(message, body);
  const { power, energy, timestamp, seq } = data;
  if (power === undefined && energy === undefined) {
    throw new RefusedMessage('wrong-type', {
      fr: 'il manque power ou energy',
      en: 'neither power nor energy is given',
    });
  }
  const energyKWh = energy === undefined || data.energyUnit === 'kWh' ? energy : energy / 1000;
  if (energyKWh !== undefined && energyKWh > COUNTER_KWH_MAX) {
    throw new RefusedMessage('wrong-type', {
      fr: `energy – plus de ${COUNTER_KWH_MAX} kWh`,
      en: `energy – more than ${COUNTER_KWH_MAX} kWh`,
    });
  }
  return {
    timestamp: typeof timestamp === 'string' ? Date.parse(timestamp) : (timestamp ?? null),
    seq: seq ?? null,
    powerW: power === undefined ? null : data.powerUnit === 'kW' ? power * 1000 : power,
    energy: energyKWh === undefined ? null : microWh(energyKWh),
  };
}

/**
 * Whether a reading may still change history (M6): `too-old` is more than 400 days before now, `too-late`
 * more than 10 days before its series' newest reading. In order (not before the newest) any age up to
 * 400 days counts, so that a gateway can tell a long past.
 * @param newestAt `instantOf` the series' newest reading, null for the first
 */
export function admission(
  reading: Reading,
  newestAt: number | null,
): 'in-order' | 'late' | 'too-late' | 'too-old' {
  const at = instantOf(reading);
  if (at < reading.receivedAt - OLDEST_MS) return 'too-old';
  if (newestAt === null || at >= newestAt) return 'in-order';
  return at >= newestAt - LATE_WITHIN_MS ? 'late' : 'too-late';
}
