import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import { FaultyDisk } from '../../test/support/faulty-disk';
import { AurionError } from '../contract/errors';
import type { Tariff } from '../contract/tariff';

const HOUR_MS = 3_600_000;
const SPAN = { from: Date.parse('2025-12-05T00:00:00Z'), to: Date.parse('2026-03-02T11:00:00Z') };

const flat = (price: number): Tariff => ({
  currency: 'XOF',
  versions: [{ validFrom: '2020-01-01', kind: 'flat', price: String(price) }],
});

describe('to price a span anew', () => {
  let rig: EnergyRig;
  const disk = new FaultyDisk();

  /** Three months, a bit of each. */
  beforeEach(async () => {
    rig = await EnergyRig.open({ start: '2026-03-02T12:00:00Z' });
    const meter = await rig.meter();
    for (const [n, day] of ['2025-12-05', '2026-01-10', '2026-02-20', '2026-03-02'].entries()) {
      for (let i = 0; i <= 6; i += 1) {
        const timestamp = Date.parse(`${day}T00:00:00Z`) + i * HOUR_MS;
        rig.say(meter, { energy: n * 100 + i, timestamp, seq: n * 10 + i });
      }
    }
    // Nothing waits in the journal any more.
    await rig.restart();
  });
  afterEach(async () => {
    disk.restore();
    await rig.remove();
  });

  const costs = async () => {
    const series = [rig.store.energyFine, rig.store.energyHours];
    const points = await Promise.all(series.map((one) => one.read('home')));
    return createHash('sha256').update(JSON.stringify(points)).digest('hex');
  };
  const isWaiting = async () => (await rig.store.settings.get('energy.rerating')) !== null;

  it('M19: is done or not at all, at whichever write the disk fails, also after a kill', async function () {
    this.timeout(300_000);
    let [refused, later] = [0, 0];
    let price = 100;
    for (let failsAt = 1, went = 0; went < 2; failsAt += failsAt < 20 ? 1 : 7) {
      await rig.tariffs.set(flat(price));
      const before = await costs();
      await disk.watch();
      disk.failAt(failsAt);
      const answer = await rig.figures.rerate(SPAN).catch((error: unknown) => error);
      disk.restore();
      if (typeof answer !== 'number') {
        assert.ok(answer instanceof AurionError, String(answer));
        refused += 1;
        assert.deepEqual([await costs(), await isWaiting()], [before, false], `at ${failsAt}`);
        await rig.crash();
        assert.equal(await costs(), before, `at ${failsAt}, after a crash`);
        continue;
      }
      if (await isWaiting()) later += 1;
      else went += 1;
      // Whatever comes later: it is priced as the tariff stood.
      await rig.tariffs.set(flat(price + 50));
      await rig.crash();
      assert.equal(await isWaiting(), false);
      const now = await costs();
      await rig.tariffs.set(flat(price));
      assert.equal(await rig.figures.rerate(SPAN), answer, `at ${failsAt}`);
      assert.equal(now, await costs(), `at ${failsAt}: all of it`);
      assert.notEqual(now, before);
      price += 1;
    }
    assert.ok(refused > 0 && later > 5, `${refused} refused, ${later} later`);
  });

  it('M19: what waits for the disk is priced within the minute, without a restart', async () => {
    await rig.tariffs.set(flat(100));
    await disk.watch();
    disk.failAt(8);
    assert.ok((await rig.figures.rerate(SPAN)) > 0);
    assert.ok(await isWaiting());
    // Another one has to wait until this one is done.
    await assert.rejects(rig.figures.rerate(SPAN), { code: 'STORE_FULL' });
    disk.restore();
    await rig.clock.advance(60_000);
    await rig.settle();
    assert.equal(await isWaiting(), false);
  });
});
