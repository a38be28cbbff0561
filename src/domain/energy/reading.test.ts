import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { RefusedMessage } from '../intake/refused-message';
import { admission, instantOf, readMeterMessage } from './reading';
import { reading, T0 } from './traces.suite';
import { DAY_MS, MINUTE_MS } from './units';

describe('what a meter says', () => {
  it('M14: comes in W or kW, Wh or kWh', () => {
    const inKWh = readMeterMessage({ power: 1.5, powerUnit: 'kW', energy: 359.067 });
    const inWh = readMeterMessage({ power: 1500, energy: 359_067, energyUnit: 'Wh' });
    assert.deepEqual(inKWh, inWh);
    assert.deepEqual(inKWh, { timestamp: null, seq: null, powerW: 1500, energy: 359_067_000_000 });
  });

  it('has its time as ISO text or milliseconds', () => {
    const at = Date.parse('2026-03-01T12:00:00Z');
    for (const timestamp of ['2026-03-01T12:00:00Z', '2026-03-01T13:00:00+01:00', at]) {
      assert.equal(readMeterMessage({ power: 1, timestamp }).timestamp, at);
    }
  });

  const refused: Record<string, Record<string, unknown>> = {
    'an unknown unit': { power: 1, powerUnit: 'hp' },
    'another unknown unit': { energy: 1, energyUnit: 'MJ' },
    'a power that is no number': { power: '12' },
    'an infinite power': { power: Infinity },
    'a NaN': { energy: NaN },
    'a negative counter': { energy: -1 },
    'a counter nobody can count': { energy: 1e7 },
    'a time that is none': { power: 1, timestamp: 'yesterday' },
    'a broken seq': { power: 1, seq: 1.5 },
    'neither power nor energy': { voltage: 230 },
  };
  for (const [name, body] of Object.entries(refused)) {
    it(`M14: ${name} is refused with a reason`, () => {
      assert.throws(
        () => readMeterMessage(body),
        (error: unknown) => {
          assert.ok(error instanceof RefusedMessage);
          assert.equal(error.reason, 'wrong-type');
          assert.match(error.detail.fr, /il faut|il manque|plus de/);
          assert.match(error.detail.en, /this must be|is given|more than/);
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

  it('M6: late counts within 10 days before the newest, in order up to 400 days back', () => {
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
    assert.equal(told(401, null), 'too-old');
  });
});
