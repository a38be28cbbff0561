import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Device } from '../../src/contract/device';
import type { Consumption, MeterSlice } from '../../src/contract/energy';
import { catching, node, TestFlow } from '../../test/support/flow-helper';

describe('aurion-energy', () => {
  let flow: TestFlow;
  let meter: number;
  const energy = (id: string, more: object) => node('aurion-energy', id, more);
  before(async () => {
    flow = await TestFlow.load([
      node('aurion-device', 'device', { role: 'admin' }),
      energy('any', {}),
      energy('guest', { role: 'guest' }),
      energy('listen', { listen: 'slices', target: 'compteur', wires: [['caught']] }),
      // As the dialogs of version 0 wrote it.
      energy('old', { operation: 'listen', wires: [['refused']] }),
      energy('deaf', { listen: 'slices', target: '99', wires: [['out']] }),
      catching(),
    ]);
    const payload = { name: 'Compteur', type: 'meter', room: 'Entrée', key: 'compteur' };
    const made = await flow.pass<Device>('device', { operation: 'devices.create', payload });
    meter = made.payload.id;
  });
  after(() => flow.unload());

  const read = (payload: object) =>
    flow.pass('any', { operation: 'energy.reading', payload: { id: meter, ...payload } });

  it('M1: counts messages as readings of its meter, and sends on what was measured', async () => {
    const heard = flow.nextAt('caught');
    const heardByOld = flow.nextAt('refused');
    const start = Date.now() - 3_600_000;
    await read({ energy: 10, timestamp: start });
    await read({ energy: 10.5, timestamp: start + 1_800_000 });
    const { payload } = (await heard) as { payload?: unknown };
    const { deviceId, name, consumption, power, quality } = payload as MeterSlice;
    assert.deepEqual(
      [deviceId, name, consumption, power, quality],
      [meter, 'Compteur', 0.5, 1, 'recovered'],
    );
    assert.deepEqual((await heardByOld).payload, payload);
    await flow.untilShown('listen', 'Compteur: 1 kW');
    const figures = await flow.pass<Consumption>('any', { operation: 'energy.consumption' });
    assert.equal(typeof figures.payload.trend, 'string');
  });

  it('M16: takes a reading as JSON text or bytes, too', async () => {
    const operation = 'energy.reading';
    const text = JSON.stringify({ id: meter, power: 412.5 });
    for (const payload of [text, Buffer.from(text)]) {
      const { payload: answer } = await flow.pass('any', { operation, payload });
      assert.deepEqual(answer, { accepted: true });
    }
    assert.equal(await flow.fail('any', { operation, payload: 'on' }), 'READING_REFUSED');
  });

  it('M14: refuses what is no reading, and what is no meter', async () => {
    const operation = 'energy.reading';
    const refused = [
      [{ id: meter }, 'READING_REFUSED'],
      [{ id: 1, power: 3 }, 'DEVICE_NOT_FOUND'],
      [{ id: meter, power: 'much' }, 'READING_REFUSED'],
    ] as const;
    for (const [payload, code] of refused) {
      assert.equal(await flow.fail('any', { operation, payload }), code);
    }
  });

  it('S12: acts with the role of its dialog, and does energy only', async () => {
    const payload = { id: meter, power: 1 };
    assert.equal(
      await flow.fail('guest', { operation: 'energy.reading', payload }),
      'ACCESS_DENIED',
    );
    assert.equal(await flow.fail('any', { operation: 'energy.rerate' }), 'ACCESS_DENIED');
    assert.equal(await flow.fail('any', { operation: 'devices.list' }), 'OPERATION_UNKNOWN');
  });
});
