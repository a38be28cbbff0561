import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { SensorType } from '../../contract/sensor';
import { aggregate, HOUR_MS, MINUTE_MS } from './aggregates';
import { RefusedMessage } from '../intake/refused-message';
import { arrivedNow, type Arrival } from '../intake/arrival';
import { identityOf, isAfter, judge, type Place, type Reading } from './arrival';
import { readSensorMessage, type SensorMessage } from './reading';
import { initialSensorState, sensed, type SensorState } from './state';
import { often } from '../../../test/support/often';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const DAY_MS = 86_400_000;
const live = arrivedNow(NOW);

function says(fields: object, type: SensorType = 'temperature'): SensorMessage {
  const said = readSensorMessage(type, { ...fields }, NOW);
  assert.ok(said.value !== null);
  return said;
}

/** A series that remembers every identity. */
class Series {
  state: SensorState = initialSensorState(1);
  readonly history = new Map<string, Reading>();
  private readonly known = new Map<string, number>();

  take(message: SensorMessage, arrival: Partial<Arrival> = {}): Place | 'duplicate' {
    const came = { ...live, ...arrival };
    const identity = identityOf(message, came.redelivered);
    const copyAt = identity === null ? null : (this.known.get(identity) ?? null);
    const judgement = judge(this.state, message, came, copyAt);
    if (judgement === 'duplicate') return judgement;
    this.known.set(identity ?? identityOf(message, true)!, came.at);
    const { reading, kept } = judgement;
    const name = `${reading.at} ${reading.key}`;
    if (kept && !this.history.has(name)) this.history.set(name, reading);
    this.state = sensed(this.state, judgement);
    return judgement;
  }

  restarted(message: SensorMessage, arrival: Partial<Arrival> = {}): boolean {
    const judgement = this.take(message, arrival);
    return judgement !== 'duplicate' && judgement.restarted;
  }

  /** History as text. */
  get whole(): string {
    const readings = [...this.history.values()].sort((a, b) => (isAfter(a, b) ? 1 : -1));
    const aggregates = [MINUTE_MS, HOUR_MS].map((slotMs) => [...aggregate(readings, slotMs)]);
    return JSON.stringify([this.state.newest, readings, aggregates]);
  }
}

/** What becomes of a message; null for a copy, and what is refused. */
function taken(
  series: Series,
  { message, arrival }: { message: SensorMessage; arrival: Partial<Arrival> },
): Place | null {
  try {
    const place = series.take(message, arrival);
    return place === 'duplicate' ? null : place;
  } catch (error) {
    if (!(error instanceof RefusedMessage)) throw error;
    return null;
  }
}

describe('readings in their place', () => {
  it('M6: any shuffle of 10,000 timestamped messages within 10 days with 20 % copies gives the history of the ordered run, byte for byte', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (random) => {
        const next = () => random.next().value as number;
        const times = Array.from({ length: 10_000 }, () => NOW - Math.floor(next() * 10 * DAY_MS));
        const messages = times
          .sort((a, b) => a - b)
          .map((timestamp, i) =>
            says({
              value: Math.round(next() * 400) / 10,
              timestamp,
              ...(i % 2 === 0 && { seq: i }),
              ...(i % 7 === 0 && { battery: 100 - Math.floor(i / 200) }),
            }),
          );
        const shuffled = [...messages, ...messages.slice(0, 2000)]
          .map((message) => [next(), message] as const)
          .sort(([a], [b]) => a - b);
        const ordered = new Series();
        for (const message of messages) ordered.take(message);
        const other = new Series();
        let copies = 0;
        for (const [, message] of shuffled) if (other.take(message) === 'duplicate') copies += 1;
        assert.ok(copies >= 2000);
        assert.equal(other.whole, ordered.whole);
      }),
      { numRuns: often(3) },
    );
  });

  it('M6: the same timestamp and seq is a copy; without seq, the same content', () => {
    const series = new Series();
    const timestamp = NOW - 1000;
    assert.notEqual(series.take(says({ value: 20, timestamp, seq: 1 })), 'duplicate');
    assert.equal(series.take(says({ value: 20, timestamp, seq: 1 })), 'duplicate');
    assert.notEqual(series.take(says({ value: 21, timestamp })), 'duplicate');
    assert.equal(series.take(says({ value: 21, timestamp })), 'duplicate');
    assert.notEqual(series.take(says({ value: 22, timestamp })), 'duplicate');
  });

  it('M6: without timestamp, the same seq and content within 10 min is a copy', () => {
    const series = new Series();
    const message = says({ value: 20, seq: 5 });
    series.take(message);
    series.take(says({ value: 21, seq: 6 }), { at: NOW + 1000 });
    assert.equal(series.take(message, { at: NOW + 600_000 }), 'duplicate');
    assert.ok(series.restarted(message, { at: NOW + 600_001 }));
  });

  it('M6: without timestamp and seq only a redelivery is a copy', () => {
    const series = new Series();
    const message = says({ value: 20 });
    series.take(message);
    assert.notEqual(series.take(message, { nth: 1 }), 'duplicate');
    assert.equal(series.take(message, { nth: 2, redelivered: true }), 'duplicate');
    const never = says({ value: 21 });
    assert.notEqual(series.take(never, { nth: 3, redelivered: true }), 'duplicate');
    assert.equal(series.history.size, 3);
  });

  it('M6: a lower seq with other content and no earlier timestamp is a restart; an earlier timestamp is late', () => {
    const series = new Series();
    series.take(says({ value: 20, timestamp: NOW - 5000, seq: 900 }));
    assert.ok(!series.restarted(says({ value: 19, timestamp: NOW - 6000, seq: 899 })));
    assert.equal(series.state.newest?.seq, 900);
    assert.ok(series.restarted(says({ value: 21, timestamp: NOW - 4000, seq: 1 })));
    assert.equal(series.state.value, 21);
    assert.ok(!series.restarted(says({ value: 22, timestamp: NOW - 3000, seq: 2 })));
    assert.ok(series.restarted(says({ value: 23, seq: 0 })));
  });

  it('M6: late by up to 10 days corrects history; older ones count only in order', () => {
    const series = new Series();
    const old = says({ value: 10, timestamp: NOW - 30 * DAY_MS });
    assert.notEqual(series.take(old), 'duplicate');
    series.take(says({ value: 20, timestamp: NOW }));
    const late = series.take(says({ value: 11, timestamp: NOW - 10 * DAY_MS }));
    assert.ok(late !== 'duplicate' && late.kept && !late.newest);
    const tooLate = says({ value: 12, timestamp: NOW - 10 * DAY_MS - 1 });
    const judgement = series.take(tooLate);
    assert.ok(judgement !== 'duplicate' && !judgement.kept && judgement.shown !== null);
    const other = says({ value: 13, timestamp: NOW - 10 * DAY_MS - 2 });
    assert.throws(() => series.take(other, { redelivered: true }), {
      reason: 'too-old',
    });
    assert.deepEqual(
      [...series.history.values()].map(({ value }) => value),
      [10, 20, 11],
    );
  });

  it('M6: more than 5 min ahead, or older than 400 days, gets the server’s time and a flag; a copy of it is one', () => {
    const old = new Series().take(says({ value: 1, timestamp: NOW - 400 * DAY_MS - 1 }));
    assert.ok(old !== 'duplicate' && old.reading.doubted);
    assert.equal(old.reading.at, NOW);
    const series = new Series();
    const ahead = says({ value: 20, timestamp: NOW + 300_001, seq: 1 });
    const judgement = series.take(ahead);
    assert.ok(judgement !== 'duplicate' && judgement.reading.doubted);
    assert.equal(judgement.reading.at, NOW);
    assert.equal(series.take(ahead, { at: NOW + 60_000 }), 'duplicate');
    const close = new Series().take(says({ value: 20, timestamp: NOW + 300_000 }));
    assert.ok(close !== 'duplicate' && !close.reading.doubted);
  });

  it('M13: what has no timestamp is the newest, also when the clock was set back, but not when replayed', () => {
    const series = new Series();
    series.take(says({ value: 20 }));
    series.take(says({ value: 21 }), { nth: 1 });
    assert.equal(series.state.value, 21);
    series.take(says({ value: 20 }), { replayed: true });
    assert.equal(series.state.value, 21);
    series.take(says({ value: 22 }), { at: NOW - 3_600_000 });
    assert.equal(series.state.value, 22);
  });

  describe('M15: what has just come is shown, whatever its clock says', () => {
    const cases: [string, object[], unknown][] = [
      [
        'a clock that was corrected, with rising seq',
        [
          { smoke: false, timestamp: NOW + 12_000, seq: 1 },
          { smoke: true, timestamp: NOW + 3000, seq: 2 },
        ],
        true,
      ],
      [
        '4 minutes behind',
        [
          { smoke: false, timestamp: NOW },
          { smoke: true, timestamp: NOW - 240_000 },
        ],
        true,
      ],
      [
        'the same second, by turns',
        [
          { smoke: true, timestamp: NOW },
          { smoke: false, timestamp: NOW },
          { smoke: true, timestamp: NOW },
        ],
        true,
      ],
      [
        'the same second, the other way round',
        [
          { smoke: true, timestamp: NOW },
          { smoke: false, timestamp: NOW },
        ],
        false,
      ],
      [
        'a clock and a count that stand still',
        [
          { smoke: false, timestamp: NOW, seq: 0 },
          { smoke: true, timestamp: NOW, seq: 0 },
          { smoke: false, timestamp: NOW, seq: 0 },
          { smoke: true, timestamp: NOW, seq: 0 },
        ],
        true,
      ],
      [
        'a count that began anew within 10 minutes',
        [
          { smoke: false, seq: 0 },
          { smoke: true, seq: 1 },
          { smoke: false, seq: 2 },
          { smoke: false, seq: 0 },
          { smoke: true, seq: 1 },
        ],
        true,
      ],
      ['months old', [{ smoke: false }, { smoke: true, timestamp: NOW - 300 * DAY_MS }], true],
      ['in 1970', [{ smoke: false }, { smoke: true, timestamp: 0 }], true],
    ];
    for (const [name, messages, value] of cases) {
      it(name, () => {
        const series = new Series();
        for (const [i, message] of messages.entries()) {
          series.take(says(message, 'smoke'), { latestMs: NOW + i });
        }
        assert.equal(series.state.value, value);
      });
    }

    it('also after a server’s clock was set back by a month', () => {
      const series = new Series();
      series.take(says({ value: 20 }));
      const then = NOW - 30 * DAY_MS;
      const judgement = series.take(says({ value: 21, timestamp: then }), { at: then });
      assert.ok(judgement !== 'duplicate' && judgement.kept && judgement.newest);
      assert.equal(series.state.value, 21);
    });

    it('but of what is redelivered only what is not of the past', () => {
      const series = new Series();
      series.take(says({ value: 20, timestamp: NOW }));
      series.take(says({ value: 19, timestamp: NOW - 1 }), { redelivered: true });
      assert.equal(series.state.value, 20);
      series.take(says({ value: 21, timestamp: NOW + 1 }), { redelivered: true });
      assert.equal(series.state.value, 21);
    });

    it('what perhaps an earlier run has heard is live if it differs from what is shown, and else a copy', () => {
      for (const type of ['smoke', 'temperature'] as const) {
        const [high, low] = type === 'smoke' ? [true, false] : [70, 20];
        const series = new Series();
        series.take(says({ value: high }, type));
        series.take(says({ value: low }, type), { nth: 1 });
        assert.equal(
          series.take(says({ value: low }, type), { nth: 2, redelivered: 'perhaps' }),
          'duplicate',
        );
        series.take(says({ value: high }, type), { nth: 3, redelivered: 'perhaps' });
        assert.equal(series.state.value, high);
        series.take(says({ value: low }, type), { nth: 4, redelivered: true });
        assert.equal(series.state.value, high);
      }
    });

    const stamp = fc.record(
      {
        timestamp: fc.oneof(
          fc.integer({ min: NOW - 3, max: NOW + 3 }),
          fc.integer({ min: 0, max: NOW + 10 * DAY_MS }),
          fc.constantFrom('2026-11-22T12:00:00', 'soon', null),
        ),
        seq: fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constantFrom('1', null, {})),
        battery: fc.constantFrom(50, 255, 'x', null),
      },
      { requiredKeys: [] },
    );

    it('any live messages: what is shown is the last, unless that is a copy of an earlier one with its timestamp', () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.boolean(), stamp), { minLength: 1 }), (messages) => {
          const series = new Series();
          let last: boolean | null = null;
          for (const [i, [smoke, side]] of messages.entries()) {
            const judgement = series.take(says({ smoke, ...side }, 'smoke'), {
              at: NOW,
              nth: i,
            });
            if (judgement !== 'duplicate') last = smoke;
            else assert.ok(says({ smoke, ...side }, 'smoke').timestamp !== null || last === smoke);
            assert.equal(series.state.value, last);
          }
        }),
      );
    });

    describe('M6, M15: a clock that begins at the same time at each start says the same again', () => {
      const T = NOW - 200 * DAY_MS;
      const MINUTE = 60_000;
      /** When it comes, what is said, the time that is said; true if the broker says it is a redelivery. */
      type Said = readonly [atMs: number, smoke: boolean, timestamp: number, redelivered?: true];
      const shownAfter = (all: readonly Said[], series = new Series()) =>
        all.map(([atMs, smoke, timestamp, redelivered = false], nth) => {
          const at = NOW + atMs;
          const arrival = { at, latestMs: Math.max(NOW, at), nth, redelivered };
          series.take(says({ smoke, timestamp }, 'smoke'), arrival);
          return series.state.value;
        });
      const first: Said[] = [
        [0, true, T + 5000],
        [4000, false, T + 9000],
      ];
      const again: Said[] = [
        [MINUTE, true, T + 5000],
        [MINUTE + 4000, false, T + 9000],
      ];
      const stale: Said[] = [
        [0, false, T + 5000],
        [4000, true, NOW],
        [MINUTE, false, T + 5000],
      ];
      const cases: [string, Said[], boolean][] = [
        ['an alarm is shown', [...first, ...again.slice(0, 1)], true],
        ['and so is its end', [...first, ...again], false],
        ['a copy of an alarm a moment later is none', [...first, [5000, true, T + 5000]], false],
        [
          'nor is that of one that was said again',
          [...first, ...again, [MINUTE + 9000, true, T + 5000]],
          false,
        ],
        ['a redelivery is none', [...first, [MINUTE, true, T + 5000, true]], false],
        ['a stale end ends no alarm', stale, true],
        [
          'an alarm is shown after the server’s clock was set back, too',
          [...first, [-MINUTE, true, T + 5000]],
          true,
        ],
      ];
      for (const [name, all, value] of cases) {
        it(name, () => assert.equal(shownAfter(all).at(-1), value));
      }

      it('history has it once', () => {
        const series = new Series();
        shownAfter([...first, ...again], series);
        assert.equal(series.history.size, 2);
      });

      it('a number that is said again is a copy', () => {
        const series = new Series();
        series.take(says({ value: 20, timestamp: T }));
        series.take(says({ value: 21, timestamp: T + 1 }));
        const copy = says({ value: 20, timestamp: T });
        assert.equal(series.take(copy, { at: NOW + MINUTE }), 'duplicate');
      });

      it('any live messages at any times: an alarm is shown, or was a moment ago; nothing stale ends one; history has each once', () => {
        const said = fc.record({
          afterMs: fc.constantFrom(0, 1, 1000, 9000, 10_000, 10_001, MINUTE),
          smoke: fc.boolean(),
          timestamp: fc.integer({ min: 0, max: 4 }).map((second) => T + second * 1000),
        });
        fc.assert(
          fc.property(fc.array(said, { minLength: 1 }), (all) => {
            const series = new Series();
            const alarmShownAt = new Map<number, number>();
            const heard = new Set<string>();
            let at = NOW;
            for (const [nth, { afterMs, smoke, timestamp }] of all.entries()) {
              at += afterMs;
              const { value: before, shown } = series.state;
              series.take(says({ smoke, timestamp }, 'smoke'), { at, latestMs: at, nth });
              const { value: after } = series.state;
              if (smoke && after !== true) {
                assert.ok(at - (alarmShownAt.get(timestamp) ?? -Infinity) <= 10_000);
              }
              if (smoke && before !== true && after === true) alarmShownAt.set(timestamp, at);
              const isEnd = before === true && after === false;
              if (isEnd && heard.has(`false ${timestamp}`)) {
                assert.ok(shown && timestamp >= (shown.timestamp ?? 0));
              }
              if (smoke && !heard.has(`true ${timestamp}`)) alarmShownAt.set(timestamp, at);
              heard.add(`${smoke} ${timestamp}`);
            }
            assert.equal(series.history.size, heard.size);
          }),
        );
      });

      it('a gateway that sends everything twice within 10 s, in any order, shows what one that does not shows', () => {
        const said = fc.tuple(
          fc.boolean(),
          fc.integer({ min: 1, max: 9000 }),
          fc.integer({ min: 0, max: 10_000 }),
        );
        fc.assert(
          fc.property(fc.array(said, { minLength: 1 }), (all) => {
            let atMs = 0;
            const once = all.map(([smoke, gapMs]): Said => [(atMs += gapMs), smoke, T + atMs]);
            const copies = once.map(([firstMs, ...rest], i): Said => [
              firstMs + (all[i]?.[2] ?? 0),
              ...rest,
            ]);
            const twice = [...once, ...copies].sort(([a], [b]) => a - b);
            assert.equal(shownAfter(twice).at(-1), shownAfter(once).at(-1));
          }),
        );
      });
    });

    it('a replay of the journal, from any state that was stored on the way, shows what was shown before', () => {
      const later = fc.constantFrom(0, 1000, 60_000);
      const redelivery = fc.constantFrom<Arrival['redelivered']>(false, true, 'perhaps');
      const messages = fc.array(fc.tuple(fc.boolean(), stamp, redelivery, later), {
        minLength: 1,
      });
      fc.assert(
        fc.property(messages, fc.nat(), fc.nat(), (said, forgotten, stored) => {
          let at = NOW;
          const all = said.map(([smoke, side, redelivered, laterMs], nth) => ({
            message: says({ smoke, ...side }, 'smoke'),
            arrival: { at: (at += laterMs), latestMs: at, nth, redelivered },
          }));
          const series = new Series();
          // Copies and what is refused are not in the journal, which begins at or before what the store has.
          const journal = all.flatMap((each) => {
            const place = taken(series, each);
            if (place === null) return [];
            const arrival = { ...each.arrival, replayed: true, shownOnly: !place.kept };
            return [{ ...each, arrival, state: series.state }];
          });
          const from = forgotten % journal.length;
          const until = from + (stored % (journal.length - from));
          const again = new Series();
          again.state = journal[until]!.state;
          for (const each of journal.slice(from)) taken(again, each);
          assert.deepEqual(
            [again.state.value, again.state.shown],
            [series.state.value, series.state.shown],
          );
          // What was shown and no part of history is none now.
          for (const name of again.history.keys()) assert.ok(series.history.has(name));
        }),
      );
    });
  });
});
