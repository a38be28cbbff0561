import { device, type Device, type DeviceStatus, type DeviceType } from '../../contract/device';
import type { Value } from '../../contract/value';
import type { Wanted } from './command';
import type { Attributes, Report } from './report';

const REPORTED_MAX = 64;

/** A device as it was registered. */
export interface Registered {
  readonly id: number;
  readonly name: string;
  readonly type: DeviceType;
  readonly room: string;
  /** Nominal power. */
  readonly powerW: number | null;
  /** The installer's name for it in topics. */
  readonly key: string | null;
  readonly icon: string | null;
  /** A meter that measures the whole home. */
  readonly main: boolean;
  readonly intervalS: number | null;
  readonly maxPowerW: number | null;
  readonly counterMaxKWh: number | null;
  readonly resetsToZero: boolean;
  readonly createdAt: number;
}

/** What is known of a device now. */
export interface DeviceState {
  /** The device's id as text. */
  readonly id: string;
  readonly status: boolean;
  /** What the device reported beside its status. */
  readonly reported: { readonly [attribute: string]: Value };
  /** False once the device has said it is offline. */
  readonly online: boolean;
  /** True until the device reports, at first and once it took back what it had said: its status is what it was told. */
  readonly assumed: boolean;
  readonly lastSeen: number | null;
  /** When somebody last switched it: told Aurion to, or pressed its own button. Absent if nobody did yet. */
  readonly byHandAt?: number;
}

/** The state of a device nobody has heard of: off, until it is told or says otherwise. */
export function initialState(deviceId: number): DeviceState {
  return {
    id: String(deviceId),
    status: false,
    reported: {},
    online: true,
    assumed: true,
    lastSeen: null,
  };
}

/** The state after the device spoke. @param at when it was heard, null for the broker's memory of it */
export function reported(state: DeviceState, report: Report, at: number | null): DeviceState {
  return {
    ...state,
    status: report.status ?? state.status,
    reported: merged(state, report.attributes),
    // What the broker remembers does not say that the device is there now.
    online: at === null ? state.online : true,
    assumed: state.assumed && report.status === undefined,
    lastSeen: at ?? state.lastSeen,
  };
}

/** Whether a report says other than what is known: on instead of off, or the first word of a device. */
export function flips(state: DeviceState, { status }: Report): boolean {
  return status !== undefined && (state.assumed || status !== state.status);
}

/** The newest so many. */
function merged({ reported }: DeviceState, attributes: Attributes): DeviceState['reported'] {
  const all = Object.entries({ ...reported, ...attributes });
  return Object.fromEntries(all.slice(-REPORTED_MAX));
}

/** The state of a device that does not report: what it was told. */
export function told(state: DeviceState, wanted: Wanted): DeviceState {
  return {
    ...state,
    status: wanted.status ?? state.status,
    reported: merged(state, wanted.attributes),
  };
}

/**
 * What to believe of a device: what this process knows, or what the store has. One that does not
 * report is as the store says, since whoever told it something wrote that down.
 */
export function later(mine: DeviceState, stored: DeviceState): DeviceState {
  const isMine = !mine.assumed && (mine.lastSeen ?? 0) >= (stored.lastSeen ?? 0);
  const byHandAt = Math.max(mine.byHandAt ?? 0, stored.byHandAt ?? 0);
  return { ...(isMine ? mine : stored), ...(byHandAt > 0 && { byHandAt }) };
}

/** The state after the device (or its last will) said whether it can be reached. */
export function availability(state: DeviceState, online: boolean, at: number | null): DeviceState {
  return { ...state, online, lastSeen: at ?? state.lastSeen };
}

/**
 * The state after the device took back what it had said of itself, by an empty availability, as
 * retained messages are deleted: whoever spoke for it is gone for good. It is shown as it was last and
 * takes commands like one that never reported, until it reports again.
 */
export function takenBack(state: DeviceState, at: number | null): DeviceState {
  return { ...state, reported: {}, online: true, assumed: true, lastSeen: at ?? state.lastSeen };
}

/** The state after somebody switched the device: what Aurion does by itself must not undo it. */
export function byHand(state: DeviceState, at: number): DeviceState {
  return { ...state, byHandAt: at };
}

/** What Aurion says of a device itself: no report can stand in its place. */
const OWN: ReadonlySet<string> = new Set(Object.keys(device.shape));

/** A device as the outside sees it. Frozen. */
export function toDevice(row: Registered, state: DeviceState): Device {
  const { power, temperature } = state.reported;
  const attributes = Object.entries(state.reported).filter(
    ([name, value]) => !OWN.has(name) && value !== null,
  );
  return Object.freeze({
    id: row.id,
    name: row.name,
    type: row.type,
    room: row.room,
    status: state.status,
    power: typeof power === 'number' ? power : row.powerW,
    ...(typeof temperature === 'number' && { temperature }),
    ...(row.icon !== null && { icon: row.icon }),
    ...(row.key !== null && { key: row.key }),
    ...(row.main && { main: true }),
    online: state.online,
    assumed: state.assumed,
    lastSeen: state.lastSeen === null ? null : new Date(state.lastSeen).toISOString(),
    ...Object.fromEntries(attributes),
  });
}

/** What a device says of itself: everything it reported, and how far that can be trusted. */
export function toStatus({
  id,
  status,
  online,
  assumed,
  lastSeen,
  reported,
}: DeviceState): DeviceStatus {
  return {
    ...reported,
    id: Number(id),
    status,
    online,
    assumed,
    lastSeen: lastSeen === null ? null : new Date(lastSeen).toISOString(),
  };
}

/** True if only the time of the last word differs. */
export function looksLike(before: Device, after: Device): boolean {
  const names = Object.keys(after);
  return (
    names.length === Object.keys(before).length &&
    names.every((name) => name === 'lastSeen' || before[name] === after[name])
  );
}
