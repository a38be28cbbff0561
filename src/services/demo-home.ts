import type { NewDevice } from '../contract/device';
import { AurionError } from '../contract/errors';
import type { Store } from '../ports/store';
import type { Devices } from './devices';
import type { Turns } from './turns';

/** Longer than a turn lasts that a dead process left. */
const TURN_WITHIN_MS = 25_000;

const DEVICES: readonly (NewDevice & { on: boolean })[] = [
  { name: 'Lumière Salon', type: 'light', room: 'Salon', power: 60, on: true },
  { name: 'Climatiseur Chambre', type: 'climate', room: 'Chambre', power: 1200, on: false },
  { name: 'TV Salon', type: 'entertainment', room: 'Salon', power: 150, on: true },
];

/**
 * Fills a store that was never used with the demo home, once: what its owner deletes stays deleted.
 * @param wanted false marks the store as used and adds nothing
 */
export async function fillDemoHome(
  { store, devices, turns }: { store: Store; devices: Devices; turns: Turns },
  wanted: boolean,
): Promise<void> {
  if (await store.settings.get('demo')) return;
  const end = await turns.take('demo', TURN_WITHIN_MS);
  if (!end) throw new AurionError('STORE_UNAVAILABLE');
  try {
    await fill(store, devices, wanted);
  } finally {
    await end();
  }
}

async function fill(store: Store, devices: Devices, wanted: boolean): Promise<void> {
  if (await store.settings.get('demo')) return;
  await devices.refresh();
  if (wanted) {
    // A first start that was cut short goes on where it stopped.
    for (const { on, ...device } of DEVICES.slice(await store.devices.count())) {
      await devices.create(device, { status: on });
    }
  }
  await store.settings.insertIfAbsent({ id: 'demo', value: wanted });
}
