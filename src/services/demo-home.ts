import { AurionError } from '../contract/errors';
import type { Language } from '../contract/language';
import { demoHome } from '../domain/demo-home';
import type { Store } from '../ports/store';
import type { Devices } from './devices';
import type { Sensors } from './sensors';
import type { Turns } from './turns';

/** Longer than a turn lasts that a dead process left. */
const TURN_WITHIN_MS = 25_000;

interface Demo {
  readonly store: Store;
  readonly devices: Devices;
  readonly sensors: Sensors;
}

/**
 * Fills a store that was never used with the demo home, once: what its owner deletes stays deleted.
 * @param settings `demo` false marks the store as used and adds nothing; `language` is that of the names,
 *   which stay as they were made
 */
export async function fillDemoHome(
  { store, devices, sensors, turns }: Demo & { readonly turns: Turns },
  { demo: wanted, language }: { readonly demo: boolean; readonly language: Language },
): Promise<void> {
  if (!(await store.settings.get('demo'))) {
    const end = await turns.take('demo', TURN_WITHIN_MS);
    if (!end) throw new AurionError('STORE_UNAVAILABLE');
    try {
      await fill({ store, devices, sensors }, wanted ? demoHome(language) : null);
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

async function fill(
  { store, devices, sensors }: Demo,
  home: ReturnType<typeof demoHome> | null,
): Promise<void> {
  if (await store.settings.get('demo')) return;
  await refresh({ devices, sensors });
  if (home) {
    // A first start that was cut short goes on where it stopped.
    for (const { on, ...device } of home.devices.slice(await store.devices.count())) {
      await devices.create(device, { status: on });
    }
    for (const { battery, ...sensor } of home.sensors.slice(await store.sensors.count())) {
      await sensors.create(sensor, { battery });
    }
  }
  await store.settings.insertIfAbsent({ id: 'demo', value: home !== null });
}
