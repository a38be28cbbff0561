import type { NewDevice } from '../contract/device';
import type { Store } from '../ports/store';
import type { NewSensor } from '../contract/sensor';
import type { Devices } from './devices';
import type { Sensors } from './sensors';

const DEVICES: readonly (NewDevice & { on: boolean })[] = [
  { name: 'Lumière Salon', type: 'light', room: 'Salon', power: 60, on: true },
  { name: 'Climatiseur Chambre', type: 'climate', room: 'Chambre', power: 1200, on: false },
  { name: 'TV Salon', type: 'entertainment', room: 'Salon', power: 150, on: true },
];

const SENSORS: readonly (NewSensor & { battery: number })[] = [
  { name: 'Détecteur de Mouvement - Entrée', type: 'motion', location: 'Entrée', battery: 85 },
  { name: 'Détecteur de Fumée - Cuisine', type: 'smoke', location: 'Cuisine', battery: 92 },
];

/**
 * Fills a store that was never used with the demo home, once: what its owner deletes stays deleted.
 * @param wanted false marks the store as used and adds nothing
 */
export async function fillDemoHome(
  store: Store,
  { devices, sensors }: { readonly devices: Devices; readonly sensors: Sensors },
  wanted: boolean,
): Promise<void> {
  if (await store.settings.get('demo')) return;
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
