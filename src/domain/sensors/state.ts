import type { Sensor, SensorReading, SensorType, SensorValue } from '../../contract/sensor';
import { cameAfter, type Arrival } from '../intake/arrival';
import type { Newest, Place, Reading, Shown } from './arrival';
import type { BatteryMessage, SensorMessage } from './reading';
import { SENSOR_KINDS } from './sensor-types';

const OUTAGES_MAX = 100;
const TRIGGERED_BEFORE_MS = 300_000;

/** A sensor as it was registered. */
export interface RegisteredSensor {
  readonly id: number;
  readonly name: string;
  readonly type: SensorType;
  readonly location: string;
  /** The installer's name for it in topics. */
  readonly key: string | null;
  /** False: what it says is counted and not kept. */
  readonly enabled: boolean;
  readonly createdAt: number;
}

/** A time nothing was heard of a sensor; `to` is null as long as it lasts. */
export interface Outage {
  readonly from: number;
  readonly to: number | null;
}

/** What is known of a sensor now. */
export interface SensorState {
  /** The sensor's id as text. */
  readonly id: string;
  readonly value: SensorValue | null;
  readonly unit: string | null;
  /** Which message that is; null before the first. */
  readonly shown: Shown | null;
  /** The newest reading in history; null before the first. */
  readonly newest: Newest | null;
  readonly battery: number | null;
  /** When it last noticed something, as `triggered` has it. */
  readonly lastTrigger: number | null;
  /** When it was first and last heard, by the server's clock. */
  readonly firstSeen: number | null;
  readonly lastSeen: number | null;
  readonly online: boolean;
  /** The last ones, oldest first. */
  readonly outages: readonly Outage[];
}

/** The state of a sensor nobody has heard of. */
export function initialSensorState(sensorId: number, battery: number | null = null): SensorState {
  return {
    id: String(sensorId),
    value: null,
    unit: null,
    shown: null,
    newest: null,
    battery,
    lastTrigger: null,
    firstSeen: null,
    lastSeen: null,
    online: false,
    outages: [],
  };
}

/** The state after a message that found its place: what is shown is what came last (QUALITY M15). */
export function sensed(state: SensorState, { reading, shown, newest }: Place): SensorState {
  const { at, key, seq, unit, battery, value } = reading;
  return {
    ...state,
    ...(shown && { value, unit, shown }),
    ...(newest && { newest: { at, key, seq } }),
    ...(battery !== null && (shown || state.battery === null) && { battery }),
  };
}

/**
 * The state after a message that may say that the sensor noticed something. That is never in the future, and for one
 * that has just come in (QUALITY M15) at most five minutes before it was heard: a clock further off is not believed.
 */
export function triggered(
  state: SensorState,
  { reading, shown }: Place,
  arrival: Pick<Arrival, 'at' | 'redelivered'>,
): SensorState {
  if (reading.value !== true) return state;
  const isLive = shown !== null && !arrival.redelivered;
  const earliest = isLive ? arrival.at - TRIGGERED_BEFORE_MS : -Infinity;
  const at = Math.min(Math.max(reading.at, earliest), arrival.at);
  // A time in the future was kept before the clock was set back.
  const before = isLive ? Math.min(state.lastTrigger ?? at, arrival.at) : (state.lastTrigger ?? at);
  return { ...state, lastTrigger: Math.max(at, before) };
}

/**
 * The state after the broker's memory of a message (QUALITY M7): what it shows, unless something newer
 * is known; no reading, no trigger, and nobody was heard.
 */
export function remembered(state: SensorState, said: SensorMessage | BatteryMessage): SensorState {
  const { battery, timestamp } = said;
  const known = state.shown ?? state.newest;
  if (timestamp !== null && known && timestamp < known.at) return state;
  const { value, unit } = said.value === null ? state : said;
  return { ...state, value, unit, battery: battery ?? state.battery };
}

/**
 * The state after a sensor said how its battery is, and nothing of its value: that stays as it was. What an
 * earlier run took in before what is shown, or the broker sends again, may be of the past.
 */
export function charged(
  state: SensorState,
  { battery, timestamp }: BatteryMessage,
  arrival: Arrival,
): SensorState {
  const { shown } = state;
  const isOld =
    shown !== null &&
    ((arrival.replayed && !cameAfter(arrival, shown)) ||
      (arrival.redelivered && (timestamp ?? arrival.at) < shown.at));
  return { ...state, battery: isOld ? state.battery : battery };
}

/** The state after the sensor was heard, whatever it said; a clock that was set back changes nothing. */
export function heard(state: SensorState, arrivedAt: number): SensorState {
  const at = Math.max(arrivedAt, state.lastSeen ?? 0);
  const outages = state.outages.map((outage) =>
    outage.to === null ? { ...outage, to: Math.max(at, outage.from) } : outage,
  );
  return { ...state, firstSeen: state.firstSeen ?? at, lastSeen: at, online: true, outages };
}

/** The state of a sensor that has been silent for too long. */
export function silent(state: SensorState, at: number): SensorState {
  const outages = [...state.outages, { from: at, to: null }].slice(-OUTAGES_MAX);
  return { ...state, online: false, outages };
}

/** How long a sensor of this type may be silent. */
export function silentAfterMs(type: SensorType): number {
  return SENSOR_KINDS[type].silentAfterMs;
}

/** A sensor as the outside sees it. */
export function toSensor(row: RegisteredSensor, state: SensorState): Sensor {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    location: row.location,
    status: row.enabled ? 'active' : 'inactive',
    ...(state.battery !== null && { battery: state.battery }),
    lastTrigger: state.lastTrigger === null ? null : new Date(state.lastTrigger).toISOString(),
    ...(state.value !== null && { value: state.value }),
    ...(state.unit !== null && { unit: state.unit }),
    online: state.online,
    ...(row.key !== null && { key: row.key }),
  };
}

/** A sensor as it has just spoken. */
export function toSensorReading(
  row: RegisteredSensor,
  state: SensorState,
  { at, value }: Reading,
): SensorReading {
  return { ...toSensor(row, state), value, timestamp: new Date(at).toISOString() };
}

/**
 * How much of a time these sensors were heard, in % with one decimal: since each was first heard, less
 * its outages. Null if none was heard at all.
 */
export function uptimePercent(
  states: readonly SensorState[],
  from: number,
  to: number,
): number | null {
  let knownMs = 0;
  let outMs = 0;
  for (const { firstSeen, outages } of states) {
    if (firstSeen === null) continue;
    const since = Math.max(firstSeen, from);
    knownMs += Math.max(0, to - since);
    for (const outage of outages) {
      outMs += Math.max(0, Math.min(outage.to ?? to, to) - Math.max(outage.from, since));
    }
  }
  if (knownMs === 0) return states.some(({ online }) => online) ? 100 : null;
  return Math.round((1 - outMs / knownMs) * 1000) / 10;
}
