import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import { after, before, describe, it } from 'mocha';
import { BareBroker } from '../src/adapters/mqtt/bare-broker.suite';
import { openPostgresStore } from '../src/adapters/store/postgres';
import type { DeviceRow, ScheduleRow, ScheduleRunRow, Store } from '../src/ports/store';
import { AurionProcess } from './support/aurion-process';
import { MOSQUITTO, startMosquitto } from './support/mosquitto';
import { newDatabase } from './support/postgres';
import { memoryLogger } from './support/test-store';

const SLOTS = 1000;
const MINUTE_MS = 60_000;
const SETTLED_WITHIN_MS = 90_000;

/** Two processes, one PostgreSQL, and a thousand schedules that all come due in the minute that runs. */
describe('schedules of two processes', function () {
  this.timeout(150_000);
  let broker: { readonly url: string; close(): Promise<void> };
  let store: Store;
  let env: Record<string, string>;
  const processes: AurionProcess[] = [];

  before(async () => {
    broker = MOSQUITTO === undefined ? await BareBroker.open() : await startMosquitto();
    const url = await newDatabase();
    env = { AURION_STORE_URL: url, AURION_MQTT_URL: broker.url, AURION_DEMO: '0' };
    store = await openPostgresStore({ url, homeKey: 'home', logger: memoryLogger() });
  });
  after(async () => {
    for (const one of processes) await one.remove();
    await store.close();
    await broker.close();
  });

  async function fill(slotAt: number): Promise<void> {
    const time = new Date(slotAt).toISOString().slice(11, 16);
    const ids = Array.from({ length: SLOTS }, (_, n) => n + 1);
    const plain = { icon: null, key: null, main: false, powerW: null, intervalS: null };
    const rest = { maxPowerW: null, counterMaxKWh: null, resetsToZero: false, createdAt: slotAt };
    const named = { name: 'Lampe', type: 'light', room: 'Salon' } as const;
    await store.devices.restore(ids.map((id): DeviceRow => ({ id, ...named, ...plain, ...rest })));
    const made = { enabled: true, createdAt: 0, since: slotAt - MINUTE_MS };
    const wanted = { timing: { type: 'daily', time }, action: 'on', policy: 'state' } as const;
    await store.schedules.restore(
      ids.map((id): ScheduleRow => ({ id, deviceId: id, ...wanted, ...made })),
    );
    await store.settings.insert({ id: 'schedules.dealtUntil', value: slotAt - MINUTE_MS });
  }

  const settled = async (): Promise<ScheduleRunRow[]> =>
    (await store.scheduleRuns.list()).filter(
      ({ state }) => state !== 'claimed' && state !== 'sending',
    );

  it('F9, M11: fire each of 1,000 slots exactly once while one of them is stopped and killed', async () => {
    const commands = new Map<string, number>();
    const listener = await mqtt.connectAsync(broker.url);
    listener.on('message', (topic) => {
      const device = topic.split('/')[2]!;
      commands.set(device, (commands.get(device) ?? 0) + 1);
    });
    await listener.subscribeAsync('aurion/devices/+/command', { qos: 1 });

    await fill(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
    processes.push(
      ...(await Promise.all([AurionProcess.start({ env }), AurionProcess.start({ env })])),
    );
    const [, victim] = processes;
    assert.ok(victim);
    const begun = Date.now();
    while ((await settled()).length === 0) assert.ok(Date.now() - begun < SETTLED_WITHIN_MS);
    const pid = victim.pid;
    process.kill(pid, 'SIGSTOP');
    const stoppedAt = (await settled()).length;
    while ((await settled()).length < stoppedAt + 50)
      assert.ok(Date.now() - begun < SETTLED_WITHIN_MS);
    process.kill(pid, 'SIGCONT');
    while ((await settled()).length < stoppedAt + 150)
      assert.ok(Date.now() - begun < SETTLED_WITHIN_MS);
    await victim.stop('SIGKILL');
    const killedAt = Date.now();
    await victim.launch();
    // What was being sent when its process died is told as interrupted only after two minutes.
    const over = async () =>
      (await store.scheduleRuns.list()).filter(
        ({ state, at }) => state !== 'claimed' && (state !== 'sending' || at < killedAt),
      );
    while ((await over()).length < SLOTS) assert.ok(Date.now() - begun < SETTLED_WITHIN_MS);

    const runs = await over();
    assert.equal(new Set(runs.map(({ scheduleId }) => scheduleId)).size, SLOTS);
    // What was killed between its last look at the store and the broker may have told or not: it is said so, and never told again.
    const interrupted = runs.filter(({ state }) => state !== 'done');
    assert.deepEqual(
      interrupted.filter(({ state, reason }) => state !== 'sending' && reason !== 'interrupted'),
      [],
    );
    assert.ok(interrupted.length <= 40, `${interrupted.length} interrupted`);
    for (const { scheduleId, state } of runs) {
      const told = commands.get(String(scheduleId)) ?? 0;
      if (state === 'done') assert.equal(told, 1, `schedule ${scheduleId}`);
      else assert.ok(told <= 1, `schedule ${scheduleId}`);
    }
    await listener.endAsync();
  });
});
