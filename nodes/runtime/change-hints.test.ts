import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { ChangeHints } from './change-hints';

describe('hints that a home changed', () => {
  it('come in one go for each home, a moment after the first', async () => {
    const clock = new FakeClock();
    const told: [string, readonly string[]][] = [];
    const hints = new ChangeHints(clock, (homeKey, aspects) => told.push([homeKey, aspects]));
    for (let i = 0; i < 1000; i++) hints.note('home', i % 2 ? 'devices' : 'alerts');
    hints.note('attic', 'health');
    assert.equal(told.length, 0);
    await clock.advance(250);
    assert.deepEqual(told, [
      ['home', ['alerts', 'devices']],
      ['attic', ['health']],
    ]);
    hints.note('home', 'devices');
    await clock.advance(250);
    assert.deepEqual(told.at(-1), ['home', ['devices']]);
    assert.equal(clock.timers, 0);
  });
});
