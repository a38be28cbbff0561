import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { aggregate, HOUR_MS, MINUTE_MS } from './aggregates';
import { identityOf, isAfter, judge, type Arrival, type Judgement, type Reading } from './arrival';
import { readSensorMessage, type SensorMessage } from './reading';
import { initialSensorState, sensed, type SensorState } from './state';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const DAY_MS = 86_400_000;
const live: Arrival = { at: NOW, nth: 0, redelivered: false, replayed: false };

function says(fields: object): SensorMessage {
  return readSensorMessage('temperature', Buffer.from(JSON.stringify(fields)));
}

/** A series that remembers every identity. */
class Series {
  state: SensorState = initialSensorState(1);
  readonly history = new Map<string, Reading>();
  private readonly known = new Map<string, number>();

  take(message: SensorMessage, arrival: Partial<Arrival> = {}): Judgement {
    const came = { ...live, ...arrival };
    const identity = identityOf(message, came.redelivered);
    const copyAt = identity === null ? null : (this.known.get(identity) ?? null);
    const judgement = judge(this.state.newest, message, came, copyAt);
    if (judgement === 'duplicate') return judgement;
    this.known.set(identity ?? identityOf(message, true)!, came.at);
    const { reading, newest } = judgement;
    this.history.set(`${reading.at} ${reading.key}`, reading);
    this.state = sensed(this.state, reading, newest);
    return judgement;
  }

  restarted(message: SensorMessage, arrival: Partial<Arrival> = {}): boolean {
    const judgement = this.take(message, arrival);
    return judgement !== 'duplicate' && judgement.restarted;
  }

  /** State and history as text. */
  get whole(): string {
    const readings = [...this.history.values()].sort((a, b) => (isAfter(a, b) ? 1 : -1));
    const aggregates = [MINUTE_MS, HOUR_MS].map((slotMs) => [...aggregate(readings, slotMs)]);
    return JSON.stringify([this.state, readings, aggregates]);
  }
}

describe('readings in their place', () => {
  it('M6: any shuffle of 10,000 timestamped messages within 10 days with 20 % copies gives state and history of the ordered run, byte for byte', () => {
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
      { numRuns: 3 },
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
    assert.equal(series.state.value, 20);
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
    assert.ok(late !== 'duplicate' && !late.newest);
    assert.equal(series.state.value, 20);
    assert.throws(() => series.take(says({ value: 12, timestamp: NOW - 10 * DAY_MS - 1 })), {
      reason: 'too-old',
    });
    assert.throws(() => new Series().take(says({ value: 1, timestamp: NOW - 400 * DAY_MS - 1 })), {
      reason: 'too-old',
    });
  });

  it('M6: more than 5 min ahead gets the server’s time and a flag; a copy of it is one', () => {
    const series = new Series();
    const ahead = says({ value: 20, timestamp: NOW + 300_001, seq: 1 });
    const judgement = series.take(ahead);
    assert.ok(judgement !== 'duplicate' && judgement.reading.ahead);
    assert.equal(judgement.reading.at, NOW);
    assert.equal(series.take(ahead, { at: NOW + 60_000 }), 'duplicate');
    const close = new Series().take(says({ value: 20, timestamp: NOW + 300_000 }));
    assert.ok(close !== 'duplicate' && !close.reading.ahead);
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
});
