import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { FaultyDisk } from '../../test/support/faulty-disk';
import { memoryLogger, openTestStore } from '../../test/support/test-store';
import { sha256 } from '../adapters/crypto/digest';
import { AurionError } from '../contract/errors';
import type { Value } from '../contract/value';
import type { Store } from '../ports/store';
import { Idempotency, type Intent } from './idempotency';

const HOUR_MS = 3_600_000;

describe('an Idempotency-Key', () => {
  let opened: { store: Store; remove(): Promise<void> };
  let clock: FakeClock;
  let idempotency: Idempotency;
  /** What the device was told, and whether it is on. */
  let told: boolean[];
  let isOn: boolean;

  beforeEach(async () => {
    opened = await openTestStore();
    clock = new FakeClock();
    [told, isOn] = [[], false];
    restart();
  });
  afterEach(async () => {
    idempotency.stop();
    await opened.remove();
  });

  /** Also after a crash: everything but the store is new. */
  function restart(): void {
    const { store } = opened;
    idempotency = new Idempotency({ store, clock, logger: memoryLogger(), digest: sha256 });
  }

  const flip = async (intent: Intent, fate: () => Promise<unknown> = () => Promise.resolve()) => {
    const { status } = await intent(() => ({ status: !isOn }));
    told.push(status);
    isOn = status;
    await fate();
    return { status };
  };
  const tap = (fate?: () => Promise<unknown>, key = 'a-tap', wish: Value = { toggle: true }) =>
    idempotency.once('account:1', key, wish, (intent) => flip(intent, fate));

  it('M8: gives the same answer for 24 h, to the millisecond, also after a restart; then it is a new one', async () => {
    const first = await tap();
    await clock.advance(24 * HOUR_MS - 1);
    assert.deepEqual(await tap(), first);
    restart();
    assert.deepEqual(await tap(), first);
    assert.deepEqual(told, [true]);
    await clock.advance(1);
    assert.deepEqual(await tap(), { status: false });
    assert.deepEqual(told, [true, false]);
  });

  it('M8: what is over is taken out of the store within the hour, what is not stays', async () => {
    await tap();
    await clock.advance(12 * HOUR_MS);
    await tap(undefined, 'another');
    idempotency.start();
    await clock.advance(12 * HOUR_MS + HOUR_MS);
    const ids = async () => (await opened.store.idempotency.list()).map(({ id }) => id);
    while ((await ids()).length > 1) await clock.advance(0);
    assert.deepEqual(await ids(), ['account:1:another']);
  });

  it('F3: after a crash between command and answer the same is wanted again, never the opposite', async () => {
    const never = () => new Promise(() => undefined);
    void tap(never);
    while (told.length === 0) await clock.advance(0);
    restart();
    assert.deepEqual(await tap(), { status: true });
    assert.deepEqual(told, [true, true]);
    assert.deepEqual(await tap(), { status: true });
    assert.equal(told.length, 2);
  });

  it('F3: what is wanted is in the store before the command leaves', async () => {
    await idempotency.once('account:1', 'a-tap', { toggle: true }, async (intent) => {
      await intent(() => ({ status: true }));
      const [row] = await opened.store.idempotency.list();
      assert.deepEqual([row?.wanted, row?.answer], [{ status: true }, undefined]);
      return { status: true };
    });
  });

  it('M19: what is done is answered as done though the answer can’t be kept: asked again, the same is wanted again', async () => {
    const disk = new FaultyDisk();
    await disk.watch();
    try {
      const full = () => {
        disk.failAt(1);
        return Promise.resolve();
      };
      assert.deepEqual(await tap(full), { status: true });
    } finally {
      disk.restore();
    }
    assert.deepEqual(await tap(), { status: true });
    assert.deepEqual(told, [true, true]);
  });

  it('M8: an error is not remembered, but what was wanted is: a lamp that obeyed late is not flipped back', async () => {
    const late = new AurionError('DEVICE_TIMEOUT');
    await assert.rejects(
      tap(() => Promise.reject(late)),
      late,
    );
    assert.deepEqual(await tap(), { status: true });
    assert.deepEqual(told, [true, true]);
  });

  it('M8: two processes that are asked one after the other want the same', async () => {
    const other = new Idempotency({
      store: opened.store,
      clock,
      logger: memoryLogger(),
      digest: sha256,
    });
    const late = new AurionError('DEVICE_TIMEOUT');
    await assert.rejects(
      tap(() => Promise.reject(late)),
      late,
    );
    await other.once('account:1', 'a-tap', { toggle: true }, (intent) => flip(intent));
    assert.deepEqual(told, [true, true]);
    assert.deepEqual(await tap(), { status: true });
    assert.equal(told.length, 2);
  });

  it('M8: used again for another wish it is refused, and nothing is told: answered, under way, failed or after a restart', async () => {
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED' };
    const on = { command: { status: true, attributes: { brightness: 3, color: 'red' } } };
    const reordered = { command: { attributes: { color: 'red', brightness: 3 }, status: true } };
    const others = [
      { toggle: true },
      { command: { status: false, attributes: { brightness: 3, color: 'red' } } },
      { command: { status: true, attributes: { brightness: '3', color: 'red' } } },
      { command: { status: true, attributes: {} } },
    ];
    const late = new AurionError('DEVICE_TIMEOUT');
    const refuseOthers = async () => {
      for (const other of others) await assert.rejects(tap(undefined, 'k', other), reused);
    };
    await assert.rejects(
      tap(
        async () => {
          await refuseOthers();
          throw late;
        },
        'k',
        on,
      ),
      late,
    );
    await refuseOthers();
    assert.deepEqual(told, [true]);
    assert.deepEqual(await tap(undefined, 'k', reordered), { status: true });
    restart();
    await refuseOthers();
    assert.deepEqual(await tap(undefined, 'k', on), { status: true });
    assert.deepEqual(told, [true, true]);
  });

  it('M8: what an earlier version kept, without what was asked for, is answered as before', async () => {
    const expiresAt = clock.now() + HOUR_MS;
    const answer = { status: true };
    await opened.store.idempotency.insert({ id: 'account:1:a-tap', answer, expiresAt });
    assert.deepEqual(await tap(), { status: true });
    assert.deepEqual(told, []);
  });

  it('M8: counts for its account and device alone', async () => {
    await tap();
    await idempotency.once('account:2', 'a-tap', { toggle: true }, (intent) => flip(intent));
    await tap(undefined, 'another');
    assert.deepEqual(told, [true, false, true]);
  });
});
