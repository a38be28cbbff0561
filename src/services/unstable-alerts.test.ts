import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { AlertType, Severity } from '../contract/alert';
import type { Rule } from '../domain/alerts/condition';
import { SecurityRig } from '../../test/support/security-rig';

const MINUTE_MS = 60_000;

function rule(type: 'smoke' | 'door', severity: Severity): Rule {
  return {
    id: `node-${type}`,
    type,
    severity,
    condition: { kind: 'compare', field: 'value', is: '==', than: true },
    message: { fr: type, en: type },
    forMs: 0,
    coolDownMs: 0,
  };
}

type Deed = boolean | 'acknowledge' | 'acknowledge-unstable' | 'restart';

describe('alerts of what changes all the time', () => {
  let rig: SecurityRig;
  beforeEach(async () => {
    rig = await SecurityRig.open();
  });
  afterEach(() => rig.remove());

  const active = async (type: AlertType) =>
    (await rig.alerts.list({ limit: 500, active: true })).filter((alert) => alert.type === type);
  /** How often one of a type was told to have begun. */
  const told = (type: AlertType) =>
    rig.happened('alert.raised').filter(({ data }) => (data as { type: string }).type === type)
      .length;
  const watchAlone = async (type: 'smoke' | 'door', severity: Severity) => {
    await rig.sensors.create({ name: type, type, location: 'Cuisine' });
    await rig.rules.add(rule(type, severity), (row) => row.type === type);
  };
  const say = async (value: boolean, type = 'smoke') => {
    rig.say(1, { [type]: value });
    await rig.calm();
  };
  const acknowledge = async (type: AlertType) => {
    for (const { id } of await active(type)) await rig.alerts.acknowledge(id, 'Ama');
  };

  it('M9, M15: a detector tested three times and acknowledged still tells of the fire', async () => {
    for (const seen of [['unstable'], ['smoke'], ['smoke', 'unstable']] as AlertType[][]) {
      await rig.remove();
      rig = await SecurityRig.open();
      await watchAlone('smoke', 'critical');
      for (const value of [true, false, true, false, true]) await say(value);
      assert.equal((await active('unstable')).length, 1);
      assert.equal((await active('smoke')).length, 1);
      await rig.fakeClock.advance(1000);
      for (const type of seen) await acknowledge(type);
      const before = told('smoke');
      await say(false);
      for (let i = 0; i < 12; i++) {
        await say(true);
        await rig.fakeClock.advance(30_000);
      }
      assert.equal(told('smoke'), before + 1, seen.join());
      const [smoke, ...more] = await active('smoke');
      assert.deepEqual([smoke?.acknowledged, more.length], [false, 0]);
      assert.equal(told('unstable'), 1);
    }
  });

  it('M9, M15: a door that stays open is told after a minute, and has one alert', async () => {
    await watchAlone('door', 'info');
    for (const value of [true, false, true, false, true, false]) {
      await say(value, 'door');
      await rig.fakeClock.advance(10_000);
    }
    await acknowledge('unstable');
    const before = told('door');
    await say(true, 'door');
    await rig.fakeClock.advance(MINUTE_MS - 2000);
    await rig.calm();
    assert.equal((await active('door')).length, 0);
    await rig.fakeClock.advance(3000);
    await rig.calm();
    assert.equal((await active('door')).length, 1);
    assert.equal(told('door'), before + 1);
  });

  it('M9, M15: whatever happens, what is critical and true has its own alert, and a return after an acknowledgement is told', async function () {
    this.timeout(120_000);
    const deed = fc.oneof(
      { weight: 6, arbitrary: fc.boolean() },
      { weight: 3, arbitrary: fc.constantFrom('acknowledge', 'acknowledge-unstable') },
      { weight: 1, arbitrary: fc.constant('restart') },
    ) as fc.Arbitrary<Deed>;
    const pause = fc.constantFrom(1000, 30_000, 2 * MINUTE_MS, 11 * MINUTE_MS);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(deed, pause), { maxLength: 25 }), async (history) => {
        await rig.remove();
        rig = await SecurityRig.open();
        await watchAlone('smoke', 'critical');
        let isSmoke = false;
        let isSeen = false;
        for (const [does, ms] of history) {
          const before = told('smoke');
          if (does === 'restart') {
            await rig.stop();
            await rig.start();
            await rig.rules.add(rule('smoke', 'critical'), (row) => row.type === 'smoke');
            await rig.calm();
          } else if (typeof does === 'boolean') {
            await say(does);
            if (does && !isSmoke && isSeen) {
              assert.equal(told('smoke'), before + 1);
              isSeen = false;
            }
            isSmoke = does;
          } else {
            const type = does === 'acknowledge' ? 'smoke' : 'unstable';
            const open = (await active(type)).filter(({ acknowledged }) => !acknowledged);
            isSeen ||= open.length > 0;
            await acknowledge(type);
          }
          // A moment, then the pause.
          for (const passes of [0, ms]) {
            await rig.fakeClock.advance(passes);
            await rig.calm();
            const own = await active('smoke');
            assert.ok(own.length <= 1 && (await active('unstable')).length <= 1);
            if (isSmoke) assert.equal(own.length, 1);
          }
        }
        await rig.fakeClock.advance(11 * MINUTE_MS);
        await rig.calm();
        assert.equal((await active('smoke')).length, isSmoke ? 1 : 0);
        assert.equal((await active('unstable')).length, 0);
      }),
      { numRuns: 30 },
    );
  });
});
