import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Tariff } from '../../contract/tariff';
import { HomeCalendar } from './calendar';
import { sampleBills } from './sample-bill';

const LOME = new HomeCalendar('Africa/Lome');
const PARIS = new HomeCalendar('Europe/Paris');

describe('a sample bill', () => {
  const at = Date.parse('2026-11-15T12:00:00Z');

  it('M5: is what the tranches of the month make of it, with the monthly fee', () => {
    const tariff: Tariff = {
      currency: 'XOF',
      versions: [
        { validFrom: '2025-01-01', kind: 'flat', price: '200' },
        {
          validFrom: '2026-01-01',
          monthlyFee: '500',
          kind: 'tranches',
          tranches: [{ upTo: 120, price: '88' }, { upTo: 350, price: '123' }, { price: '145' }],
        },
      ],
    };
    assert.deepEqual(sampleBills(tariff, { kWh: 425.8, at, calendar: LOME }), [
      { energyCost: 85_160, monthlyFee: 0, total: 85_160 },
      { energyCost: 49_841, monthlyFee: 500, total: 50_341 },
    ]);
  });

  it('spreads the energy evenly over the hours of the week, also where the clock changes', () => {
    const tariff: Tariff = {
      currency: 'EUR',
      versions: [
        {
          validFrom: '2026-01-01',
          kind: 'tou',
          price: '0.10',
          bands: [
            { name: 'day', days: [0, 1, 2, 3, 4, 5, 6], from: '06:00', to: '18:00', price: '0.30' },
          ],
        },
      ],
    };
    const of = (month: string) =>
      sampleBills(tariff, { kWh: 745, at: Date.parse(`${month}-10T00:00:00Z`), calendar: PARIS });
    // 744 hours, half of them by day.
    assert.deepEqual(of('2026-12'), [{ energyCost: 149, monthlyFee: 0, total: 149 }]);
    // 745 hours with one more by night.
    assert.deepEqual(of('2026-10'), [{ energyCost: 148.9, monthlyFee: 0, total: 148.9 }]);
  });
});
