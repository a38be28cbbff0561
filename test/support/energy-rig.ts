import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openNedbStore } from '../../src/adapters/store/nedb';
import type { NewDevice } from '../../src/contract/device';
import type { HomeEvent } from '../../src/contract/events';
import { createTopics } from '../../src/contract/topics';
import { openEnergy, type OpenEnergy } from '../../src/open-energy';
import type { Store } from '../../src/ports/store';
import { Devices } from '../../src/services/devices';
import { EventBus } from '../../src/services/event-bus';
import { Intake } from '../../src/services/intake';
import { UNSHARED } from '../../src/services/turns';
import { FakeClock } from './fake-clock';
import { MemoryJournal, RecordingLink } from './test-link';
import { memoryLogger, openTestStore } from './test-store';

export interface RigOptions {
  readonly start?: string;
  readonly timeZone?: string;
  readonly currency?: string;
  /** Another process on this rig's store. */
  readonly besides?: EnergyRig;
  /** A home's folder to be filled; a temporary one unless told. */
  readonly folder?: string;
}

/** A home's devices and energy over a real store, with a link that a test speaks for, on a clock of its own. */
export class EnergyRig {
  link = new RecordingLink();
  devices!: Devices;
  intake!: Intake;
  energy!: OpenEnergy;
  readonly events: HomeEvent[] = [];
  readonly logger = memoryLogger();
  readonly journal = new MemoryJournal();
  private readonly topics = createTopics('aurion');

  private constructor(
    public clock: FakeClock,
    public store: Store,
    readonly folder: string,
    private options: RigOptions,
  ) {}

  static async open(options: RigOptions = {}): Promise<EnergyRig> {
    const { start = '2026-03-02T00:00:00Z', besides } = options;
    const { store, folder } = besides ?? (await openStoreIn(options.folder));
    const rig = new EnergyRig(besides?.clock ?? new FakeClock(start), store, folder, options);
    await rig.start();
    return rig;
  }

  get figures(): OpenEnergy['services']['figures'] {
    return this.energy.services.figures;
  }

  get tariffs(): OpenEnergy['services']['tariffs'] {
    return this.energy.services.tariffs;
  }

  async meter(more: Partial<NewDevice> = {}): Promise<number> {
    const meter: NewDevice = { name: 'Compteur', type: 'meter', room: 'Entrée', ...more };
    return (await this.devices.create(meter)).id;
  }

  /** A meter speaks. */
  say(
    meterId: number | string,
    body: object,
    flags: { duplicate?: boolean | 'perhaps'; retained?: boolean } = {},
  ): void {
    this.link.say(this.topics.meter(String(meterId)), body, flags);
  }

  settle(): Promise<void> {
    return this.energy.services.energy.settle();
  }

  /** Everything of energy that is in the store. */
  async dump(): Promise<unknown> {
    const { meterReadings, energyFine, energyHours, energyDays } = this.store;
    const all: unknown[] = [];
    for (const series of [meterReadings, energyFine, energyHours, energyDays]) {
      for (const name of await series.names()) all.push(...(await series.read(name)));
    }
    const checkpoints = await this.store.meterCheckpoints.list();
    return JSON.parse(JSON.stringify([all, checkpoints]));
  }

  /** The process is killed, and started anew on the same files. */
  async crash(): Promise<void> {
    await this.store.close();
    this.store = await openNedbStore({ folder: this.folder, logger: this.logger });
    this.link = new RecordingLink();
    await this.start();
  }

  /** @param at when it starts again, now unless told */
  async restart(
    at?: string,
    changed: Pick<RigOptions, 'timeZone' | 'currency'> = {},
  ): Promise<void> {
    await this.close();
    this.options = { ...this.options, ...changed };
    if (at !== undefined) this.clock = new FakeClock(at);
    await this.crash();
  }

  /** A clean stop. */
  async close(): Promise<void> {
    this.energy.publisher.stop();
    await this.intake.stop();
    await this.energy.close();
  }

  async remove(): Promise<void> {
    await this.close();
    if (this.options.besides) return;
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async start(): Promise<void> {
    const { clock, store, link, logger, journal, topics } = this;
    const events = new EventBus(clock, logger);
    events.on((event) => this.events.push(event));
    const random = { token: () => 'x'.repeat(12) };
    const devices = new Devices(
      { store, link, topics, clock, random: random, events, logger },
      () => undefined,
    );
    await devices.start();
    this.devices = devices;
    const { timeZone = 'Africa/Lome', currency = 'XOF' } = this.options;
    this.energy = await openEnergy(
      { store, devices, link, topics, clock, events, logger, turns: UNSHARED },
      { timeZone, currency, language: 'fr' },
    );
    const health = { works: () => undefined, fails: () => undefined };
    this.intake = new Intake({ link, journal, clock, logger, health }, [
      devices,
      this.energy.services.energy,
    ]);
    await this.intake.start();
    this.energy.publisher.start();
  }
}

async function openStoreIn(homeFolder: string | undefined) {
  if (homeFolder === undefined) return openTestStore();
  const folder = join(homeFolder, 'store');
  return { folder, store: await openNedbStore({ folder, logger: memoryLogger() }) };
}
