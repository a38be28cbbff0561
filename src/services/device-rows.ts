import type { DeviceChanges, NewDevice } from '../contract/device';
import { AurionError } from '../contract/errors';
import { initialState, type DeviceState } from '../domain/devices/state';
import { usernameOf } from '../domain/mqtt/topic-rights';
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

/** Adds a device with its first state, as one. @throws DEVICE_KEY_TAKEN */
export function addDevice(
  store: Store,
  row: NewRow<DeviceRow>,
  first: Pick<DeviceState, 'status'>,
): Promise<{ readonly row: DeviceRow; readonly state: DeviceState }> {
  return keyed(() =>
    store.together(['devices', 'deviceStates'], async ({ devices, deviceStates }) => {
      const added = await devices.insert(row);
      const state = { ...initialState(added.id), ...first };
      return { row: added, state: await deviceStates.insert(state) };
    }),
  );
}

/** Deletes a device with all that is its own, as one. @returns false if there is none */
export function deleteDevice(store: Store, id: number): Promise<boolean> {
  const tables = ['devices', 'deviceStates', 'credentials', 'schedules', 'scheduleRuns'] as const;
  return store.together(tables, async (rows) => {
    if (!(await rows.devices.delete(id))) return false;
    await rows.deviceStates.delete(String(id));
    await rows.credentials.delete(usernameOf({ kind: 'device', id }));
    for (const { id: scheduleId } of await rows.schedules.list({ where: { deviceId: id } })) {
      await rows.schedules.delete(scheduleId);
      await rows.scheduleRuns.deleteWhere({ where: { scheduleId } });
    }
    return true;
  });
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
