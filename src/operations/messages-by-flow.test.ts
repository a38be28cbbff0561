import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { TestHome } from '../../test/support/test-home';
import { INSIDE } from '../contract/operation';
import { OPERATIONS } from './registry';

const FORBIDDEN = ['__proto__', 'constructor', 'prototype', 'a.b', '$set', 'nul\0'];

/** What each of them may say: a status, a value, a reading. */
const SAID = '"status":true,"smoke":true,"power":100';

/** Every operation whose input is a message of a device, sensor or meter, as a flow gives it. */
describe('messages by flows', () => {
  const actor = { kind: 'flow', nodeId: 'n', role: 'admin' } as const;
  let test: TestHome;
  let meter: number;
  let sensor: number;
  before(async () => {
    test = await TestHome.open();
    const call = { actor, requestId: 'r', origin: INSIDE };
    const added = [
      await test.home.run('devices.create', { name: 'A', type: 'meter', room: 'B' }, call),
      await test.home.run('sensors.create', { name: 'A', type: 'smoke', location: 'B' }, call),
    ] as { id: number }[];
    [meter, sensor] = added.map((thing) => thing.id) as [number, number];
  });
  after(() => test.remove());

  const takesMessage = OPERATIONS.filter((operation) => operation.takesMessage);
  it('are read by three operations', () => assert.equal(takesMessage.length, 3));

  for (const { id } of takesMessage) {
    const say = (text: string) => {
      const said: unknown = JSON.parse(text);
      const input = { ...(said as object), id: id === 'sensors.report' ? sensor : meter };
      return test.home.run(id, input, { actor, requestId: 'r', origin: INSIDE });
    };

    it(`M16, S2: ${id} takes what is said beside forbidden names and what is nested too deeply`, async () => {
      const deep = '['.repeat(40) + ']'.repeat(40);
      for (const key of FORBIDDEN.map((name) => JSON.stringify(name))) {
        await say(`{${SAID},${key}:{"polluted":1}}`);
        await say(`{${key}:"polluted",${SAID}}`);
        await say(`{${SAID},"x":[{"y":{${key}:{"polluted":1}}}]}`);
        await say(`{${SAID},"x":${deep}}`);
      }
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      assert.deepEqual(Object.keys(Object.prototype), []);
    });

    it(`M16: ${id} takes what is said beside an object that holds itself`, async () => {
      const itself: Record<string, unknown> = {};
      itself['itself'] = itself;
      const said = {
        ...(JSON.parse(`{${SAID}}`) as object),
        id: id === 'sensors.report' ? sensor : meter,
        itself,
      };
      await test.home.run(id, said, { actor, requestId: 'r', origin: INSIDE });
    });

    it(`S2: ${id} refuses what says nothing but forbidden names`, async () => {
      for (const key of FORBIDDEN.map((name) => JSON.stringify(name))) {
        const refused = { code: 'READING_REFUSED' };
        await assert.rejects(say(`{${key}:{"status":true}}`), refused, key);
        await assert.rejects(say(`{"x":{${key}:{"status":true}}}`), refused, key);
      }
    });
  }
});
