import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { baseLoadW, initialMeter, measuredPowerW, meterMessage, nextReading } from './meters';
import { createRandom } from './random';

const METER = { id: 'm', name: 'm', wholeHouse: true, share: 1, startKWh: 4000 };
const HOUR_MS = 3_600_000;

const readings = fc.array(
  fc.record({
    elapsedMs: fc.integer({ min: 0, max: HOUR_MS }),
    powerW: fc.integer({ min: 0, max: 9000 }),
  }),
);

describe('a simulated meter', () => {
  it('counts exactly the integral of the power it said, and never back', () => {
    fc.assert(
      fc.property(readings, (steps) => {
        let state = initialMeter(METER);
        let integralKWh = METER.startKWh;
        for (const { elapsedMs, powerW } of steps) {
          integralKWh += (state.powerW / 1000) * (elapsedMs / HOUR_MS);
          const next = nextReading(state, elapsedMs, powerW);
          assert.ok(next.energyKWh >= state.energyKWh);
          assert.equal(next.seq, state.seq + 1);
          state = next;
        }
        assert.ok(Math.abs(state.energyKWh - integralKWh) < 1e-9);
      }),
    );
  });

  it('counts the same however often it is read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (times) => {
        let state = nextReading(initialMeter(METER), 0, 1000);
        for (let time = 0; time < times; time += 1)
          state = nextReading(state, HOUR_MS / times, 1000);
        assert.ok(Math.abs(state.energyKWh - METER.startKWh - 1) < 1e-9);
      }),
    );
  });

  it('shows a day: little at night, most in the evening, without jumps, each day the same', () => {
    const at = (hour: number) => baseLoadW(Date.UTC(2026, 10, 22, hour));
    const day = Array.from({ length: 24 }, (_, hour) => at(hour));
    assert.equal(day.indexOf(Math.min(...day)), 3);
    assert.equal(day.indexOf(Math.max(...day)), 20);
    fc.assert(
      fc.property(fc.nat(4e12), (now) => {
        assert.ok(Math.abs(baseLoadW(now) - baseLoadW(now + 24 * HOUR_MS)) < 1e-3);
        assert.ok(Math.abs(baseLoadW(now) - baseLoadW(now + 60_000)) < 5);
      }),
    );
  });

  it('sees what the devices draw, if it measures the whole house', () => {
    const power = (wholeHouse: boolean, devicesW: number) =>
      measuredPowerW({ ...METER, wholeHouse }, { now: 0, devicesW }, createRandom(1, 'p'));
    assert.ok(Math.abs(power(true, 1200) - power(true, 0) - 1200) < 0.11);
    assert.equal(power(false, 1200), power(false, 0));
  });

  it('says W, kWh, V and A that fit together', () => {
    const state = nextReading(initialMeter(METER), 0, 460);
    const message = JSON.parse(meterMessage(state, 0, createRandom(1, 'v'))) as Record<
      string,
      number
    >;
    assert.deepEqual([message['power'], message['energy'], message['seq']], [460, 4000, 1]);
    assert.ok(Math.abs(message['voltage']! * message['current']! - 460) < 2);
  });
});
