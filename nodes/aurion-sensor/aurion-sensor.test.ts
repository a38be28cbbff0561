import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Sensor } from '../../src/contract/sensor';
import { catching, node, TestFlow } from '../../test/support/flow-helper';

const BOTH = [['out'], ['refused']];
const LIST = 'sensors.list';

describe('aurion-sensor', () => {
  let flow: TestFlow;
  before(async () => {
    const sensor = (id: string, more: object) =>
      node('aurion-sensor', id, { wires: BOTH, ...more });
    flow = await TestFlow.load([
      sensor('any', {}),
      sensor('smoke', { operation: 'sensors.report', target: '2' }),
      sensor('guest', { operation: 'sensors.report', target: '2', role: 'guest' }),
      sensor('ears', { listen: 'readings', target: '1', wires: [['caught'], ['refused']] }),
      catching('any', 'smoke', 'guest'),
    ]);
  });
  after(() => flow.unload());

  it('does the operations of sensors', async () => {
    const { payload } = await flow.pass<Sensor[]>('any', { operation: LIST });
    assert.deepEqual(
      payload.map(({ type }) => type),
      ['motion', 'smoke'],
    );
  });

  it('passes on untouched what the alert node does, and refuses other groups', async () => {
    const message = { operation: 'alerts.list', payload: { limit: 7 } };
    assert.deepEqual((await flow.pass('any', message)).payload, { limit: 7 });
    assert.equal(await flow.fail('any', { operation: 'devices.list' }), 'OPERATION_UNKNOWN');
  });

  it('takes a message in as a reading: an object, JSON, bytes, or the value alone', async () => {
    const said: [unknown, unknown, number][] = [
      [{ smoke: true, battery: 80 }, true, 80],
      ['{"smoke":false,"battery":79}', false, 79],
      [Buffer.from('{"value":true}'), true, 79],
      [false, false, 79],
      ['on', true, 79],
    ];
    for (const [payload, value, battery] of said) {
      const { payload: sensor } = await flow.pass<Sensor>('smoke', { payload });
      assert.deepEqual([sensor.value, sensor.battery], [value, battery]);
    }
  });

  it('M14: sends what makes no sense to its second output with the reason, and counts it', async () => {
    const refused: [unknown, string][] = [
      ['smoky', 'wrong-type'],
      [{ leak: true }, 'wrong-type'],
      [NaN, 'wrong-type'],
    ];
    for (const [n, [payload, reason]] of refused.entries()) {
      const { at, message } = await flow.send('smoke', { payload });
      assert.equal(at, 'refused');
      const { refusal } = message as unknown as { refusal: { reason: string } };
      assert.deepEqual([refusal.reason, message.payload], [reason, payload]);
      await flow.untilShown('smoke', `aurion-sensor.status.refused ${n + 1} ${reason}`);
    }
  });

  it('S12: takes no reading from a guest, nor from a request that nobody is behind', async () => {
    assert.equal(await flow.fail('guest', { payload: true }), 'ACCESS_DENIED');
    assert.equal(await flow.fail('smoke', { payload: true, req: {} }), 'TOKEN_MISSING');
  });

  it('listens: sends each reading of its sensor, and of no other', async () => {
    const heard = flow.nextAt('caught');
    await flow.pass('any', { operation: 'sensors.report', payload: { id: 2, value: false } });
    await flow.pass('any', { operation: 'sensors.report', payload: { id: 1, motion: true } });
    const { payload, topic } = await heard;
    const { id, value } = payload as Sensor;
    assert.deepEqual([id, value, topic], [1, true, '1']);
  });

  it('listens: what is refused comes out at the second output', async () => {
    const heard = flow.nextAt('refused');
    const report = { operation: 'sensors.report', payload: { id: 1, motion: 'maybe' } };
    flow.give('any', report);
    const { topic, refusal } = (await heard) as unknown as {
      topic: string;
      refusal: { reason: string };
    };
    assert.equal(refusal.reason, 'wrong-type');
    assert.equal(topic, 'aurion/sensors/1/data');
  });
});
