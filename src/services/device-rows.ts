import type { DeviceChanges, NewDevice } from '../contract/device';
import { AurionError } from '../contract/errors';
import type { DeviceState } from '../domain/devices/state';
import { UniqueConflict, type DeviceRow, type NewRow, type Store } from '../ports/store';

/** What a device's row holds where nothing was said. */
export const emptyRow = {
  powerW: null,
  key: null,
  icon: null,
  main: false,
  intervalS: null,
  maxPowerW: null,
  counterMaxKWh: null,
  resetsToZero: false,
} as const;

/** What REST calls a device, as the store keeps it: only what is named. */
export function toRow(
  input: NewDevice,
): Omit<NewRow<DeviceRow>, keyof typeof emptyRow | 'createdAt'>;
export function toRow(input: DeviceChanges): Partial<NewRow<DeviceRow>>;
export function toRow({ power, ...same }: DeviceChanges): Partial<NewRow<DeviceRow>> {
  const named = Object.entries({ ...same, powerW: power }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(named);
}

/** Writes a row with a key. @throws DEVICE_KEY_TAKEN, and what `write` throws */
export async function keyed<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof UniqueConflict && error.field === 'key')) throw error;
    throw new AurionError('DEVICE_KEY_TAKEN', { cause: error });
  }
}

/** Writes how a device is. */
export async function writeState({ deviceStates }: Store, state: DeviceState): Promise<void> {
  const { id, ...changes } = state;
  if (!(await deviceStates.update(id, changes))) await deviceStates.insertIfAbsent(state);
}
