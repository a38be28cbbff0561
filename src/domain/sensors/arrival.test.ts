import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { SensorType } from '../../contract/sensor';
import { aggregate, HOUR_MS, MINUTE_MS } from './aggregates';
import { arrivedNow, type Arrival } from '../intake/arrival';
import { identityOf, isAfter, judge, type Place, type Reading } from './arrival';
import { readSensorMessage, type SensorMessage } from './reading';
import { initialSensorState, sensed, type SensorState } from './state';
import { often } from '../../../test/support/often';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const DAY_MS = 86_400_000;
const live = arrivedNow(NOW);

function says(fields: object, type: SensorType = 'temperature'): SensorMessage {
  return readSensorMessage(type, { ...fields }, NOW);
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

    it('a replay of the journal, from any state that was stored on the way, shows what was shown before', () => {
      const messages = fc.array(fc.tuple(fc.boolean(), stamp, fc.boolean()), { minLength: 1 });
      fc.assert(
        fc.property(messages, fc.nat(), fc.nat(), (said, forgotten, stored) => {
          const all = said.map(([smoke, side, redelivered], i) => ({
            message: says({ smoke, ...side }, 'smoke'),
            arrival: { nth: i, redelivered },
          }));
          const series = new Series();
          // Copies are not in the journal, which begins at or before what the store has.
          const journal = all.flatMap((each) => {
            const isCopy = series.take(each.message, each.arrival) === 'duplicate';
            return isCopy ? [] : [{ ...each, state: series.state }];
          });
          const from = forgotten % journal.length;
          const at = from + (stored % (journal.length - from));
          const again = new Series();
          again.state = journal[at]!.state;
          for (const { message, arrival } of journal.slice(from)) {
            again.take(message, { ...arrival, replayed: true });
          }
          assert.deepEqual(
            [again.state.value, again.state.shown],
            [series.state.value, series.state.shown],
          );
        }),
      );
    });
  });
});
