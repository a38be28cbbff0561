import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SensorType } from '../../contract/sensor';
import { NESTED } from '../intake/message-reader';
import { parseFields } from '../intake/payload';
import { RefusedMessage } from '../intake/refused-message';
import { readSensorMessage } from './reading';

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
      assert.throws(() => read('smoke', { smoke, battery: 50 }), { reason: 'wrong-type' });
    });
  }

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
    ['no value', 'motion', { battery: 50 }, 'wrong-type'],
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
