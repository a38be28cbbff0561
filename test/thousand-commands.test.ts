import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { systemClock } from '../src/adapters/time/system-clock';
import type { Device } from '../src/contract/device';
import { makeHouse } from '../src/simulator/house';
import { Simulator } from '../src/simulator/simulator';
import { STILL } from '../src/simulator/surroundings';
import { AurionProcess } from './support/aurion-process';

const DEVICES = 100;
const COMMANDS_EACH = 10;

describe('a thousand commands at once', () => {
  let aurion: AurionProcess;
  let simulator: Simulator;
  let admin: string;
  before(async () => {
    aurion = await AurionProcess.start({ env: { AURION_DEMO: '0' } });
    admin = await aurion.register('ama');
    // The simulator's first three have the ids of the demo home, the others keys.
    const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
    const shares = { slow: 0, silent: 0.1, contrary: 0, offline: 0 };
    const house = makeHouse({ seed: 7, devices: DEVICES, sensors: 0, meters: 0, shares });
    for (const { id } of house.devices) {
      const key = /^\d+$/.test(id) ? {} : { key: id };
      await aurion.request('POST', '/devices', {
        token: admin,
        body: { name: `Lampe ${id}`, type: 'light', room: 'Salon', ...key },
      });
    }
    simulator = new Simulator({
      house,
      url: `mqtt://127.0.0.1:${aurion.mqttPort}`,
      username,
      password,
      clock: systemClock,
      pace: STILL,
      duplicate: 0.2,
    });
    aurion.onRemove.push(() => simulator.stop());
    await simulator.start();
  });
  after(() => aurion.remove());

  it('M8: with 10 % silent devices and duplicated messages: no wrong final state, one publish a key', async () => {
    const devices = async () =>
      (await aurion.request<Device[]>('GET', '/devices', { token: admin })).body;
    const before = await devices();
    assert.equal(before.filter(({ assumed }) => !assumed).length, DEVICES);

    const taps = before.flatMap(({ id }) =>
      Array.from({ length: COMMANDS_EACH }, (_, i) =>
        // Each tap twice, as an impatient finger or a proxy that tries again.
        [1, 2].map(() =>
          aurion.request<Device & { code?: string }>('POST', `/devices/${id}/toggle`, {
            token: admin,
            headers: { 'Idempotency-Key': `${id}-${i}` },
          }),
        ),
      ),
    );
    const answers = await Promise.all(taps.flat().map(async (answer) => (await answer).status));
    const statuses = Map.groupBy(answers, (status) => status);
    assert.deepEqual([...statuses.keys()].sort(), [200, 504]);

    const final = await devices();
    for (const device of final) {
      assert.equal(device.status, simulator.isOn(device.key ?? String(device.id)), device.name);
    }
    // One publish for each key of those that answer; of the silent ones' keys each at most one.
    const silent = DEVICES * 0.1;
    const { commandsReceived } = simulator.counters;
    const toSilent = commandsReceived - (DEVICES - silent) * COMMANDS_EACH;
    assert.ok(
      toSilent >= silent && toSilent <= silent * COMMANDS_EACH,
      `${toSilent} to the silent`,
    );
    assert.equal(statuses.get(200)?.length, (DEVICES - silent) * COMMANDS_EACH * 2);
  });
});
