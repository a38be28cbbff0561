import type { DeviceChanges, NewDevice } from '../contract/device';
import type { DeviceRow, NewRow } from '../ports/store';

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
