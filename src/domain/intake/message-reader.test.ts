import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { isForbiddenKey } from '../../contract/safe-input';
import { ENERGY_UNITS, MessageReader, POWER_UNITS } from './message-reader';
import { AHEAD_AT_MOST_MS, OLD_AT_MOST_MS } from './timestamp';

const NOW = Date.parse('2026-11-30T18:40:00Z');
const ABSENT = [null, undefined, NaN, '', ' ', 'nan', 'NaN', 'unknown', 'Unknown', 'None', 'null'];

const reads = (fields: object) => new MessageReader({ ...fields }, NOW);
const left = ({ leftOut }: MessageReader) => leftOut.map(({ field, reason }) => [field, reason]);

describe('a message, read field by field', () => {
  describe('M16: timestamp', () => {
    const believed: [unknown, string][] = [
      ['2026-11-30T18:39:00Z', '2026-11-30T18:39:00.000Z'],
      ['2026-11-30T19:39:00+01:00', '2026-11-30T18:39:00.000Z'],
      ['2026-11-30T19:39:00+0100', '2026-11-30T18:39:00.000Z'],
      ['2026-11-30T19:39:00+01', '2026-11-30T18:39:00.000Z'],
      ['2026-11-30T14:09:00-04:30', '2026-11-30T18:39:00.000Z'],
      ['2026-11-30t18:39:00z', '2026-11-30T18:39:00.000Z'],
      ['2026-11-30 18:39:00 Z', '2026-11-30T18:39:00.000Z'],
      ['2026-11-30T18:39Z', '2026-11-30T18:39:00.000Z'],
      ['2026-11-30T18:39:00.123456789Z', '2026-11-30T18:39:00.123Z'],
      ['2026-11-30T18:39:00.5Z', '2026-11-30T18:39:00.500Z'],
      [Date.parse('2026-11-30T18:39:00Z'), '2026-11-30T18:39:00.000Z'],
      [Date.parse('2026-11-30T18:39:00Z') + 0.75, '2026-11-30T18:39:00.000Z'],
      [String(Date.parse('2026-11-30T18:39:00Z')), '2026-11-30T18:39:00.000Z'],
      [`${Date.parse('2026-11-30T18:39:00Z')}.25`, '2026-11-30T18:39:00.000Z'],
      [NOW + AHEAD_AT_MOST_MS, '2026-11-30T18:45:00.000Z'],
    ];
    for (const [timestamp, expected] of believed) {
      it(`${JSON.stringify(timestamp)} is believed`, () => {
        const reader = reads({ timestamp });
        const { at, problem } = reader.timestamp();
        assert.deepEqual([new Date(at ?? NaN).toISOString(), problem], [expected, null]);
        assert.deepEqual(reader.leftOut, []);
      });
    }

    const doubted: [unknown, string][] = [
      ['2026-11-30T18:40:00', 'no-zone'],
      ['2026-11-30 18:40', 'no-zone'],
      ['1970-01-01T00:00:12Z', 'too-old'],
      [0, 'too-old'],
      [-1, 'too-old'],
      [Math.floor(NOW / 1000), 'too-old'],
      [NOW - OLD_AT_MOST_MS - 1, 'too-old'],
      [NOW + AHEAD_AT_MOST_MS + 1, 'ahead'],
      ['2106-02-07T06:28:15Z', 'ahead'],
      ['2026-02-30T10:00:00Z', 'no-time'],
      ['2026-13-01T10:00:00Z', 'no-time'],
      ['2026-11-30T25:00:00Z', 'no-time'],
      ['yesterday', 'no-time'],
      [1e300, 'no-time'],
      [true, 'no-time'],
      [{}, 'no-time'],
      [[NOW], 'no-time'],
    ];
    for (const [timestamp, reason] of doubted) {
      it(`${JSON.stringify(timestamp)} gives way to the time of arrival, as ${reason}`, () => {
        const reader = reads({ timestamp });
        const { at, problem } = reader.timestamp();
        assert.deepEqual([at, problem], [null, reason]);
        assert.deepEqual(left(reader), [['timestamp', reason]]);
      });
    }

    it('one that is not believed is still told, so that a copy is known by it', () => {
      assert.equal(reads({ timestamp: NOW + 3_600_000 }).timestamp().stated, NOW + 3_600_000);
      assert.equal(reads({ timestamp: 'yesterday' }).timestamp().stated, null);
    });

    it('any instant, written in any zone, is that instant', () => {
      const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
      const at = fc.integer({ min: NOW - OLD_AT_MOST_MS, max: NOW + AHEAD_AT_MOST_MS });
      fc.assert(
        fc.property(at, offset, fc.constantFrom(':', ''), (instant, minutes, colon) => {
          const local = new Date(instant + minutes * 60_000).toISOString().slice(0, -1);
          const size = Math.abs(minutes);
          const two = (n: number) => String(n).padStart(2, '0');
          const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`;
          assert.equal(reads({ timestamp: local + zone }).timestamp().at, instant);
        }),
      );
    });
  });

  describe('M17: what says nothing', () => {
    for (const said of ABSENT) {
      it(`${inspect(said)} is no value, and no fault`, () => {
        const fields = ['power', 'on', 'name', 'battery', 'seq', 'timestamp', 'battery_low'];
        const reader = reads(Object.fromEntries(fields.map((field) => [field, said])));
        assert.equal(reader.number(['power']), null);
        assert.equal(reader.truth(['on']), null);
        assert.equal(reader.text(['name'], 10), null);
        assert.equal(reader.battery(), null);
        assert.equal(reader.seq(), null);
        assert.equal(reader.timestamp().at, null);
        assert.deepEqual(reader.rest(), []);
        assert.deepEqual(reader.leftOut, []);
      });
      it(`${inspect(said)}: the next name counts`, () => {
        const reader = reads({ motion: said, occupancy: true });
        assert.equal(reader.truth(['motion', 'occupancy']), true);
        assert.deepEqual(reader.leftOut, []);
      });
    }
  });

  describe('M16: numbers, truths and units', () => {
    it('a number may be text; what is none is left out, and the next name counts', () => {
      assert.equal(reads({ power: ' 21.50 ' }).number(['power']), 21.5);
      assert.equal(reads({ power: '-1e2' }).number(['power']), -100);
      assert.equal(Object.is(reads({ power: -0 }).number(['power']), 0), true);
      for (const power of ['21,5', '21 W', '0x10', 'Infinity', Infinity, true, {}, [1]]) {
        const reader = reads({ power, value: '7' });
        assert.equal(reader.number(['power', 'value']), 7, inspect(power));
        assert.deepEqual(left(reader), [['power', 'wrong-type']]);
      }
    });

    it('a number out of its bounds is left out', () => {
      const reader = reads({ power: 1e308 });
      assert.equal(reader.number(['power'], { max: 1e6 }), null);
      assert.deepEqual(left(reader), [['power', 'out-of-range']]);
      assert.equal(reader.nothing({ fr: '-', en: '-' }).reason, 'out-of-range');
    });

    it('M14: a unit in any case is converted, an unknown one leaves the number out', () => {
      const power = (fields: object) =>
        reads(fields).number(['power'], { unitFields: ['powerUnit'], units: POWER_UNITS });
      const energy = (fields: object) =>
        reads(fields).number(['energy'], { unitFields: ['energyUnit'], units: ENERGY_UNITS });
      assert.equal(power({ power: 1.5, powerUnit: 'kw' }), 1500);
      assert.equal(power({ power: '0.0575', powerUnit: ' KW ' }), 57.5);
      assert.equal(power({ power: 3, powerUnit: 'w' }), 3);
      assert.equal(power({ power: 3, powerUnit: 'unknown' }), 3);
      assert.equal(energy({ energy: 10.001, energyUnit: 'KWH' }), 10.001);
      assert.equal(energy({ energy: 10001, energyUnit: 'WH' }), 10.001);
      for (const powerUnit of ['furlong', 7, 'constructor', ['W']]) {
        const reader = reads({ power: 3, powerUnit });
        const options = { unitFields: ['powerUnit'], units: POWER_UNITS };
        assert.equal(reader.number(['power'], options), null);
        assert.deepEqual(left(reader), [['power', 'unknown-unit']]);
      }
    });

    it('on and off in any case and by other words; what is neither is never taken for one', () => {
      for (const on of [true, 'true', 'ON', ' on', 'On', 'open', 1, '1']) {
        assert.equal(reads({ on }).truth(['on']), true, String(on));
      }
      for (const on of [false, 'FALSE', 'Off', 'closed', 0, '0']) {
        assert.equal(reads({ on }).truth(['on']), false, String(on));
      }
      for (const on of ['maybe', 2, 0.5, {}, []]) {
        const reader = reads({ on });
        assert.equal(reader.truth(['on']), null);
        assert.deepEqual(left(reader), [['on', 'wrong-type']]);
      }
    });
  });

  describe('M16: battery and seq', () => {
    it('a battery is a percentage, else left out; one that is only low is at 10 %', () => {
      assert.equal(reads({ battery: '92' }).battery(), 92);
      assert.equal(reads({ battery: 0 }).battery(), 0);
      assert.equal(reads({ battery_low: 'ON' }).battery(), 10);
      assert.equal(reads({ battery_low: false }).battery(), null);
      for (const battery of [255, 200, -1, 'full', {}]) {
        const reader = reads({ battery, battery_low: true });
        assert.equal(reader.battery(), 10);
        assert.equal(reader.leftOut[0]?.field, 'battery');
      }
    });

    it('a seq is a whole number from 0, else left out', () => {
      assert.equal(reads({ seq: '7' }).seq(), 7);
      for (const seq of [-1, 1.5, 2 ** 60, true, 'x', {}]) {
        const reader = reads({ seq });
        assert.equal(reader.seq(), null);
        assert.deepEqual(left(reader), [['seq', 'wrong-type']]);
      }
    });
  });

  const names = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'a.b', '$set', 'update'),
  );

  it('M16, S2: whatever else a message holds, what is understood in it is handed out', () => {
    fc.assert(
      fc.property(fc.dictionary(names, fc.anything()), (noise) => {
        const reader = reads({ ...noise, smoke: 'ON', power: '57.5' });
        reader.battery();
        reader.seq();
        reader.timestamp();
        assert.equal(reader.truth(['smoke']), true);
        assert.equal(reader.number(['power']), 57.5);
        for (const [field] of reader.rest()) assert.ok(!isForbiddenKey(field));
      }),
    );
  });
});
