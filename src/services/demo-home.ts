import type { NewDevice } from '../contract/device';
import { AurionError } from '../contract/errors';
import type { Store } from '../ports/store';
import type { NewSensor } from '../contract/sensor';
import type { Devices } from './devices';
import type { Sensors } from './sensors';
import type { Turns } from './turns';

/** Longer than a turn lasts that a dead process left. */
const TURN_WITHIN_MS = 25_000;

const DEVICES: readonly (NewDevice & { on: boolean })[] = [
  { name: 'Lumière Salon', type: 'light', room: 'Salon', power: 60, on: true },
  { name: 'Climatiseur Chambre', type: 'climate', room: 'Chambre', power: 1200, on: false },
  { name: 'TV Salon', type: 'entertainment', room: 'Salon', power: 150, on: true },
];

const SENSORS: readonly (NewSensor & { battery: number })[] = [
  { name: 'Détecteur de Mouvement - Entrée', type: 'motion', location: 'Entrée', battery: 85 },
  { name: 'Détecteur de Fumée - Cuisine', type: 'smoke', location: 'Cuisine', battery: 92 },
];

interface Demo {
  readonly store: Store;
  readonly devices: Devices;
  readonly sensors: Sensors;
}

/**
 * Fills a store that was never used with the demo home, once: what its owner deletes stays deleted.
 * @param wanted false marks the store as used and adds nothing
 */
export async function fillDemoHome(
  { store, devices, sensors, turns }: Demo & { readonly turns: Turns },
  wanted: boolean,
): Promise<void> {
  if (!(await store.settings.get('demo'))) {
    const end = await turns.take('demo', TURN_WITHIN_MS);
    if (!end) throw new AurionError('STORE_UNAVAILABLE');
    try {
      await fill({ store, devices, sensors }, wanted);
    } finally {
      await end();
    }
  }
  // Another process may have filled it since this one read it.
  if (turns.shared) await refresh({ devices, sensors });
}

async function refresh({ devices, sensors }: Pick<Demo, 'devices' | 'sensors'>): Promise<void> {
  await devices.refresh();
  await sensors.refresh();
}

async function fill({ store, devices, sensors }: Demo, wanted: boolean): Promise<void> {
  if (await store.settings.get('demo')) return;
  await refresh({ devices, sensors });
  if (wanted) {
    // A first start that was cut short goes on where it stopped.
    for (const { on, ...device } of DEVICES.slice(await store.devices.count())) {
      await devices.create(device, { status: on });
    }
    for (const { battery, ...sensor } of SENSORS.slice(await store.sensors.count())) {
      await sensors.create(sensor, { battery });
    }
  }
  await store.settings.insertIfAbsent({ id: 'demo', value: wanted });
}
