import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { RefusedMessage } from '../intake/refused-message';
import { admission, instantOf, readMeterMessage } from './reading';
import { reading, T0 } from './traces.suite';
import { DAY_MS, MINUTE_MS } from './units';

const NOW = Date.parse('2026-03-02T00:00:00Z');
const read = (fields: Record<string, unknown>) => readMeterMessage(fields, NOW);
const left = (fields: Record<string, unknown>) =>
  read(fields).leftOut.map(({ field, reason }) => `${field} ${reason}`);

describe('what a meter says', () => {
  it('M14: comes in W or kW, Wh or kWh', () => {
    const inKWh = read({ power: 1.5, powerUnit: 'kW', energy: 359.067 });
    const inWh = read({ power: 1500, energy: 359_067, energyUnit: 'Wh' });
    assert.deepEqual(inKWh, inWh);
    const expected = { timestamp: null, seq: null, powerW: 1500, energy: 359_067_000_000 };
    assert.deepEqual(inKWh, { ...expected, leftOut: [] });
  });

  it('M16: units in any case, numbers as text, and a power that says nothing beside a counter', () => {
    const expected = read({ power: 1500, energy: 10.001 });
    for (const [powerUnit, energyUnit] of [
      ['kw', 'KWH'],
      ['KW', 'kwh'],
      [' kW ', 'kWh'],
    ]) {
      assert.deepEqual(read({ power: '1.5', powerUnit, energy: ' 10.001', energyUnit }), expected);
    }
    for (const power of [null, 'nan', 'unknown', '', undefined]) {
      assert.deepEqual(read({ power, energy: 10.001 }), { ...expected, powerW: null });
      assert.deepEqual(read({ power: 1500, energy: power }), { ...expected, energy: null });
    }
  });

  it('M16: has its time as ISO text in any zone, or milliseconds with or without a fraction', () => {
    const at = Date.parse('2026-03-01T12:00:00Z');
    for (const timestamp of [
      '2026-03-01T12:00:00Z',
      '2026-03-01T13:00:00+01:00',
      '2026-03-01T13:00:00+0100',
      at,
      at + 0.75,
      String(at),
    ]) {
      const { timestamp: told, leftOut } = read({ power: 1, timestamp });
      assert.deepEqual([told, leftOut], [at, []]);
    }
  });

  const nonsense: Record<string, Record<string, unknown>> = {
    'timestamp no-time': { timestamp: 'yesterday' },
    'timestamp no-zone': { timestamp: '2026-03-01T12:00:00' },
    'timestamp too-old': { timestamp: '1970-01-01T00:00:12Z' },
    'seq wrong-type': { seq: -1 },
    'voltage wrong-type': { voltage: 'high' },
    'power wrong-type': { power: true },
    'power unknown-unit': { power: 1, powerUnit: 'hp' },
    'power out-of-range': { power: 1e308 },
    'update nested': { update: { state: 'idle' } },
  };
  for (const [expected, fields] of Object.entries(nonsense)) {
    it(`M16: a counter is not lost for another field: ${expected}`, () => {
      const said = { energy: 10.001, ...fields };
      const { energy, timestamp, seq, powerW } = read(said);
      assert.deepEqual([energy, timestamp, seq, powerW], [10_001_000_000, null, null, null]);
      assert.deepEqual(left(said), [expected]);
    });
  }

  it('M6: a clock that is ahead is told, so that a copy is known by it', () => {
    const timestamp = NOW + 3_600_000;
    assert.equal(read({ energy: 1, timestamp }).timestamp, timestamp);
    assert.deepEqual(left({ energy: 1, timestamp }), ['timestamp ahead']);
  });

  it('M16: plain fields that are none of its business are left alone', () => {
    assert.deepEqual(left({ power: 12, linkquality: 87, state: 'ON', voltage: 231.5 }), []);
  });

  const refused: Record<string, [Record<string, unknown>, string]> = {
    'an unknown unit': [{ power: 1, powerUnit: 'hp' }, 'unknown-unit'],
    'another unknown unit': [{ energy: 1, energyUnit: 'MJ' }, 'unknown-unit'],
    'a power that is no number': [{ power: 'much' }, 'wrong-type'],
    'an infinite power': [{ power: Infinity }, 'wrong-type'],
    'a negative counter': [{ energy: -1 }, 'out-of-range'],
    'a counter nobody can count': [{ energy: 1e7 }, 'out-of-range'],
    'neither power nor energy': [{ voltage: 230 }, 'wrong-type'],
    'a NaN': [{ energy: NaN }, 'wrong-type'],
    'what says nothing': [{ power: null, energy: 'unknown' }, 'wrong-type'],
  };
  for (const [name, [fields, reason]] of Object.entries(refused)) {
    it(`M14: ${name} alone is refused with a reason`, () => {
      assert.throws(
        () => read(fields),
        (error: unknown) => {
          assert.ok(error instanceof RefusedMessage);
          assert.equal(error.reason, reason);
          assert.ok(error.detail.fr !== error.detail.en);
          return true;
        },
      );
    });
  }

  it('M6: a timestamp more than 5 min ahead gives way to the time of arrival', () => {
    const ahead = (ms: number) => instantOf(reading({ at: T0 + ms, receivedAt: T0, kWh: 1 }));
    assert.equal(ahead(5 * MINUTE_MS), T0 + 5 * MINUTE_MS);
    assert.equal(ahead(5 * MINUTE_MS + 1), T0);
  });

  it('M6: late counts within 10 days before the newest, in order at any age', () => {
    const told = (daysAgo: number, newestDaysAgo: number | null) =>
      admission(
        reading({ at: T0 - daysAgo * DAY_MS, receivedAt: T0, kWh: 1 }),
        newestDaysAgo === null ? null : T0 - newestDaysAgo * DAY_MS,
      );
    assert.equal(told(0, 1), 'in-order');
    assert.equal(told(5, 0), 'late');
    assert.equal(told(10, 0), 'late');
    assert.equal(told(11, 0), 'too-late');
    assert.equal(told(399, 399), 'in-order');
    assert.equal(told(400, null), 'in-order');
  });
});
