import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { memoryLogger, openTestStore } from '../../test/support/test-store';
import { systemRandom } from '../adapters/crypto/random';
import { systemClock } from '../adapters/time/system-clock';
import type { Clock } from '../ports/clock';
import type { Store } from '../ports/store';
import { SharedTurns } from './turns';

describe('turns that processes share', () => {
  let opened: { store: Store; remove(): Promise<void> };
  beforeEach(async () => {
    opened = await openTestStore();
  });
  afterEach(() => opened.remove());

  const process = (clock: Clock = systemClock, logger = memoryLogger()) =>
    new SharedTurns({ store: opened.store, clock, random: systemRandom, logger });

  it('are one at a time for each name, and everybody gets one', async () => {
    const holding = new Map<string, number>();
    let most = 0;
    let done = 0;
    const work = async (turns: SharedTurns, name: string) => {
      const end = await turns.take(name, 5000);
      assert.ok(end);
      holding.set(name, (holding.get(name) ?? 0) + 1);
      most = Math.max(most, ...holding.values());
      await opened.store.settings.get('anything');
      holding.set(name, holding.get(name)! - 1);
      done += 1;
      await end();
    };
    const processes = [process(), process(), process()];
    await Promise.all(
      processes.flatMap((turns) => ['a', 'b', 'a'].map((name) => work(turns, name))),
    );
    assert.deepEqual([most, done, await opened.store.turns.count()], [1, 9, 0]);
  });

  it('are not waited for longer than asked', async () => {
    assert.ok(await process().take('a', 0));
    assert.equal(await process().take('a', 50), null);
  });

  it('F9: of a process that died are free after 20 s, for one', async () => {
    const clock = new FakeClock();
    await process(clock).take('a', 0);
    await clock.advance(19_999);
    assert.equal(await process(clock).take('a', 0), null);
    await clock.advance(1);
    const taken = await Promise.all([0, 0, 0].map(() => process(clock).take('a', 0)));
    assert.equal(taken.filter((end) => end !== null).length, 1);
  });

  it('F9: that were taken over are not ended by who had them', async () => {
    const clock = new FakeClock();
    const end = await process(clock).take('a', 0);
    await clock.advance(20_001);
    assert.ok(await process(clock).take('a', 0));
    await end?.();
    assert.equal(await process(clock).take('a', 0), null);
  });

  it('let one of several processes do what is done at most every 5 s', async () => {
    const clock = new FakeClock();
    const processes = [process(clock), process(clock), process(clock)];
    for (const after of [0, 4999, 1]) {
      await clock.advance(after);
      const told = await Promise.all(processes.map((turns) => turns.atMostEvery('told', 5000)));
      assert.equal(told.filter(Boolean).length, after === 4999 ? 0 : 1, `after ${after} ms`);
    }
  });
});
