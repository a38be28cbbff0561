import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { createRandom } from './random';

const seeds = fc.integer();

describe('chance that repeats', () => {
  it('is the same for the same seed and label, and another for another', () => {
    fc.assert(
      fc.property(seeds, fc.string(), (seed, label) => {
        const draw = (of: string) => {
          const random = createRandom(seed, of);
          return Array.from({ length: 20 }, () => random.next());
        };
        assert.deepEqual(draw(label), draw(label));
        assert.notDeepEqual(draw(label), draw(`${label}'`));
      }),
    );
  });

  it('stays within its bounds', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = createRandom(seed, 'bounds');
        for (let draw = 0; draw < 100; draw += 1) {
          const between = random.between(-3, 7);
          assert.ok(between >= -3 && between < 7);
          assert.ok(random.untilNext(1000) >= 0);
          assert.equal(random.chance(0), false);
          assert.equal(random.chance(1), true);
        }
      }),
    );
  });

  it('shuffles without losing anything', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.integer()), (seed, items) => {
        const shuffled = createRandom(seed, 'shuffle').shuffle(items);
        assert.deepEqual(shuffled.sort(), [...items].sort());
      }),
    );
  });

  it('is spread evenly, and events come at their mean', () => {
    const random = createRandom(1, 'spread');
    const draws = Array.from({ length: 20_000 }, () => random.next());
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const share = draws.filter((draw) => Math.floor(draw * 10) === tenth).length / draws.length;
      assert.ok(Math.abs(share - 0.1) < 0.01, `tenth ${tenth}: ${share}`);
    }
    const waits = Array.from({ length: 20_000 }, () => random.untilNext(60));
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    assert.ok(Math.abs(mean - 60) < 2, `mean ${mean}`);
  });
});
