import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Device } from '../src/contract/device';
import type { Consumption, DeviceEnergy, HistoryPoint } from '../src/contract/energy';
import { AurionProcess } from './support/aurion-process';

/** Energy through the whole of it: REST, the energy tab, a restart. */
describe('energy, in a whole Aurion', () => {
  let aurion: AurionProcess;
  let token: string;
  before(async () => {
    aurion = await AurionProcess.start();
    token = await aurion.register('ama');
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(aurion.lines.slice(-12).join('\n'));
  });
  after(() => aurion.remove());

  it('M1: a meter’s kilowatt-hours and what they cost, over REST', async () => {
    const meter = { name: 'Compteur', type: 'meter', room: 'Entrée', main: true };
    const { body: made } = await aurion.request<Device>('POST', '/devices', { token, body: meter });
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const start = Date.parse(`${yesterday}T00:00:00Z`);
    for (let hour = 0; hour <= 24; hour += 1) {
      const body = { energy: 100 + hour / 2, timestamp: start + hour * 3_600_000 };
      const path = `/energy/meters/${made.id}/readings`;
      const { status } = await aurion.request('POST', path, { token, body });
      assert.equal(status, 200);
    }
    const range = `from=${yesterday}T00:00:00Z&to=${yesterday}T23:59:59Z&step=day`;
    const history = () =>
      aurion.request<HistoryPoint[]>('GET', `/energy/history?${range}`, { token });
    const { body } = await history();
    assert.deepEqual(
      body.map(({ consumption, cost, coverage }) => [consumption, cost, coverage]),
      [[12, 2400, 1]],
    );
    const { body: now } = await aurion.request<Consumption>('GET', '/energy/consumption', {
      token,
    });
    assert.equal(now.current, null);
    const devices = await aurion.request<DeviceEnergy[]>('GET', '/energy/devices', { token });
    assert.equal(devices.status, 200);

    const csv = await fetch(`http://127.0.0.1:${aurion.port}/api/energy/export?${range}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(await csv.text(), /T00:00:00\.000Z,12,2400,XOF,1,(measured|recovered)\r\n$/);

    await aurion.stop();
    await aurion.launch();
    assert.deepEqual((await history()).body, body);
  });
});
