import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FaultyDisk } from '../../test/support/faulty-disk';
import { SecurityRig } from '../../test/support/security-rig';
import { AurionError } from '../contract/errors';
import { CHANGES_MAX, UNSTABLE_WITHIN_MS } from '../domain/alerts/watch';
import type { Trigger } from '../domain/alerts/lifecycle';
import { FINDERS } from './watched-alerts';
import { often } from '../../test/support/often';

const PANIC: Trigger = {
  source: 'named:panic-button',
  type: 'other',
  severity: 'warning',
  message: { fr: 'Au secours', en: 'Help' },
  sensorId: null,
  sensor: null,
  location: null,
  finder: FINDERS.hand,
  cause: null,
};

describe('alerts that no rule finds', () => {
  let rig: SecurityRig;
  beforeEach(async () => {
    rig = await SecurityRig.open();
  });
  afterEach(() => rig.remove());

  const press = (more: Partial<Trigger> = {}) => rig.watched.raise({ ...PANIC, ...more });
  const release = () => rig.watched.lost(PANIC, PANIC.finder);
  const all = async () =>
    (await rig.alerts.list({ limit: 500 })).map(
      ({ type, active, count }) => `${type} ${active ? 'active' : 'over'} ×${count}`,
    );
  const flap = async (times: number, everyMs = 1000) => {
    for (let i = 0; i < times; i++) {
      await (i % 2 === 0 ? press() : release());
      await rig.fakeClock.advance(everyMs);
    }
  };

  it('M9: repeats by hand count, its end ends it, and the next is a new one', async () => {
    assert.equal((await press()).count, 1);
    assert.equal((await press()).count, 2);
    await release();
    assert.equal((await press()).id, 2);
    assert.deepEqual(await all(), ['other active ×1', 'other over ×2']);
  });

  it('M9: raised and ended more than four times in ten minutes by hand is one unstable alert', async () => {
    await flap(5);
    assert.deepEqual(await all(), ['unstable active ×1', 'other over ×1', 'other over ×1']);
    const answer = await press({ severity: 'critical' });
    assert.deepEqual([answer.type, answer.severity, answer.count], ['unstable', 'critical', 2]);
    assert.match(answer.message, /^Au secours – change sans arrêt d’état/);
    await flap(20);
    assert.equal((await rig.alerts.list({ limit: 500 })).length, 3);
  });

  it('M19: what ends one alert and raises the other is both or nothing on a full disk', async () => {
    const disk = new FaultyDisk();
    await disk.watch();
    try {
      let refused = 0;
      for (let failsAt = 1, went = 0; went < 4; failsAt += 1) {
        // Each round another button, until to release it once more is too often.
        const of = { ...PANIC, source: `named:button-${failsAt}` };
        await rig.watched.raise(of);
        await rig.fakeClock.advance(UNSTABLE_WITHIN_MS);
        for (let i = 0; i < 2; i += 1) {
          await rig.watched.lost(of, of.finder);
          await rig.watched.raise(of);
        }
        await rig.calm();
        const before = await rig.store.alerts.list();
        const watches = await rig.store.alertWatches.list();
        disk.failAt(failsAt);
        const isRefused = await rig.watched.lost(of, of.finder).then(
          () => false,
          (error: unknown) => error instanceof AurionError,
        );
        disk.failAt(Infinity);
        if (isRefused) {
          refused += 1;
          assert.deepEqual(await rig.store.alerts.list(), before, `at ${failsAt}`);
          assert.deepEqual(await rig.store.alertWatches.list(), watches, `at ${failsAt}`);
          continue;
        }
        went += 1;
        const now = (await rig.alerts.active()).filter(({ activeKey }) =>
          activeKey?.startsWith(`${of.source}:`),
        );
        assert.deepEqual(
          now.map(({ type }) => type),
          ['unstable'],
          `at ${failsAt}`,
        );
      }
      assert.ok(refused > 0);
    } finally {
      disk.restore();
    }
  });

  it('M19: a press that is refused while there is no calm is not raised when calm returns', async () => {
    const disk = new FaultyDisk();
    for (let failsAt = 1, isRefused = true; isRefused; failsAt += 1) {
      const of = { ...PANIC, source: `named:button-${failsAt}` };
      for (let i = 0; i < 3; i += 1) {
        await rig.watched.raise(of);
        await rig.watched.lost(of, of.finder);
      }
      await rig.calm();
      await disk.watch();
      disk.failAt(failsAt);
      isRefused = await rig.watched.raise(of).then(
        () => false,
        () => true,
      );
      disk.restore();
      assert.ok(isRefused || failsAt > 1);
      await rig.fakeClock.advance(UNSTABLE_WITHIN_MS + 2000);
      await rig.until(async () => (await all())[0]?.startsWith('unstable active') !== true);
      if (isRefused) assert.deepEqual(await rig.alerts.active(), [], `at ${failsAt}`);
    }
  });

  it('M9: what still holds when calm returns is raised anew, what is over is not', async () => {
    await flap(7);
    await rig.fakeClock.advance(UNSTABLE_WITHIN_MS);
    await rig.until(async () => (await all())[0] === 'other active ×1');
    assert.equal((await all())[1], 'unstable over ×2');
    await release();
    await rig.fakeClock.advance(UNSTABLE_WITHIN_MS);
    await flap(6);
    await rig.fakeClock.advance(UNSTABLE_WITHIN_MS + 2000);
    await rig.until(async () => (await rig.alerts.active()).length === 0);
    assert.equal((await all())[0], 'unstable over ×1');
  });

  it('M9: a restart, also after a crash, forgets no change; a second process counts the same', async () => {
    await flap(3);
    await rig.stop();
    await rig.start();
    await release();
    const other = new SecurityRig(rig.store, rig.clock);
    await other.start();
    await other.watched.raise(PANIC);
    assert.equal((await all())[0], 'unstable active ×1');
    await rig.fakeClock.advance(UNSTABLE_WITHIN_MS + 2000);
    await rig.until(async () => (await all()).includes('unstable over ×1'));
    await other.stop();
  });

  it('a source that is quiet leaves nothing behind', async () => {
    await flap(2);
    assert.equal((await rig.store.alertWatches.list()).length, 1);
    await rig.fakeClock.advance(UNSTABLE_WITHIN_MS + 2000);
    await rig.until(async () => (await rig.store.alertWatches.list()).length === 0);
  });

  it('M9: whatever is raised and ended when, ten minutes never begin more than three alerts of a kind and one unstable', async function () {
    this.timeout(120_000);
    const deed = fc.record({ press: fc.boolean(), waitS: fc.integer({ min: 0, max: 200 }) });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 40 }), async (deeds) => {
        const source = `named:button-${(round += 1)}`;
        const of = { ...PANIC, source };
        const begun = rig.happened('alert.raised').length;
        for (const { press: isPress, waitS } of deeds) {
          if (isPress) await rig.watched.raise(of);
          else await rig.watched.lost(of, of.finder);
          await rig.fakeClock.advance(waitS * 1000);
        }
        const raised = rig.happened('alert.raised').slice(begun);
        for (const { timestamp } of raised) {
          const from = Date.parse(timestamp);
          const within = raised.filter(
            (one) =>
              Date.parse(one.timestamp) >= from &&
              Date.parse(one.timestamp) < from + UNSTABLE_WITHIN_MS,
          );
          const kinds = within.map(({ data }) => (data as { type: string }).type);
          assert.ok(kinds.filter((type) => type === 'unstable').length <= 1);
          assert.ok(kinds.filter((type) => type === 'other').length <= CHANGES_MAX / 2 + 1);
        }
        // Nothing is lost: what was pressed last and not released is active, one way or the other.
        const last = deeds.at(-1);
        const active = (await rig.alerts.active()).filter(({ activeKey }) =>
          activeKey?.startsWith(source),
        );
        if (last?.press) assert.ok(active.length > 0);
      }),
      { numRuns: often(30) },
    );
  });
});
