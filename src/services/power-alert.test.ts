import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SecurityRig } from '../../test/support/security-rig';
import { PowerAlert } from './power-alert';

describe("the alert of the home's power", () => {
  let rig: SecurityRig;
  let alert: PowerAlert;
  beforeEach(async () => {
    rig = await SecurityRig.open();
    alert = new PowerAlert(rig.watched, rig.logger);
  });
  afterEach(() => rig.remove());

  const draw = (powerW: number | null, thresholdW: number | null = 6000) =>
    alert.hear({ powerW, thresholdW, at: rig.clock.now() });
  const all = async () =>
    (await rig.alerts.list({ limit: 500 })).map(({ active, count, message }) => ({
      ...{ active, count, message },
    }));
  const message = 'La maison tire 7,2 kW, au-dessus du seuil de 6 kW';

  it('M9: is one while the home is above, and over when it is well below', async () => {
    for (const powerW of [5990, 7200, 8000, 5900, null, 6100]) await draw(powerW);
    assert.deepEqual(await all(), [{ active: true, count: 1, message }]);
    await draw(5690);
    assert.deepEqual(await all(), [{ active: false, count: 1, message }]);
  });

  it('a new run finds the same one, and no threshold ends it', async () => {
    await draw(7200);
    alert = new PowerAlert(rig.watched, rig.logger);
    await draw(7500);
    assert.deepEqual(await all(), [{ active: true, count: 1, message }]);
    await draw(7500, null);
    assert.deepEqual(await all(), [{ active: false, count: 1, message }]);
  });

  it('M9: power that swings around the threshold is one unstable alert until it is calm', async () => {
    await rig.account('ama');
    for (let i = 0; i < 12; i++) {
      await draw(i % 2 === 0 ? 1100 : 900, 1000);
      await rig.fakeClock.advance(5300);
    }
    await draw(900, 1000);
    await rig.calm();
    const rows = await rig.alerts.list({ limit: 500 });
    assert.deepEqual(
      rows.map(({ type, active }) => [type, active]),
      [
        ['unstable', true],
        ['power', false],
        ['power', false],
      ],
    );
    assert.match(rows[0]?.message ?? '', /^La maison tire 1,1 kW.* change sans arrêt d’état/);
    // Twice that it is above, once that it does not stop.
    assert.equal(rig.pushed.length, 3);
    await rig.fakeClock.advance(590_000);
    assert.equal((await rig.alerts.list({ limit: 1 }))[0]?.active, true);
    await rig.fakeClock.advance(10_000);
    await rig.until(async () => (await rig.alerts.active()).length === 0);
    await draw(1100, 1000);
    assert.deepEqual(
      (await rig.alerts.list({ limit: 500 })).map(({ type }) => type),
      ['power', 'unstable', 'power', 'power'],
    );
  });
});
