import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { judgeReport, type Wanted } from './command';
import type { Report } from './report';
import { initialState, reported, type DeviceState } from './state';

const COMMAND = 'a-command';

function judged(wanted: Wanted, before: DeviceState, report: Report) {
  const after = reported(before, report, 0);
  return judgeReport({ wanted, commandId: COMMAND, before }, report, after);
}

function lamp(attributes: Report['attributes'] = {}, status = true): DeviceState {
  return reported(initialState(1), { status, attributes }, 0);
}

describe('what a report says about a command', () => {
  const to = (attributes: Wanted['attributes']): Wanted => ({ attributes });
  const says = (attributes: Report['attributes'], more: Partial<Report> = {}): Report => ({
    attributes,
    ...more,
  });

  const obeyed: [string, Wanted, DeviceState, Report][] = [
    [
      'brightness 40 as 39',
      to({ brightness: 40 }),
      lamp({ brightness: 100 }),
      says({ brightness: 39 }),
    ],
    [
      '21.3 as the float below it',
      to({ targetTemperature: 21.3 }),
      lamp({ targetTemperature: 19 }),
      says({ targetTemperature: 21.299999999999997 }),
    ],
    [
      '21.3 as 21.5',
      to({ targetTemperature: 21.3 }),
      lamp({ targetTemperature: 19 }),
      says({ targetTemperature: 21.5 }),
    ],
    [
      'kelvins kept as mireds',
      to({ colorTemperature: 6500 }),
      lamp({ colorTemperature: 2700 }),
      says({ colorTemperature: 6494 }),
    ],
    ['a value it never told before', to({ brightness: 40 }), lamp(), says({ brightness: 41 })],
    ['a share of 1', to({ level: 0.4 }), lamp({ level: 1 }), says({ level: 0.392 })],
    ['a mode in capitals', to({ mode: 'cool' }), lamp({ mode: 'HEAT' }), says({ mode: 'COOL' })],
    [
      'one of two things, the other being so',
      { status: true, attributes: { brightness: 40 } },
      lamp({ brightness: 10 }),
      says({ brightness: 40 }),
    ],
  ];
  for (const [name, wanted, before, report] of obeyed) {
    it(`M8: ${name}, without an id, confirms`, () => {
      assert.equal(judged(wanted, before, report), 'confirmed');
    });
  }

  const unrelated: [string, Wanted, DeviceState, Report][] = [
    [
      'an older state that is a step away',
      to({ speed: 2 }),
      lamp({ speed: 1 }),
      says({ speed: 1 }),
    ],
    ['a blind on its way', to({ position: 100 }), lamp({ position: 0 }), says({ position: 70 })],
    ['half of a whole', to({ level: 1 }), lamp({ level: 0 }), says({ level: 0.5 })],
    ['another attribute', to({ brightness: 40 }), lamp({ brightness: 40 }), says({ power: 7 })],
    [
      'one of two things, the other not being so',
      { status: false, attributes: { brightness: 40 } },
      lamp({ brightness: 10 }),
      says({ brightness: 40 }),
    ],
    [
      'an answer to another command',
      to({ brightness: 40 }),
      lamp(),
      says({ brightness: 40 }, { commandId: 'another' }),
    ],
    ['a name of the language itself', to({ toString: 'x' }), lamp(), says({ power: 1 })],
  ];
  for (const [name, wanted, before, report] of unrelated) {
    it(`M8: ${name} does not confirm`, () => {
      assert.equal(judged(wanted, before, report), 'unrelated');
    });
  }

  it('M8: with its id it confirms, however it rounds, and refuses only by the opposite status', () => {
    const by = { commandId: COMMAND };
    assert.equal(judged(to({ brightness: 40 }), lamp(), says({ brightness: 10 }, by)), 'confirmed');
    const off: Wanted = { status: false, attributes: {} };
    assert.equal(judged(off, lamp(), says({}, { ...by, status: true })), 'refused');
    assert.equal(judged(off, lamp(), says({}, { status: true })), 'unrelated');
  });

  it('M8: what is not closer than before, or more than a step away, never confirms by itself', () => {
    const value = fc.double({ min: -10_000, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(value, value, value, (wanted, was, is) => {
        const result = judged(to({ x: wanted }), lamp({ x: was }), says({ x: is }));
        const awayBy = Math.abs(is - wanted);
        const step = Math.max(1, Math.abs(wanted) / 100);
        if (is === wanted) assert.equal(result, 'confirmed');
        else if (awayBy >= Math.abs(was - wanted) || awayBy > step)
          assert.equal(result, 'unrelated');
      }),
    );
  });

  it('M8: every value of a scale from 0 to 255 that stands for a percentage confirms that percentage', () => {
    const round = fc.constantFrom(Math.round, Math.floor, Math.ceil);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), round, round, (wanted, there, back) => {
        const is = back((there((wanted * 255) / 100) * 100) / 255);
        const far = wanted > 50 ? 0 : 100;
        const report = says({ brightness: is });
        assert.equal(
          judged(to({ brightness: wanted }), lamp({ brightness: far }), report),
          'confirmed',
        );
      }),
    );
  });
});
