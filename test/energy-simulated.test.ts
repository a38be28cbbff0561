import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { systemClock } from '../src/adapters/time/system-clock';
import type { Device } from '../src/contract/device';
import type { DeviceEnergy, HistoryPoint } from '../src/contract/energy';
import { makeHouse } from '../src/simulator/house';
import { Simulator } from '../src/simulator/simulator';
import { STILL } from '../src/simulator/surroundings';
import { AurionProcess } from './support/aurion-process';

const DAYS = 24;
const METERS = 2;

/** Weeks of a house's meters, told as fast as the broker takes them, to which everything happens. */
describe('energy of a simulated house', function () {
  this.timeout(120_000);
  let aurion: AurionProcess;
  let simulator: Simulator;
  let token: string;
  const ids = new Map<string, number>();
  before(async () => {
    aurion = await AurionProcess.start();
    token = await aurion.register('ama');
    // The demo home's devices count too, by their nominal power.
    for (const id of [1, 2, 3]) await aurion.request('DELETE', `/devices/${id}`, { token });
    const house = makeHouse({ seed: 5, devices: 0, sensors: 0, meters: METERS });
    for (const { id: key, name } of house.meters) {
      const body = { name, key, type: 'meter', room: 'Entrée', intervalS: 60 };
      const made = await aurion.request<Device>('POST', '/devices', { token, body });
      ids.set(key, made.body.id);
    }
    const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
    simulator = new Simulator({
      ...{ house, username, password, url: `mqtt://127.0.0.1:${aurion.mqttPort}` },
      clock: systemClock,
      pace: { ...STILL, mishapsPerDay: 1 },
      past: { days: DAYS, everyMs: 60_000 },
    });
    await simulator.start();
  });
  after(async () => {
    await simulator.stop();
    await aurion.remove();
  });

  const get = async <T>(path: string) => (await aurion.request<T>('GET', path, { token })).body;
  const history = (step: string) => {
    const to = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000);
    const from = new Date(to.getTime() - (DAYS + 1) * 86_400_000);
    const range = `from=${from.toISOString()}&to=${to.toISOString()}`;
    return get<HistoryPoint[]>(`/energy/history?${range}&step=${step}`);
  };
  const total = (points: readonly HistoryPoint[]) =>
    points.reduce((sum, { consumption }) => sum + Math.round((consumption ?? 0) * 1000), 0) / 1000;

  const isNear = (measured: number, flowed: number) =>
    assert.ok(
      Math.abs(measured - flowed) <= flowed * 0.001,
      `${measured} kWh counted, ${flowed} kWh flowed`,
    );

  it('M1, M6: weeks with resets, power cuts, gaps, copies and late messages are within 0.1 % of what flowed', async () => {
    const flowed = [...simulator.flowedKWh.values()].reduce((sum, kWh) => sum + kWh, 0);
    assert.ok(flowed > DAYS);
    const byHour = await history('hour');
    isNear(total(byHour), flowed);
    assert.equal(total(await history('day')), total(byHour));
    assert.ok(byHour.every(({ consumption }) => (consumption ?? 0) >= 0));
    assert.ok(byHour.some(({ coverage }) => coverage > 0 && coverage < 1));
    assert.ok(byHour.some(({ quality }) => quality === 'recovered'));
  });

  it('M1: of each meter too, and the same after a restart', async () => {
    const devices = async () => {
      const used = await get<DeviceEnergy[]>('/energy/devices?period=year');
      return new Map(used.map(({ deviceId, consumption }) => [deviceId, consumption]));
    };
    const before = await devices();
    const began = new Date(Date.now() - DAYS * 86_400_000);
    for (const [key, id] of ids) {
      const [measured, flowed] = [before.get(id) ?? 0, simulator.flowedKWh.get(key) ?? 0];
      assert.ok(measured > 0 && measured <= flowed * 1.001, `${measured} of ${flowed}`);
      // In January some of it was last year.
      if (began.getUTCFullYear() === new Date().getUTCFullYear()) isNear(measured, flowed);
    }
    const points = await history('hour');
    await aurion.stop();
    await aurion.launch();
    assert.deepEqual(await devices(), before);
    assert.deepEqual(await history('hour'), points);
  });
});
