import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { createRandom } from './random';
import {
  afterMessage,
  initialSensor,
  lastsMs,
  measured,
  NOTICING_TYPES,
  sensorMessage,
  untilEventMs,
} from './sensors';

const DOOR = {
  id: '7',
  name: 'Porte',
  type: 'door',
  location: 'Entrée',
  battery: 80,
  offset: 0,
} as const;

describe('a simulated sensor', () => {
  it('counts its messages up by one, and its battery never rises nor falls below 0', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.array(fc.boolean()), (battery, values) => {
        let state = initialSensor({ ...DOOR, battery });
        for (const [index, value] of values.entries()) {
          const next = afterMessage(state, value);
          assert.deepEqual([next.seq, next.value], [index + 1, value]);
          assert.ok(next.battery <= state.battery && next.battery >= 0);
          state = next;
        }
      }),
    );
  });

  it('loses some of its battery within a day of messages each minute', () => {
    let state = initialSensor(DOOR);
    for (let minute = 0; minute < 24 * 60; minute += 1) state = afterMessage(state, false);
    assert.ok(state.battery < 60 && state.battery > 40, `${state.battery} %`);
  });

  it('says its value in the field of its type', () => {
    const state = afterMessage(initialSensor(DOOR), true);
    assert.deepEqual(JSON.parse(sensorMessage('door', state, Date.UTC(2026, 10, 22))), {
      door: true,
      battery: 80,
      timestamp: '2026-11-22T00:00:00.000Z',
      seq: 1,
    });
  });

  it('measures what can be, warmest and driest in the afternoon', () => {
    fc.assert(
      fc.property(fc.nat(4e12), fc.integer(), (now, seed) => {
        const random = createRandom(seed, 'value');
        const humidity = measured('humidity', 2, now, random);
        assert.ok(humidity >= 0 && humidity <= 100);
        const temperature = measured('temperature', 0, now, random);
        assert.ok(temperature > 20 && temperature < 35);
      }),
    );
    const at = (type: 'temperature' | 'humidity', hour: number) =>
      measured(type, 0, Date.UTC(2026, 10, 22, hour), createRandom(1, 'value'));
    assert.ok(at('temperature', 15) > at('temperature', 4) + 4);
    assert.ok(at('humidity', 15) < at('humidity', 4) - 10);
  });

  it('notices more often in a busier house', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NOTICING_TYPES), fc.integer(), (type, seed) => {
        const wait = (activity: number) => untilEventMs(type, activity, createRandom(seed, 'e'));
        assert.ok(Math.abs(wait(1) - 10 * wait(10)) < 1e-3);
        assert.ok(lastsMs(type, createRandom(seed, 'e')) >= 3000);
      }),
    );
  });
});
