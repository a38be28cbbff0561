import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { rollUp } from './buckets';
import { homeCalendar } from './calendar';
import { advance, BEGINNING, type Advance } from './checkpoint';
import { DECLARATION, shuffled, TRACES, type Trace } from './traces.suite';
import { microWh, MICRO_WH_PER_KWH } from './units';

function run({ declaration, readings }: Trace): Advance {
  return advance({ ...DECLARATION, ...declaration }, BEGINNING, readings);
}

function total(advanced: Advance): number {
  return advanced.buckets.reduce((sum, { energy }) => sum + energy, 0);
}

function near(energy: number, kWh: number): boolean {
  return Math.abs(energy - microWh(kWh)) <= Math.max(microWh(kWh) * 0.001, 10);
}

describe('meter traces with known truth', () => {
  it('are at least 30', () => assert.ok(TRACES.length >= 30, String(TRACES.length)));

  for (const trace of TRACES) {
    describe(trace.name, () => {
      const advanced = run(trace);

      it(`is ${trace.truth.toFixed(3)} kWh, never negative, time never counted twice`, () => {
        const energy = total(advanced);
        assert.ok(near(energy, trace.truth), `${energy / MICRO_WH_PER_KWH} kWh`);
        let last = -Infinity;
        for (const { from, to, energy: part } of advanced.slices) {
          assert.ok(part >= 0 && Number.isSafeInteger(part));
          assert.ok(from >= last && to > from);
          last = to;
        }
      });

      it('M6: is the same for any order and copies', () => {
        for (const seed of [1, 2, 3]) {
          const again = run({ ...trace, readings: shuffled(trace.readings, 0.3, seed) });
          assert.deepEqual(again.buckets, advanced.buckets);
          assert.deepEqual(again.events, advanced.events);
        }
      });

      if (trace.days) {
        it('M4: has its energy on the right days', () => {
          const calendar = homeCalendar(trace.zone ?? 'Africa/Lome');
          const days = rollUp(advanced.buckets, calendar, 'day');
          assert.equal(days.length, Object.keys(trace.days ?? {}).length);
          for (const [date, kWh] of Object.entries(trace.days ?? {})) {
            const day = days.find(({ start }) => start === calendar.dateStart(date));
            assert.ok(day && near(day.energy, kWh), `${date}: ${day?.energy ?? 'missing'}`);
          }
        });
      }
      if (trace.events) {
        it(`M1, M2: tells ${trace.events.join(', ') || 'nothing'}`, () => {
          assert.deepEqual(
            advanced.events.map(({ event }) => event),
            trace.events,
          );
        });
      }
      if (trace.dropped) {
        it('counts what it dropped', () => {
          const { dropped } = advanced.checkpoint.meter;
          assert.deepEqual({ ...dropped, ...trace.dropped }, dropped);
        });
      }
    });
  }
});
