import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock, settled } from '../../test/support/fake-clock';
import { openTestStore } from '../../test/support/test-store';
import type { Clock } from '../ports/clock';
import type { Store, TableName } from '../ports/store';
import { LOME, ScheduleProcess, SettableClock, type Effect } from './schedule-rig.suite';

const SECOND_MS = 1000;
const STOPPED_MS = 60 * SECOND_MS;

/** What a SIGSTOP does to a process, at each await of the store and at each timer: nothing goes on until it is over. */
class Brake {
  private over: Promise<void> | null = null;
  private readonly waiting: (() => void)[] = [];
  killed = false;

  constructor(
    private readonly clock: SettableClock,
    /** Asked at each step of the process, which it names. */
    private readonly isTime: (step: string) => boolean,
  ) {}

  async pass(step: string): Promise<void> {
    if (!this.over && !this.killed && this.isTime(step)) this.stop();
    if (this.killed) await new Promise(() => undefined);
    while (this.over) await this.over;
  }

  stop(): void {
    this.over = new Promise((resolve) => {
      this.clock.schedule(STOPPED_MS, () => {
        this.over = null;
        resolve();
      });
    });
    for (const tell of this.waiting.splice(0)) tell();
  }

  kill(): void {
    this.killed = true;
    for (const tell of this.waiting.splice(0)) tell();
  }

  /** Resolves when it stands still. */
  stands(): Promise<void> {
    if (this.over || this.killed) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  ofClock(clock: SettableClock): Clock {
    return {
      now: clock.now,
      monotonicMs: clock.monotonicMs,
      schedule: (delayMs, callback) =>
        clock.schedule(delayMs, () => void this.pass('timer').then(callback)),
    };
  }

  ofStore(store: Store): Store {
    return new Proxy(store, {
      get: (target, table: TableName) => this.ofTable(table, target[table]),
    });
  }

  private ofTable<T extends object>(table: string, repository: T): T {
    return new Proxy(repository, {
      get: (target, name: keyof T & string) => {
        const method = target[name] as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          await this.pass(`before ${table}.${name}`);
          const result = await method.apply(target, args);
          await this.pass(`after ${table}.${name}`);
          return result;
        };
      },
    });
  }
}

describe('F9: two processes over one store', () => {
  let opened: { store: Store; remove(): Promise<void> };
  let clock: SettableClock;
  let effects: Effect[];
  let steady: ScheduleProcess;
  let shaky: ScheduleProcess;
  let brake: Brake;

  beforeEach(async () => {
    opened = await openTestStore();
    clock = new SettableClock(new FakeClock('2026-11-22T17:00:00Z'));
    effects = [];
  });
  afterEach(async () => {
    await steady.scheduler.stop();
    await opened.remove();
  });

  async function lamps(count: number): Promise<void> {
    for (let id = 1; id <= count; id++) {
      const { store } = opened;
      const nothing = { powerW: null, key: null, icon: null, main: false, intervalS: null };
      const none = { maxPowerW: null, counterMaxKWh: null, resetsToZero: false, createdAt: 0 };
      await store.devices.insert({
        ...{ name: `Lampe ${id}`, type: 'light', room: 'Salon', ...nothing, ...none },
      });
    }
  }

  async function both(isTime: (step: string) => boolean): Promise<void> {
    const { store } = opened;
    const home = LOME;
    brake = new Brake(clock, isTime);
    steady = await ScheduleProcess.open({ store, clock, home, effects });
    shaky = await openShaky();
  }

  function openShaky(): Promise<ScheduleProcess> {
    const braked = { store: brake.ofStore(opened.store), clock: brake.ofClock(clock) };
    return ScheduleProcess.open({ ...braked, home: LOME, effects });
  }

  async function still(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await steady.scheduler.idle();
      await Promise.race([shaky.scheduler.idle(), brake.stands()]);
      await settled();
    }
  }

  async function until(time: string, before: () => Promise<void> = settled): Promise<void> {
    await still();
    while (clock.now() < Date.parse(time)) {
      await before();
      await clock.fake.advance(Math.min(clock.untilDueMs, Date.parse(time) - clock.now()));
      await still();
    }
  }

  async function everyMinute(id: number): Promise<void> {
    await opened.store.schedules.insert({
      ...{ deviceId: id, timing: { type: 'cron', cron: '* * * * *' }, action: 'on' },
      ...{ policy: 'skip', enabled: true, createdAt: 0, since: clock.now() },
    });
  }

  it('one that is stopped for 60 s after its claim has one effect', async () => {
    let stops = 0;
    await lamps(1);
    await both((step) => step === 'after scheduleRuns.insertIfAbsent' && stops++ === 0);
    await opened.store.schedules.insert({
      ...{ deviceId: 1, timing: { type: 'daily', time: '17:10' }, action: 'on' },
      ...{ policy: 'skip', enabled: true, createdAt: 0, since: clock.now() },
    });
    // Only the shaky one is there when the slot comes.
    await steady.scheduler.stop();
    shaky.scheduler.changed();
    await until('2026-11-22T17:10:02Z');
    assert.equal(stops, 1);
    assert.deepEqual(effects, []);
    steady = await ScheduleProcess.open({ store: opened.store, clock, home: LOME, effects });
    await until('2026-11-22T17:15:00Z');
    assert.deepEqual(
      effects.map(({ at }) => at),
      ['2026-11-22T17:10:17Z'],
    );
    assert.deepEqual(await steady.outcomes(1), ['2026-11-22T17:10 done']);
  });

  it('fire each of 1,000 slots once while one is stopped at random', async () => {
    const random = randomFrom(7);
    let stops = 0;
    await lamps(50);
    await both(() => random() < 0.004 && (stops += 1) > 0);
    for (let id = 1; id <= 50; id++) await everyMinute(id);
    steady.scheduler.changed();
    shaky.scheduler.changed();
    await until('2026-11-22T17:20:30Z');
    await until('2026-11-22T17:20:50Z');
    assert.ok(stops > 5, `stopped ${stops} times`);
    const fired = effects.map(({ at, deviceId }) => `${deviceId} ${at}`);
    const rows = await opened.store.scheduleRuns.list();
    assert.deepEqual([rows.length, fired.length], [1000, 1000]);
    assert.ok(rows.every(({ state }) => state === 'done'));
    for (let id = 1; id <= 50; id++) {
      assert.equal(effects.filter(({ deviceId }) => deviceId === id).length, 20);
    }
  });

  it('fire none twice while one is killed at random, and tell of each that nobody could end', async () => {
    const random = randomFrom(11);
    await lamps(50);
    await both(() => {
      if (random() < 0.01) brake.kill();
      return false;
    });
    for (let id = 1; id <= 50; id++) await everyMinute(id);
    steady.scheduler.changed();
    shaky.scheduler.changed();
    let kills = 0;
    await until('2026-11-22T17:20:30Z', async () => {
      if (!brake.killed) return;
      kills += 1;
      // Starts again as another process; its store is asked before the next kill can come.
      brake = new Brake(clock, () => {
        if (random() < 0.01) brake.kill();
        return false;
      });
      const waits = brake;
      shaky = await Promise.race([openShaky(), waits.stands().then(() => shaky)]);
    });
    brake.kill();
    await until('2026-11-22T17:25:00Z');
    assert.ok(kills > 3, `killed ${kills} times`);
    const rows = (await opened.store.scheduleRuns.list()).filter(
      ({ slotAt }) => slotAt <= Date.parse('2026-11-22T17:20:00Z'),
    );
    const count = (state: string) => rows.filter((row) => row.state === state).length;
    const before = effects.filter(({ at }) => at < '2026-11-22T17:20:45Z');
    assert.equal(rows.length, 1000);
    assert.equal(count('done') + count('failed'), 1000);
    assert.ok(before.length >= count('done') && before.length <= 1000);
    assert.ok(count('failed') <= kills * 50);
    assert.ok(rows.every(({ state, reason }) => state === 'done' || reason === 'interrupted'));
  });
});

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
