import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { cronProblem, nextSlot, slotsBetween, type HomeTime, type Timing } from './timing';
import { often } from '../../../test/support/often';

const LOME: HomeTime = { zone: 'Africa/Lome', place: { latitude: 6.13, longitude: 1.22 } };
const PARIS: HomeTime = { zone: 'Europe/Paris', place: { latitude: 48.86, longitude: 2.35 } };

const daily = (time: string): Timing => ({ type: 'daily', time });

/** The next slots as ISO 8601. */
function next(timing: Timing, after: string, home = LOME, count = 1): (string | null)[] {
  const slots: (string | null)[] = [];
  for (let at = Date.parse(after); slots.length < count;) {
    const slot = nextSlot(timing, at, home);
    slots.push(slot && new Date(slot.at).toISOString().replace('.000Z', 'Z'));
    if (!slot) break;
    at = slot.at;
  }
  return slots;
}

describe('M11: the next slot', () => {
  it('of a daily schedule is today or tomorrow, in the home’s time', () => {
    assert.deepEqual(next(daily('18:30'), '2026-11-22T12:00:00Z'), ['2026-11-22T18:30:00Z']);
    assert.deepEqual(next(daily('18:30'), '2026-11-22T18:30:00Z'), ['2026-11-23T18:30:00Z']);
    assert.deepEqual(next(daily('18:30'), '2026-11-22T12:00:00Z', PARIS), ['2026-11-22T17:30:00Z']);
  });

  it('at 02:30 in Paris is 03:00 once on the spring day, and comes once in autumn', () => {
    assert.deepEqual(next(daily('02:30'), '2026-03-28T12:00:00Z', PARIS, 2), [
      '2026-03-29T01:00:00Z',
      '2026-03-30T00:30:00Z',
    ]);
    assert.deepEqual(next(daily('02:30'), '2026-10-24T12:00:00Z', PARIS, 2), [
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ]);
  });

  it('of a weekly schedule counts days from Monday', () => {
    // 2026-11-22 is a Sunday.
    const weekly = (...days: number[]): Timing => ({ type: 'weekly', time: '07:00', days });
    assert.deepEqual(next(weekly(6), '2026-11-22T00:00:00Z'), ['2026-11-22T07:00:00Z']);
    assert.deepEqual(next(weekly(0, 2), '2026-11-22T00:00:00Z', LOME, 3), [
      '2026-11-23T07:00:00Z',
      '2026-11-25T07:00:00Z',
      '2026-11-30T07:00:00Z',
    ]);
  });

  it('of once is there until it has passed', () => {
    const once: Timing = { type: 'once', time: '02:30', date: '2026-03-29' };
    assert.deepEqual(next(once, '2026-01-01T00:00:00Z', PARIS, 2), ['2026-03-29T01:00:00Z', null]);
    assert.deepEqual(next(once, '2026-03-29T01:00:00Z', PARIS), [null]);
  });

  it('on 29 February is there in leap years only', () => {
    const once = (date: string): Timing => ({ type: 'once', time: '08:00', date });
    assert.deepEqual(next(once('2028-02-29'), '2026-01-01T00:00:00Z'), ['2028-02-29T08:00:00Z']);
    assert.deepEqual(next(once('2027-02-29'), '2026-01-01T00:00:00Z'), [null]);
    assert.deepEqual(next(daily('08:00'), '2027-02-28T09:00:00Z'), ['2027-03-01T08:00:00Z']);
    assert.deepEqual(next({ type: 'cron', cron: '0 8 29 2 *' }, '2026-03-01T00:00:00Z'), [
      '2028-02-29T08:00:00Z',
    ]);
  });

  it('of cron follows its five fields', () => {
    const cron: Timing = { type: 'cron', cron: '*/20 6 * * 1-5' };
    assert.deepEqual(next(cron, '2026-11-20T06:30:00Z', LOME, 3), [
      '2026-11-20T06:40:00Z',
      '2026-11-23T06:00:00Z',
      '2026-11-23T06:20:00Z',
    ]);
    for (const wrong of ['', 'daily', '* * * *', '61 * * * *', '* * * * * *', '0 18 * * 9']) {
      assert.notEqual(cronProblem(wrong), null, wrong);
    }
    assert.equal(cronProblem('0 18 * * 1-5'), null);
  });

  it('of the sun is right to two minutes of the almanac, with its offset', () => {
    const sun = (event: 'sunrise' | 'sunset', offsetMin = 0, days: number[] = []): Timing => ({
      ...{ type: 'sun', event, offsetMin, days },
    });
    const near = (timing: Timing, after: string, home: HomeTime, expected: string) => {
      const at = nextSlot(timing, Date.parse(after), home)?.at ?? 0;
      assert.ok(Math.abs(at - Date.parse(expected)) <= 120_000, new Date(at).toISOString());
    };
    // Paris on the longest day: 05:47 to 21:58 summer time.
    near(sun('sunrise'), '2026-06-21T00:00:00Z', PARIS, '2026-06-21T03:47:00Z');
    near(sun('sunset'), '2026-06-21T00:00:00Z', PARIS, '2026-06-21T19:58:00Z');
    near(sun('sunset', -30), '2026-11-22T00:00:00Z', LOME, '2026-11-22T17:06:00Z');
    // An offset over midnight: the sunset of the day before.
    near(sun('sunset', 400), '2026-11-22T00:05:00Z', LOME, '2026-11-22T00:16:00Z');
    near(sun('sunset', 0, [0]), '2026-11-22T00:00:00Z', LOME, '2026-11-23T17:36:00Z');
  });

  it('of the sun is null without a place, and waits for a sun that does not set', () => {
    const sunset: Timing = { type: 'sun', event: 'sunset', offsetMin: 0, days: [] };
    assert.deepEqual(next(sunset, '2026-06-21T00:00:00Z', { ...LOME, place: null }), [null]);
    const tromso = { zone: 'Europe/Oslo', place: { latitude: 69.65, longitude: 18.96 } };
    const [first] = next(sunset, '2026-06-01T00:00:00Z', tromso);
    assert.match(first ?? '', /^2026-07-2/);
  });
});

describe('M11: slots', () => {
  const zones = fc.constantFrom(
    ...['Africa/Lome', 'Europe/Paris', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'],
  );
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const start = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });

  it('of a daily schedule are one for each local day, with a name of its own', () => {
    fc.assert(
      fc.property(zones, time, start, (zone, at, from) => {
        const span = { from, to: from + 30 * 86_400_000, limit: 100 };
        const slots = slotsBetween(daily(at), span, { zone, place: null });
        const names = new Set(slots.map(({ key }) => key.slice(0, 10)));
        assert.equal(names.size, slots.length);
        assert.ok(slots.length >= 29 && slots.length <= 31);
      }),
      { numRuns: often(100), seed: 1 },
    );
  });

  it('between two moments are the same however the span is cut', () => {
    fc.assert(
      fc.property(zones, time, start, fc.double({ min: 0, max: 1, noNaN: true }), (...drawn) => {
        const [zone, at, from, share] = drawn;
        const home = { zone, place: LOME.place };
        const to = from + 20 * 86_400_000;
        const cut = Math.round(from + share * (to - from));
        for (const timing of [daily(at), SUNSET]) {
          const between = (a: number, b: number) =>
            slotsBetween(timing, { from: a, to: b, limit: 100 }, home);
          assert.deepEqual([...between(from, cut), ...between(cut, to)], between(from, to));
        }
      }),
      { numRuns: often(50), seed: 1 },
    );
  });

  it('of a clock that leaps over 50 years cost little', () => {
    const every: Timing = { type: 'cron', cron: '* * * * *' };
    const to = Date.UTC(2026, 10, 22);
    const startedMs = performance.now();
    const slots = slotsBetween(every, { from: 0, to, limit: 100 }, LOME);
    assert.deepEqual([slots.length, slots[0]?.at, slots.at(-1)?.at], [100, to - 99 * 60_000, to]);
    // One by one it would be 28 million.
    assert.ok(performance.now() - startedMs < 2000);
  });

  it('are the last ones where there are too many', () => {
    const every: Timing = { type: 'cron', cron: '* * * * *' };
    const slots = slotsBetween(every, { from: 0, to: 3_600_000, limit: 2 }, LOME);
    assert.deepEqual(
      slots.map(({ at }) => at),
      [3_540_000, 3_600_000],
    );
  });
});

const SUNSET: Timing = { type: 'sun', event: 'sunset', offsetMin: 15, days: [] };
