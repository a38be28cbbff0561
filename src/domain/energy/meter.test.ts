import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { countMeter, NEW_METER, type MeterDeclaration } from './meter';
import { DECLARATION, T0 } from './traces.suite';
import { HOUR_MS, microWh, MINUTE_MS } from './units';

/** What a meter counts that says these kWh at these minutes. */
function counted(
  values: readonly (readonly [minute: number, kWh: number])[],
  declaration: Partial<MeterDeclaration> = {},
) {
  const said = values.map(([minute, kWh]) => ({
    ...{ at: T0 + minute * MINUTE_MS, seq: null, powerW: null },
    energy: microWh(kWh),
  }));
  const { slices, events, state } = countMeter({ ...DECLARATION, ...declaration }, NEW_METER, said);
  const minuteOf = (at: number) => (at - T0) / MINUTE_MS;
  return {
    slices: slices.map(({ from, to, energy }) => [minuteOf(from), minuteOf(to), energy / 1e9]),
    kWh: slices.reduce((sum, { energy }) => sum + energy, 0) / 1e9,
    events: events.map(({ event, at }) => [event, minuteOf(at)]),
    dropped: state.dropped,
  };
}

describe('a counter', () => {
  describe('M1: that falls', () => {
    it('is told once, until it rises again', () => {
      const backwards = Array.from({ length: 60 }, (_, i) => [i, 100 - i * 0.1] as const);
      const { kWh, events } = counted([...backwards, [60, 94.1], [61, 94.3], [62, 94], [63, 93.9]]);
      assert.deepEqual(events, [
        ['meter.reset', 1],
        ['meter.reset', 62],
      ]);
      assert.ok(Math.abs(kWh - 0.2) < 1e-9);
    });

    it('and that stands still meanwhile has not risen', () => {
      const { events } = counted([
        [0, 10],
        [1, 9],
        [2, 9],
        [3, 8],
      ]);
      assert.deepEqual(events, [['meter.reset', 1]]);
    });

    it('is told anew after a glitch that was undone', () => {
      const { events, kWh } = counted([
        [0, 1000],
        [1, 0],
        [2, 1000],
        [3, 999],
      ]);
      assert.deepEqual(events, [['meter.reset', 3]]);
      assert.equal(kWh, 0);
    });

    it('as often as there are falls after a rise, in whatever pieces it is counted', () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: -3, max: 1 }), { maxLength: 40 }), (steps) => {
          let [kWh, fallen, resets] = [1000, false, 0];
          const values = steps.map((step, i) => {
            kWh += step / 10;
            if (step < 0 && !fallen) resets += 1;
            if (step !== 0) fallen = step < 0;
            return [i + 1, kWh] as const;
          });
          // Every minute a tenth of a kWh is 6 kW, so no fall is ever undone: what was before is not reached again.
          const { events } = counted([[0, 1000], ...values]);
          assert.equal(events.length, resets);
        }),
      );
    });

    it('goes over its maximum only if as much can have flowed', () => {
      const wheel = { counterMaxKWh: 1000, maxPowerW: 6000 };
      // 10 kWh over the maximum: 100 minutes at 6 kW.
      const after = (minutes: number) =>
        counted(
          [
            [0, 995],
            [minutes, 5],
          ],
          wheel,
        );
      assert.deepEqual([after(100).kWh, after(100).events], [10, []]);
      assert.deepEqual([after(99).kWh, after(99).events], [0, [['meter.reset', 99]]]);
    });
  });

  describe('M2: that jumps', () => {
    it('counts at its own time once the next reading agrees', () => {
      const { slices, events } = counted(
        [
          [0, 100],
          [1, 101],
          [12 * 60 + 1, 101.1],
        ],
        { maxPowerW: 3000 },
      );
      assert.deepEqual(slices, [
        [0, 1, 1],
        [1, 721, 0.1],
      ]);
      assert.deepEqual(events, []);
    });

    it('is consumption for at most 24 h at maximum power, and beyond that another meter', () => {
      const jumped = (kWh: number) =>
        counted(
          [
            [0, 100],
            [1, 100 + kWh],
            [2, 100 + kWh],
          ],
          { maxPowerW: 3000 },
        );
      assert.deepEqual([jumped(72).kWh, jumped(72).events], [72, []]);
      assert.deepEqual([jumped(72.001).kWh, jumped(72.001).events], [0, [['meter.jumped', 1]]]);
    });

    it('and that no second reading agrees with is dropped and counted', () => {
      const { kWh, dropped, events } = counted([
        [0, 100],
        [1, 5000],
        [2, 100.1],
      ]);
      assert.ok(Math.abs(kWh - 0.1) < 1e-9);
      assert.deepEqual([dropped.jump, events], [1, []]);
    });
  });

  it('M1: what an older version has kept of a falling meter goes on', () => {
    const { seq, held, falls, gauge, dropped } = NEW_METER;
    const older = { seq, held, falls, gauge, dropped };
    const base = { at: T0, energy: microWh(10) };
    const said = { at: T0 + HOUR_MS, seq: null, powerW: null, energy: microWh(9) };
    const { events, state } = countMeter(DECLARATION, { ...older, base }, [said]);
    assert.deepEqual([events.length, state.fallen], [1, true]);
  });
});
