import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SensorType } from '../../contract/sensor';
import { RefusedMessage } from '../intake/refused-message';
import { readSensorMessage } from './reading';

function read(type: SensorType, payload: object | string) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return readSensorMessage(type, Buffer.from(text, text.includes('\xff') ? 'latin1' : 'utf8'));
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
      seq: 7,
    });
    assert.equal(read('smoke', { smoke: false, battery_low: true }).battery, 10);
    assert.equal(read('smoke', { smoke: false, battery_low: false }).battery, null);
  });

  const refused: [string, SensorType, object | string, string][] = [
    ['M14: NaN', 'temperature', '{"value":NaN}', 'malformed'],
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
    ['a battery over 100 %', 'motion', { motion: true, battery: 255 }, 'wrong-type'],
    ['a seq below 0', 'motion', { motion: true, seq: -1 }, 'wrong-type'],
    ['a seq with a fraction', 'motion', { motion: true, seq: 1.5 }, 'wrong-type'],
    [
      'a time without a zone',
      'motion',
      { motion: true, timestamp: '2026-01-01T00:00' },
      'wrong-type',
    ],
    ['S15: 1 MB', 'motion', { motion: true, x: 'x'.repeat(1e6) }, 'too-large'],
    ['S15: depth 20,000', 'motion', '['.repeat(20_000), 'too-large'],
    ['S15: depth 8,000', 'motion', `{"a":${'['.repeat(8000)}${']'.repeat(8000)}}`, 'forbidden-key'],
    ['S15: no object', 'motion', '[true]', 'wrong-type'],
    ['S15: invalid UTF-8', 'motion', '{"motion":true,"x":"\xff"}', 'malformed'],
    [
      'S15: many keys',
      'motion',
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i])),
      'wrong-type',
    ],
    ['S2: a prototype key', 'motion', '{"__proto__":{"x":1},"motion":true}', 'forbidden-key'],
    ['S2: an operator, deep', 'motion', { motion: true, a: [{ $set: 1 }] }, 'forbidden-key'],
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
