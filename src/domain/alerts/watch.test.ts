import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { evaluate, type Condition } from './condition';
import {
  INITIAL_WATCH,
  nextAt,
  STEADY,
  step,
  type Effect,
  type Finding,
  type Timing,
} from './watch';

const MINUTE_MS = 60_000;
const AT_ONCE: Timing = { forMs: 0, coolDownMs: 0, steadyMs: STEADY.never };

/** What comes of findings `[minute, finding]`, as `minute effect`. */
function run(findings: [number, Finding][], timing = AT_ONCE): string[] {
  let watch = INITIAL_WATCH;
  return findings.flatMap(([minute, finding]) => {
    const next = step(watch, finding, minute * MINUTE_MS, timing);
    watch = next.watch;
    return next.effects.map((effect) => `${minute} ${effect}`);
  });
}

describe('a watch', () => {
  it('M9: raises once, counts repeats, resolves; the next is a new one', () => {
    const findings: [number, Finding][] = [
      [0, 'met'],
      [1, 'met'],
      [2, 'clear'],
      [3, 'clear'],
      [20, 'met'],
    ];
    assert.deepEqual(run(findings), ['0 raise', '1 again', '2 resolve', '20 raise']);
  });

  it('M9: waits for its duration; only the resolving condition clears the wait', () => {
    const timing = { ...AT_ONCE, forMs: 5 * MINUTE_MS };
    assert.deepEqual(
      run(
        [
          [0, 'met'],
          [2, 'between'],
          [4, 'met'],
          [4.9, 'time'],
          [5, 'time'],
        ],
        timing,
      ),
      ['5 raise'],
    );
    assert.deepEqual(
      run(
        [
          [0, 'met'],
          [2, 'clear'],
          [3, 'met'],
          [5, 'time'],
          [8, 'time'],
        ],
        timing,
      ),
      ['8 raise'],
    );
  });

  it('M9: hysteresis: between the two limits nothing changes', () => {
    const hot: Condition = { kind: 'compare', field: 'value', is: '>', than: 30, overAt: 28 };
    const findings = [29, 31, 29, 30, 28.1, 28, 29, 31].map((value, minute): [number, Finding] => [
      minute * 5,
      evaluate(hot, { value, battery: null, online: true }, null),
    ]);
    assert.deepEqual(run(findings), ['5 raise', '25 resolve', '35 raise']);
  });

  it('M9: in its cool-down none is raised; what still holds at its end is', () => {
    const timing = { ...AT_ONCE, coolDownMs: 10 * MINUTE_MS };
    assert.deepEqual(
      run(
        [
          [0, 'met'],
          [1, 'clear'],
          [5, 'met'],
          [8, 'time'],
          [11, 'time'],
        ],
        timing,
      ),
      ['0 raise', '1 resolve', '11 raise'],
    );
    assert.deepEqual(
      run(
        [
          [0, 'met'],
          [1, 'clear'],
          [5, 'met'],
          [6, 'clear'],
          [11, 'time'],
        ],
        timing,
      ),
      ['0 raise', '1 resolve'],
    );
  });

  it('M9: more than 4 changes in 10 min is one unstable alert, until it was calm for 10 min', () => {
    const often = Array.from({ length: 20 }, (_, i): [number, Finding] => [
      i,
      i % 2 === 0 ? 'met' : 'clear',
    ]);
    assert.deepEqual(run([...often, [28.9, 'time'], [29, 'time']]), [
      '0 raise',
      '1 resolve',
      '2 raise',
      '3 resolve',
      '4 raise-unstable',
      '29 resolve-unstable',
    ]);
    assert.deepEqual(run([...often, [20, 'met'], [30, 'time']]).slice(-2), [
      '30 resolve-unstable',
      '30 raise',
    ]);
    const four = often.slice(0, 4);
    assert.ok(!run([...four, [10.1, 'met']]).includes('10.1 raise-unstable'));
  });

  it('M9: what comes and goes in its cool-down is no unrest', () => {
    const often = Array.from({ length: 20 }, (_, i): [number, Finding] => [
      i / 2,
      i % 2 === 0 ? 'met' : 'clear',
    ]);
    const timing = { ...AT_ONCE, coolDownMs: 10 * MINUTE_MS };
    assert.deepEqual(run(often, timing), ['0 raise', '0.5 resolve']);
  });

  it('M9, M15: what is critical stays beside unstable until it is calm and clear; each return is told apart', () => {
    const findings = [0, 1, 2, 3, 4, 5, 6, 7].map((minute): [number, Finding] => [
      minute,
      minute % 2 === 0 ? 'met' : 'clear',
    ]);
    const critical = { ...AT_ONCE, steadyMs: STEADY.critical };
    assert.deepEqual(run([...findings, [16.9, 'time'], [17, 'time'], [18, 'met']], critical), [
      '0 raise',
      '1 resolve',
      '2 raise',
      '3 resolve',
      '4 raise',
      '4 raise-unstable',
      '6 recur',
      '17 resolve-unstable',
      '17 resolve',
      '18 raise',
    ]);
  });

  it('M9, M15: anything else that holds for a minute while unstable is raised, without ten minutes of calm', () => {
    const findings = [0, 1, 2, 3, 4, 4.5, 5, 5.5].map((minute, i): [number, Finding] => [
      minute,
      i % 2 === 0 ? 'met' : 'clear',
    ]);
    const other = { ...AT_ONCE, steadyMs: STEADY.other };
    const held: [number, Finding][] = [
      [6, 'met'],
      [6.9, 'met'],
      [7, 'time'],
      [8, 'clear'],
      [17.9, 'time'],
      [18, 'time'],
    ];
    assert.deepEqual(run([...findings, ...held], other).slice(4), [
      '4 raise-unstable',
      '7 raise',
      '18 resolve-unstable',
      '18 resolve',
    ]);
  });

  it('M9: whatever happens, alerts are raised and resolved in turns, and time alone brings each to rest', () => {
    const finding = fc.constantFrom<Finding>('met', 'clear', 'between', 'time');
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 300_000 }), finding));
    const timing = fc.record({
      forMs: fc.constantFrom(0, 60_000, 400_000),
      coolDownMs: fc.constantFrom(0, 60_000, 900_000),
      steadyMs: fc.constantFrom(...Object.values(STEADY)),
    });
    fc.assert(
      fc.property(steps, timing, (history, times) => {
        let watch = INITIAL_WATCH;
        let at = 0;
        let raised = false;
        let unstable = false;
        const apply = (next: Finding) => {
          const result = step(watch, next, at, times);
          watch = result.watch;
          for (const effect of result.effects) check(effect);
        };
        const check = (effect: Effect) => {
          const isHidden = unstable && times.steadyMs === STEADY.never;
          if (effect === 'raise') assert.ok(!raised && !isHidden);
          if (['again', 'recur', 'resolve'].includes(effect)) assert.ok(raised);
          // Without calm what was raised stays.
          if (effect === 'resolve') assert.ok(!unstable || isHidden);
          if (effect === 'raise-unstable') assert.ok(!unstable);
          if (effect === 'resolve-unstable') assert.ok(unstable);
          raised = effect === 'raise' || (raised && effect !== 'resolve');
          unstable = effect === 'raise-unstable' || (unstable && effect !== 'resolve-unstable');
        };
        for (const [ms, next] of history) {
          at += ms;
          apply(next);
        }
        for (let due = nextAt(watch, times), rounds = 0; due !== null; due = nextAt(watch, times)) {
          assert.ok(rounds++ < 5);
          at = Math.max(at, due);
          apply('time');
        }
        assert.equal(raised, watch.phase === 'met');
        assert.equal(unstable, watch.calmAt !== null);
        assert.equal(watch.calmAt, null);
      }),
    );
  });
});
