import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { SENSOR_TYPES, type SensorType } from '../../contract/sensor';
import { NESTED } from '../intake/message-reader';
import { parseFields } from '../intake/payload';
import { RefusedMessage } from '../intake/refused-message';
import { readSensorMessage } from './reading';
import { SENSOR_KINDS } from './sensor-types';
import { wordsOf } from './words';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function read(type: SensorType, payload: object | string) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const bytes = Buffer.from(text, text.includes('\xff') ? 'latin1' : 'utf8');
  return readSensorMessage(type, parseFields(bytes), NOW);
}

const MANY = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]));

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('a sensor’s message', () => {
  const understood: [SensorType, object, boolean | number, string | null][] = [
    ['motion', { motion: true }, true, null],
    ['motion', { value: 0 }, false, null],
    ['motion', { occupancy: true }, true, null],
    ['smoke', { smoke: 'ON' }, true, null],
    ['fire', { fire: false }, false, null],
    ['gas', { gas: 1 }, true, null],
    ['leak', { water_leak: true }, true, null],
    ['door', { door: true }, true, null],
    ['door', { door: 'closed' }, false, null],
    ['door', { contact: true }, false, null],
    ['window', { contact: false }, true, null],
    ['presence', { presence: true }, true, null],
    ['temperature', { temperature: 27.5 }, 27.5, '°C'],
    ['temperature', { value: 86, unit: '°F' }, 30, '°C'],
    ['temperature', { temperature: 300.15, temperatureUnit: 'K' }, 27, '°C'],
    ['humidity', { humidity: 76 }, 76, '%'],
    ['other', { value: 3, unit: 'kW' }, 3000, 'W'],
    ['other', { value: true }, true, null],
    ['other', { value: 7 }, 7, null],
    ['temperature', { temperature: 21.299999999999997 }, 21.3, '°C'],
    ['temperature', { value: 70.1, unit: '°F' }, 21.17, '°C'],
    ['humidity', { humidity: '55.119999999999997' }, 55.12, '%'],
    ['other', { value: 0.1 + 0.2 }, 0.3, null],
    ['other', { value: 123456789 }, 123456789, null],
  ];
  for (const [type, payload, value, unit] of understood) {
    it(`M14: ${type} ${JSON.stringify(payload)} is ${value} ${unit ?? ''}`, () => {
      const message = read(type, payload);
      assert.deepEqual([message.value, message.unit], [value, unit]);
    });
  }

  const yes: [SensorType, object, string[]][] = [
    ['gas', { gas: false, carbon_monoxide: true }, ['gas']],
    ['fire', { fire: false, smoke: true }, ['fire']],
    ['leak', { leak: false, water_leak: true }, ['leak']],
    ['motion', { motion: false, occupancy: true }, ['motion']],
    ['presence', { presence: 'clear', occupancy: 'occupied' }, ['presence']],
    ['door', { door: false, contact: false }, ['door']],
    ['door', { door: false, open: true }, ['door']],
    ['door', { contact: true, window: 'opened' }, ['contact']],
    ['smoke', { value: false, smoke: true }, ['value']],
    ['smoke', { value: 0, smoke: true }, ['value']],
    ['smoke', { smoke: 'alarm', value: false }, ['value']],
    ['smoke', { smoke: false, carbon_monoxide: true }, ['smoke']],
    ['smoke', { smoke: false, fire: true }, ['smoke']],
    ['smoke', { smoke: false, gas: true }, ['smoke']],
    ['smoke', { smoke: false, Smoke: true }, ['smoke']],
    ['smoke', { smoke: false, state: 'ALARM' }, ['smoke']],
    ['smoke', { smoke: true, carbon_monoxide: false, co: 0 }, []],
    ['gas', { gas: false, smoke: 'detected' }, ['gas']],
  ];
  for (const [type, payload, leftOut] of yes) {
    it(`M15: ${type} ${JSON.stringify(payload)} is a yes, and a no beside it is counted`, () => {
      const message = read(type, payload);
      assert.equal(message.value, true);
      assert.deepEqual(
        message.leftOut.map(({ field, reason }) => [field, reason]),
        leftOut.map((field) => [field, 'contradicted']),
      );
    });
  }

  const words: [SensorType, object, boolean | null][] = [
    ['door', { contact: 'open' }, true],
    ['door', { contact: 'Closed' }, false],
    ['window', { contact: 'opened' }, true],
    ['window', { contact: 'close' }, false],
    ['door', { contact: 'ON' }, false],
    ['door', { contact: 'OFF' }, true],
    ['door', { contact: '1' }, false],
    ['door', { contact: 0 }, true],
    ['door', { contact: 'detected' }, null],
    ['door', { contact: 'yes' }, null],
    ['door', { status: 'open' }, true],
    ['door', { opening: 35 }, null],
    ['smoke', { SMOKE: 'Yes' }, true],
    ['smoke', { Value: 'n' }, false],
    ['smoke', { smokeDetected: '1.0' }, true],
    ['smoke', { smoke: 'not detected' }, false],
    ['smoke', { smoke: 'not_detected' }, false],
    ['smoke', { smoke: 'clear' }, false],
    ['smoke', { smoke: 'tested' }, null],
    ['smoke', { smoke: 'none' }, null],
    ['smoke', { smoke: 'closed' }, null],
    ['smoke', { alarm: 'triggered' }, true],
    ['smoke', { status: 'active' }, null],
    ['smoke', { status: 'ok' }, null],
    ['smoke', { smoke: false, state: 'ON', status: true }, false],
    ['smoke', { carbon_monoxide: false }, null],
    ['gas', { co: 35 }, null],
    ['gas', { co: 1 }, null],
    ['gas', { co: true }, true],
    ['fire', { heat: 'ALERT' }, true],
    ['leak', { water: 'wet' }, true],
    ['leak', { flood: 'dry' }, false],
    ['leak', { moisture: 1 }, null],
    ['motion', { motion: 'inactive' }, false],
    ['motion', { motion: 'active' }, true],
    ['presence', { presence: 'not present' }, false],
    ['motion', { motion: 'wet' }, null],
  ];
  for (const [type, payload, value] of words) {
    const result = value === null ? 'no value' : String(value);
    it(`M16: ${type} ${JSON.stringify(payload)} is ${result}`, () => {
      if (value === null) assert.throws(() => read(type, payload), { reason: 'wrong-type' });
      else assert.equal(read(type, payload).value, value);
    });
  }

  const units: [object, number][] = [
    [{ temperature: 70, units: 'F' }, 21.11],
    [{ temp: 70, scale: 'degF' }, 21.11],
    [{ value: 70, temperature_unit: '℉' }, 21.11],
    [{ Temperature: 21, Unit: '℃' }, 21],
    [{ temperature: 21, units: 'degC' }, 21],
  ];
  for (const [payload, value] of units) {
    it(`M14: temperature ${JSON.stringify(payload)} is ${value} °C`, () => {
      assert.equal(read('temperature', payload).value, value);
    });
  }

  const texts: [SensorType, object, number | null][] = [
    ['temperature', { temperature: '21.5 °C' }, 21.5],
    ['temperature', { temperature: '21,5' }, 21.5],
    ['temperature', { temperature: '-3,25°c' }, -3.25],
    ['temperature', { temperature: '70 °F' }, 21.11],
    ['temperature', { temperature: '70°F', unit: 'F' }, 21.11],
    ['temperature', { temperature: '70°F', unit: 'C' }, null],
    ['temperature', { temperature: '1,234' }, null],
    ['temperature', { temperature: '21.5.1' }, null],
    ['temperature', { temperature: '21 40' }, null],
    ['temperature', { temperature: '21 %' }, null],
    ['humidity', { humidity: '55%' }, 55],
    ['humidity', { humidity: '55,1 %RH' }, 55.1],
  ];
  for (const [type, payload, value] of texts) {
    it(`M16: ${type} ${JSON.stringify(payload)} is ${value ?? 'no value'}`, () => {
      if (value === null) assert.throws(() => read(type, payload), RefusedMessage);
      else assert.equal(read(type, payload).value, value);
    });
  }

  it('M16: a battery is a percentage also with its sign', () => {
    for (const battery of ['92%', '92 %', '92,0', 92]) {
      assert.equal(read('smoke', { smoke: false, battery }).battery, 92);
    }
    for (const battery of ['3000mV', '3 V', '920%', '%']) {
      const message = read('smoke', { smoke: false, battery });
      assert.deepEqual([message.battery, message.leftOut[0]?.field], [null, 'battery']);
    }
  });

  it('M15: any message in which an understood name says yes shows yes, whatever else stands in it', () => {
    const noticing = SENSOR_TYPES.filter((type) => SENSOR_KINDS[type].notices === true);
    const said = fc.tuple(fc.constantFrom(...noticing), fc.nat(), fc.nat(), fc.boolean());
    const anyName = noticing.flatMap((type) => {
      const { fields, opposites, relatives, fallBacks } = SENSOR_KINDS[type];
      return ['value', 'Value', ...fields, ...opposites, ...relatives, ...fallBacks, 'unit'];
    });
    const noise = fc.dictionary(
      fc.constantFrom(...anyName),
      fc.oneof(
        fc.constantFrom<unknown>(false, 'off', 0, 'clear', 'closed', 'weird'),
        fc.anything(),
      ),
    );
    fc.assert(
      fc.property(said, noise, fc.boolean(), ([type, nthName, nthWord, last], rest, upper) => {
        const { fields, opposites, relatives, words: own } = SENSOR_KINDS[type];
        const names = ['value', ...fields, ...opposites, ...relatives];
        const name = names[nthName % names.length]!;
        const all = opposites.includes(name)
          ? [...own.yes, 'off', false, 0]
          : [...wordsOf(own).yes, true];
        const word = all[nthWord % all.length];
        const yes = { [upper ? name.toUpperCase() : name]: word };
        const message = last ? { ...rest, ...yes } : { ...yes, ...rest, ...yes };
        assert.equal(readSensorMessage(type, message, NOW).value, true);
      }),
      { numRuns: 2000 },
    );
  });

  it('battery, time and seq come along; a battery said to be low is taken for 10 %', () => {
    const at = '2026-11-22T12:00:00+01:00';
    const message = read('smoke', { smoke: false, battery: 92, timestamp: at, seq: 7, x: [1] });
    assert.deepEqual(message, {
      value: false,
      unit: null,
      battery: 92,
      timestamp: Date.parse(at),
      doubted: false,
      seq: 7,
      leftOut: [{ field: 'x', reason: 'nested', detail: NESTED.detail }],
    });
    assert.equal(read('smoke', { smoke: false, battery_low: true }).battery, 10);
    assert.equal(read('smoke', { smoke: false, battery_low: false }).battery, null);
  });

  const kept: [string, SensorType, object | string, boolean | number, string[][]][] = [
    [
      'a battery of 255',
      'smoke',
      { smoke: true, battery: 255 },
      true,
      [['battery', 'out-of-range']],
    ],
    [
      'a timestamp without zone',
      'smoke',
      { smoke: true, timestamp: '2026-11-22T12:00:00' },
      true,
      [['timestamp', 'no-zone']],
    ],
    ['one in 1970', 'smoke', { smoke: true, timestamp: 12 }, true, [['timestamp', 'too-old']]],
    ['a seq of -1', 'smoke', { smoke: true, seq: -1 }, true, [['seq', 'wrong-type']]],
    ['a nested field', 'smoke', { smoke: true, update: { a: 1 } }, true, [['update', 'nested']]],
    [
      'a value that is none',
      'motion',
      { value: 'maybe', motion: 1 },
      true,
      [['value', 'wrong-type']],
    ],
    [
      'an impossible value',
      'humidity',
      { value: 999, humidity: 41 },
      41,
      [['value', 'out-of-range']],
    ],
    ['an unknown plain field', 'smoke', { smoke: true, linkquality: 120 }, true, []],
    ...['a.b', '$set', '__proto__', 'constructor', 'prototype'].flatMap((name): typeof kept => {
      const beside = { smoke: true, [name]: { x: 1 } };
      const inside = { smoke: true, update: { a: [{ [name]: { x: 1 } }] } };
      return [
        [`S2: ${name}`, 'smoke', beside, true, [[name, 'forbidden-key']]],
        [`S2: ${name} inside`, 'smoke', inside, true, [['update', 'forbidden-key']]],
      ];
    }),
    [
      'S2: a forbidden name in the value',
      'smoke',
      { value: { $ne: null }, smoke: true },
      true,
      [['value', 'forbidden-key']],
    ],
    ['a thousand fields', 'smoke', { ...MANY, smoke: true, battery: 40 }, true, []],
    ['S15: depth 7,000', 'smoke', `{"a":${nested(7000)},"smoke":true}`, true, [['a', 'nested']]],
    ['S15: invalid UTF-8', 'motion', '{"motion":true,"x":"\xff"}', true, [['x', 'malformed']]],
    ['a byte order mark', 'smoke', '\ufeff{"smoke":true}', true, []],
    ['NULs and line ends behind', 'smoke', '{"smoke":true}\r\n\0\0', true, []],
    ['a NaN', 'smoke', '{"smoke":true,"temperature":NaN}', true, []],
    [
      'a battery of nan',
      'smoke',
      '{"battery":-nan,"smoke":true}',
      true,
      [['battery', 'wrong-type']],
    ],
    ['an inf', 'smoke', '{"battery":-inf,"smoke":true}', true, [['battery', 'wrong-type']]],
    ['NaN in a text', 'other', '{"value":7,"of":"a \\"NaN, b","x":nan}', 7, []],
    ['M17: null', 'motion', { motion: null, occupancy: true }, true, []],
    ['M17: unknown', 'door', { value: 'unknown', contact: false }, true, []],
    ['M17: a unit that is null', 'temperature', { temperature: 21, unit: null }, 21, []],
  ];
  for (const [name, type, payload, value, leftOut] of kept) {
    it(`M16: ${name} does not cost the value`, () => {
      const message = read(type, payload);
      assert.equal(message.value, value);
      assert.equal(({} as Record<string, unknown>)['x'], undefined);
      assert.deepEqual(
        message.leftOut.map(({ field, reason }) => [field, reason]),
        leftOut,
      );
    });
  }

  for (const smoke of [null, 'unknown', 'nan', '', 'None']) {
    it(`M17: smoke ${JSON.stringify(smoke)} alone is no value, and never an alarm nor its end`, () => {
      assert.throws(() => read('smoke', { smoke }), { reason: 'wrong-type' });
      const { value, battery, leftOut } = read('smoke', { smoke, battery: 50 });
      assert.deepEqual([value, battery, leftOut], [null, 50, []]);
    });
  }

  it('M16: a battery alone is taken, also beside a value that makes no sense', () => {
    assert.equal(read('motion', { battery: 3 }).battery, 3);
    const { value, battery, leftOut } = read('temperature', { temperature: 'warm', battery: 3 });
    assert.deepEqual([value, battery], [null, 3]);
    assert.deepEqual(
      leftOut.map(({ field, reason }) => [field, reason]),
      [['temperature', 'wrong-type']],
    );
  });

  const refused: [string, SensorType, object | string, string][] = [
    ['M14: NaN', 'temperature', '{"value":NaN}', 'wrong-type'],
    ['M14: inf', 'temperature', '{"value":inf}', 'wrong-type'],
    ['a text that does not end', 'motion', '{"motion":true,"x":"', 'malformed'],
    ['a bare word', 'motion', '{"motion":true,"x":nanny}', 'malformed'],
    ['M14: Infinity', 'temperature', '{"value":1e999}', 'wrong-type'],
    ['M14: an unknown unit', 'temperature', { value: 20, unit: 'furlong' }, 'unknown-unit'],
    ['M14: a unit of something else', 'temperature', { value: 20, unit: '%' }, 'unknown-unit'],
    ['M14: a prototype’s name as unit', 'other', { value: 1, unit: 'constructor' }, 'unknown-unit'],
    ['M14: a unit that is no text', 'humidity', { value: 20, unit: 7 }, 'unknown-unit'],
    ['M14: colder than absolute zero', 'temperature', { value: -300 }, 'out-of-range'],
    ['M14: more than all the humidity there is', 'humidity', { value: 101 }, 'out-of-range'],
    ['a text for a number', 'temperature', { value: 'warm' }, 'wrong-type'],
    ['a number for a yes or no', 'motion', { motion: 0.5 }, 'wrong-type'],
    ['no value', 'motion', { linkquality: 50 }, 'wrong-type'],
    ['no value and no battery', 'motion', { battery: null }, 'wrong-type'],
    ['a battery of 255 alone', 'motion', { battery: 255 }, 'out-of-range'],
    ['S15: 1 MB', 'motion', { motion: true, x: 'x'.repeat(1e6) }, 'too-large'],
    ['S15: depth 20,000', 'motion', '['.repeat(20_000), 'too-large'],
    ['S15: depth 8,000', 'motion', `{"a":${nested(8000)}}`, 'wrong-type'],
    ['S15: no object', 'motion', '[true]', 'wrong-type'],
    ['S15: invalid UTF-8', 'motion', '{"motion":"\xff"}', 'wrong-type'],
    ['S15: no UTF-8 at all', 'motion', '\xff\xfe\x00', 'malformed'],
    ['S15: many keys', 'motion', MANY, 'wrong-type'],
    ['S2: a prototype key', 'motion', '{"__proto__":{"motion":true}}', 'forbidden-key'],
    ['S2: an operator', 'motion', { $set: { motion: true }, motion: 'maybe' }, 'forbidden-key'],
    ['S2: an operator, deep', 'motion', { x: 1, a: [{ $set: 1 }] }, 'forbidden-key'],
    ['S2: an operator as value', 'motion', { motion: { $ne: false } }, 'forbidden-key'],
    ['S2: an operator as unit', 'temperature', { value: 70, unit: { $ne: 1 } }, 'forbidden-key'],
  ];
  for (const [name, type, payload, reason] of refused) {
    it(`${name} is refused with a reason`, () => {
      assert.throws(
        () => read(type, payload),
        (error: unknown) => {
          assert.ok(error instanceof RefusedMessage);
          assert.equal(error.reason, reason);
          assert.notEqual(error.detail.fr, error.detail.en);
          assert.doesNotMatch(error.detail.fr, /\b(is|not|no|than|of|bytes|fields)\b/);
          return true;
        },
      );
      assert.equal(({} as Record<string, unknown>)['x'], undefined);
    });
  }
});
