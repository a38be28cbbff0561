import { FakeClock, settled } from '../../test/support/fake-clock';
import { memoryLogger, openTestStore } from '../../test/support/test-store';
import { systemRandom } from '../adapters/crypto/random';
import type { HomeEvent } from '../contract/events';
import { createTopics } from '../contract/topics';
import type { HomeTime } from '../domain/schedules/timing';
import type { Clock } from '../ports/clock';
import type { MessageLink } from '../ports/message-link';
import type { Store } from '../ports/store';
import { Devices } from './devices';
import { EventBus } from './event-bus';
import { ScheduleRuns } from './schedule-runs';
import { Scheduler } from './scheduler';
import { Schedules } from './schedules';

export const LOME: HomeTime = { zone: 'Africa/Lome', place: { latitude: 6.13, longitude: 1.22 } };
export const PARIS: HomeTime = {
  zone: 'Europe/Paris',
  place: { latitude: 48.86, longitude: 2.35 },
};

/** A command that left the house. */
export interface Effect {
  /** ISO 8601, without milliseconds. */
  readonly at: string;
  readonly deviceId: number;
  readonly on: boolean;
}

/** A wall clock beside the one that only runs on. */
export class SettableClock implements Clock {
  private offsetMs = 0;
  private readonly due = new Set<{ readonly atMs: number }>();

  constructor(readonly fake: FakeClock) {}

  now = (): number => this.fake.now() + this.offsetMs;
  monotonicMs = (): number => this.fake.monotonicMs();

  schedule = (delayMs: number, callback: () => void): { cancel(): void } => {
    const entry = { atMs: this.monotonicMs() + delayMs };
    this.due.add(entry);
    const timer = this.fake.schedule(delayMs, () => {
      this.due.delete(entry);
      callback();
    });
    return {
      cancel: () => {
        this.due.delete(entry);
        timer.cancel();
      },
    };
  };

  /** How long until the next timer is due. */
  get untilDueMs(): number {
    return Math.min(...[...this.due].map(({ atMs }) => atMs)) - this.monotonicMs();
  }

  set(time: string): void {
    this.offsetMs = Date.parse(time) - this.fake.now();
  }
}

/** One process of a home, as far as schedules need it: real devices and scheduler over a real store. */
export class ScheduleProcess {
  readonly events: HomeEvent[] = [];
  automatic = true;

  private constructor(
    readonly devices: Devices,
    readonly schedules: Schedules,
    readonly scheduler: Scheduler,
    readonly runs: ScheduleRuns,
    readonly logger: ReturnType<typeof memoryLogger>,
  ) {}

  static async open(
    {
      store,
      clock,
      home,
      effects,
    }: { store: Store; clock: Clock; home: HomeTime; effects: Effect[] },
    lookEveryMs?: number,
  ): Promise<ScheduleProcess> {
    const logger = memoryLogger();
    const events = new EventBus(clock, logger);
    const link: MessageLink = {
      waiting: 0,
      connected: true,
      publish(topic, payload) {
        const { status } = JSON.parse(payload) as { status: boolean };
        const at = new Date(clock.now()).toISOString().slice(0, 19) + 'Z';
        const effect = { at, deviceId: Number(topic.split('/')[2]), on: status };
        effects.push(effect);
        return settled();
      },
      onMessage: () => undefined,
      onConnection: () => undefined,
      start: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const topics = createTopics('aurion');
    const random = systemRandom;
    const devices = new Devices(
      { store, link, topics, clock, random, events, logger },
      () => undefined,
    );
    await devices.start();
    const runs = new ScheduleRuns({ store, clock, random });
    // eslint-disable-next-line prefer-const -- the scheduler asks the process, which holds it
    let opened: ScheduleProcess;
    const scheduler = new Scheduler(
      { store, clock, logger, devices, events, runs },
      home,
      () => opened.automatic,
      lookEveryMs,
    );
    const schedules = new Schedules({ store, clock, devices, runs }, home, () =>
      scheduler.changed(),
    );
    opened = new ScheduleProcess(devices, schedules, scheduler, runs, logger);
    events.on((event) => opened.events.push(event));
    await scheduler.start();
    return opened;
  }

  /** What became of a schedule's slots, oldest first: `<slot> <outcome> <reason>`. */
  async outcomes(id: number): Promise<string[]> {
    const runs = await this.schedules.runs({ id, limit: 500 });
    return runs
      .map(({ slot, outcome, reason }) => [slot.slice(0, 16), outcome, reason].join(' ').trim())
      .reverse();
  }

  missed(): string[] {
    return this.events.flatMap(({ event, data }) =>
      event === 'schedule.missed' ? [`${data.type} ${data.slot.slice(0, 16)} ${data.reason}`] : [],
    );
  }
}

/** A home whose time a test moves. */
export class ScheduleHome {
  readonly effects: Effect[] = [];
  process!: ScheduleProcess;

  private constructor(
    readonly opened: { store: Store; remove(): Promise<void> },
    readonly clock: SettableClock,
    readonly home: HomeTime,
    private readonly lookEveryMs: number | undefined,
  ) {}

  /** With two lamps, 1 and 2. */
  static async open(start: string, home = LOME, lookEveryMs?: number): Promise<ScheduleHome> {
    const clock = new SettableClock(new FakeClock(start));
    const made = new ScheduleHome(await openTestStore(), clock, home, lookEveryMs);
    await made.start();
    for (const name of ['Lampe', 'Lampadaire']) {
      await made.process.devices.create({ name, type: 'light', room: 'Salon' });
    }
    return made;
  }

  get store(): Store {
    return this.opened.store;
  }

  async start(): Promise<void> {
    this.process = await ScheduleProcess.open(this, this.lookEveryMs);
    await this.pass(10_000);
  }

  async stop(): Promise<void> {
    await this.process.scheduler.stop();
  }

  /** Lets time pass from timer to timer, and stand still while something is under way. */
  async pass(ms: number): Promise<void> {
    const { clock, process } = this;
    const untilMs = clock.monotonicMs() + ms;
    await process.scheduler.idle();
    while (clock.monotonicMs() < untilMs) {
      await clock.fake.advance(Math.min(clock.untilDueMs, untilMs - clock.monotonicMs()));
      await process.scheduler.idle();
    }
  }

  /** Lets time pass up to a moment. */
  async until(time: string): Promise<void> {
    await this.pass(Date.parse(time) - this.clock.now());
  }

  /** What left the house: `<time> <device> on`. */
  did(): string[] {
    return this.effects.map(({ at, deviceId, on }) => `${at} ${deviceId} ${on ? 'on' : 'off'}`);
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.opened.remove();
  }
}
