import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SecurityRig } from '../../test/support/security-rig';
import { PowerAlert } from './power-alert';

describe("the alert of the home's power", () => {
  let rig: SecurityRig;
  let alert: PowerAlert;
  beforeEach(async () => {
    rig = await SecurityRig.open();
    alert = new PowerAlert(rig.alerts, rig.logger);
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
    alert = new PowerAlert(rig.alerts, rig.logger);
    await draw(7500);
    assert.deepEqual(await all(), [{ active: true, count: 1, message }]);
    await draw(7500, null);
    assert.deepEqual(await all(), [{ active: false, count: 1, message }]);
  });
});
