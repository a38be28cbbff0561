import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { DEFAULT_TARIFF, tariff as tariffSchema, type Tariff } from '../../contract/tariff';
import { bucketsOf, missing, type Bucket } from './buckets';
import { homeCalendar } from './calendar';
import { apportion, moneyText, readMoney, rounded, roundedParts } from './money';
import { totalCost } from './cost';
import { feeOver, HomeCosts, rate, rollUpRated, usedBefore } from './rating';
import { homeTariff } from './tariff';
import { T0 } from './traces.suite';
import { DAY_MS, HOUR_MS, microWh, MINUTE_MS } from './units';
import { often } from '../../../test/support/often';

const lome = homeCalendar('Africa/Lome');
const paris = homeCalendar('Europe/Paris');
const MONTH = Date.parse('2026-03-01T00:00:00Z');

/** Energy that flows evenly from one time to another, in buckets of 5 minutes. */
function flow(from: number, to: number, kWh: number): readonly Bucket[] {
  return bucketsOf([{ from, to, energy: microWh(kWh), quality: 'measured', method: 'counter' }]);
}

function priced(tariff: Tariff, buckets: readonly Bucket[], calendar = lome): number {
  tariffSchema.parse(tariff);
  const { rated } = rate(buckets, homeTariff(tariff, calendar));
  return rounded(totalCost(rated, tariff.currency).amount ?? 0n, tariff.currency);
}

const TRANCHES: Tariff = {
  currency: 'XOF',
  versions: [
    {
      validFrom: '2020-01-01',
      kind: 'tranches',
      tranches: [{ upTo: 120, price: '88' }, { upTo: 350, price: '123' }, { price: '145' }],
    },
  ],
};

const NIGHT: Tariff = {
  currency: 'EUR',
  versions: [
    {
      validFrom: '2020-01-01',
      kind: 'tou',
      price: '0.27',
      bands: [
        {
          name: 'creuses',
          days: [0, 1, 2, 3, 4, 5, 6],
          from: '22:00',
          to: '06:00',
          price: '0.2068',
        },
      ],
    },
  ],
};

describe('what energy costs', () => {
  it('M5: is 200 XOF a kWh until a home says otherwise', () => {
    assert.equal(priced(DEFAULT_TARIFF, flow(T0, T0 + DAY_MS, 1.234)), 247);
  });

  for (const [kWh, cost] of [
    [120, 10_560],
    [350, 38_850],
    [425.8, 49_841],
  ] as const) {
    it(`M5: in tranches ${kWh} kWh are ${cost}, however fine they are cut`, () => {
      assert.equal(priced(TRANCHES, flow(MONTH, MONTH + 31 * DAY_MS, kWh)), cost);
      assert.equal(priced(TRANCHES, flow(MONTH + 7, MONTH + 7 + HOUR_MS, kWh)), cost);
    });
  }

  it('M5: tranches begin anew with the month, and a delta over its end is split', () => {
    const buckets = flow(MONTH - 120 * HOUR_MS, MONTH + 120 * HOUR_MS, 240);
    assert.equal(priced(TRANCHES, buckets), 2 * 120 * 88);
  });

  it('M5: a tranche count goes on when the tariff changes within the month', () => {
    const dearer = TRANCHES.versions.map((version) => ({
      ...version,
      validFrom: '2026-03-16',
      ...(version.kind === 'tranches' && {
        tranches: [{ upTo: 120, price: '100' }, { price: '200' }],
      }),
    }));
    const tariff = { ...TRANCHES, versions: [...TRANCHES.versions, ...dearer] };
    // 100 kWh before the change; 20 of the next 50 still fit into the first tranche.
    const before = flow(MONTH, MONTH + DAY_MS, 100);
    const after = flow(MONTH + 16 * DAY_MS, MONTH + 17 * DAY_MS, 50);
    assert.equal(priced(tariff, [...before, ...after]), 100 * 88 + 20 * 100 + 30 * 200);
  });

  it('M5: counting goes on from what the month had used', () => {
    const tariff = homeTariff(TRANCHES, lome);
    const buckets = flow(MONTH, MONTH + 20 * DAY_MS, 400);
    const cut = 1234;
    const first = rate(buckets.slice(0, cut), tariff);
    const rest = rate(buckets.slice(cut), tariff, first.used);
    const whole = rate(buckets, tariff);
    assert.deepEqual([...first.rated, ...rest.rated], whole.rated);
    assert.deepEqual(usedBefore(buckets[cut]!.start, buckets, lome), first.used);
  });

  it('M5: a delta across a price change is split at home midnight', () => {
    const tariff: Tariff = {
      currency: 'EUR',
      versions: [
        { validFrom: '2020-01-01', kind: 'flat', price: '0.20' },
        { validFrom: '2026-07-01', kind: 'flat', price: '0.30' },
      ],
    };
    const midnight = Date.parse('2026-06-30T22:00:00Z');
    assert.equal(
      priced(tariff, flow(midnight - 5 * HOUR_MS, midnight + 5 * HOUR_MS, 10), paris),
      2.5,
    );
    const { rated } = rate(
      flow(midnight - HOUR_MS, midnight + HOUR_MS, 2),
      homeTariff(tariff, paris),
    );
    assert.deepEqual(
      new Set(rated.map(({ cost }) => cost !== 'mixed' && cost?.tariff)),
      new Set(['2020-01-01', '2026-07-01']),
    );
  });

  it('M5: the first version also holds before its date', () => {
    const tariff: Tariff = {
      currency: 'XOF',
      versions: [{ validFrom: '2030-01-01', kind: 'flat', price: '50' }],
    };
    assert.equal(priced(tariff, flow(T0, T0 + HOUR_MS, 2)), 100);
  });

  it('M5: a band across midnight belongs to the day it begins on', () => {
    const friday: Tariff = {
      currency: 'XOF',
      versions: [
        {
          validFrom: '2020-01-01',
          kind: 'tou',
          price: '10',
          bands: [{ name: 'fête', days: [4], from: '22:00', to: '02:00', price: '1000' }],
        },
      ],
    };
    const midnight = Date.parse('2026-03-07T00:00:00Z'); // Saturday
    assert.equal(priced(friday, flow(midnight - 2 * HOUR_MS, midnight + 2 * HOUR_MS, 4)), 4000);
    assert.equal(priced(friday, flow(midnight + 2 * HOUR_MS, midnight + 6 * HOUR_MS, 4)), 40);
    assert.equal(priced(friday, flow(midnight - 26 * HOUR_MS, midnight - 22 * HOUR_MS, 4)), 40);
    // Sunday night goes on into Monday, over the week's end.
    const sunday = structuredClone(friday);
    Object.assign((sunday.versions[0] as { bands: object[] }).bands[0]!, { days: [6] });
    const monday = Date.parse('2026-03-09T00:00:00Z');
    assert.equal(priced(sunday, flow(monday - 2 * HOUR_MS, monday + 2 * HOUR_MS, 4)), 4000);
  });

  it('M4, M5: a night band has 7 h in the spring night of Paris and 9 h in the autumn one', () => {
    for (const [date, night, day] of [
      ['2026-03-29', 7, 16],
      ['2026-10-25', 9, 16],
      ['2026-06-10', 8, 16],
    ] as const) {
      const six = paris.shift(
        'hour',
        paris.dateStart(date),
        date === '2026-03-29' ? 5 : date === '2026-10-25' ? 7 : 6,
      );
      assert.equal(paris.hour(six), 6);
      const from = six - night * HOUR_MS;
      assert.equal(paris.hour(from), 22);
      assert.equal(
        priced(NIGHT, flow(from, six, night * 10), paris),
        Number((night * 2.068).toFixed(2)),
      );
      assert.equal(
        priced(NIGHT, flow(six, six + day * HOUR_MS, day * 10), paris),
        Number((day * 2.7).toFixed(2)),
      );
      // Priced in one piece it is the same: the bucket is cut at the edges.
      const whole = {
        start: from,
        end: six + day * HOUR_MS,
        energy: microWh((night + day) * 10),
        coveredMs: 1,
        quality: 'measured' as const,
      };
      assert.equal(priced(NIGHT, [whole], paris), Number((night * 2.068 + day * 2.7).toFixed(2)));
    }
  });

  it('M5: rounds once and half up: 0.5 XOF is 1, parts of 0.5 add up to their sum', () => {
    const tariff: Tariff = {
      currency: 'XOF',
      versions: [{ validFrom: '2020-01-01', kind: 'flat', price: '1' }],
    };
    assert.equal(priced(tariff, flow(T0, T0 + HOUR_MS, 0.5)), 1);
    assert.equal(priced(tariff, flow(T0, T0 + HOUR_MS, 0.499999999)), 0);
    const half = readMoney('0.5');
    assert.deepEqual(roundedParts([half, half, half], 'XOF'), [1, 1, 0]);
    assert.deepEqual(roundedParts([half, half, readMoney('0.6')], 'XOF'), [1, 0, 1]);
    assert.equal(rounded(readMoney('1.005'), 'EUR'), 1.01);
    assert.equal(rounded(readMoney('1.0005'), 'KWD'), 1.001);
  });

  it('M5: what is not known costs null', () => {
    const { rated } = rate([missing({ start: T0, end: T0 + HOUR_MS })], homeTariff(TRANCHES, lome));
    assert.equal(rated[0]?.cost, null);
    assert.equal(totalCost(rated, 'XOF').amount, null);
  });

  it('M5: monthly fees run through the month, and change with the version', () => {
    const tariff = homeTariff(
      {
        currency: 'XOF',
        versions: [
          { validFrom: '2020-01-01', kind: 'flat', price: '1', monthlyFee: '3100' },
          { validFrom: '2026-03-11', kind: 'flat', price: '1', monthlyFee: '6200' },
        ],
      },
      lome,
    );
    const march = { start: MONTH, end: MONTH + 31 * DAY_MS };
    assert.equal(rounded(feeOver(tariff, march), 'XOF'), 1000 + 4200);
    const days = lome.slots('day', march.start, march.end).map((day) => feeOver(tariff, day));
    assert.equal(
      days.reduce((sum, fee) => sum + fee, 0n),
      feeOver(tariff, march),
    );
  });

  it('a device pays its share of what the home pays; where the home is not known, the tariff', () => {
    const tariff = homeTariff(TRANCHES, lome);
    const home = rate(flow(MONTH, MONTH + DAY_MS, 240), tariff).rated;
    const half = flow(MONTH, MONTH + DAY_MS, 120);
    const costs = new HomeCosts();
    assert.equal(rounded(costs.costOf(half, tariff).total('XOF').amount ?? 0n, 'XOF'), 120 * 88);
    costs.add(home);
    assert.equal(
      rounded(costs.costOf(half, tariff).total('XOF').amount ?? 0n, 'XOF'),
      (120 * 88 + 120 * 123) / 2,
    );
  });

  it('M5: for any energies and any tariff, coarser costs are exact sums, and shown parts add up', () => {
    const price = fc.integer({ min: 0, max: 999_999_999 }).map((n) => (n / 1e6).toFixed(6));
    const anyTariff: fc.Arbitrary<Tariff> = fc.constantFrom('XOF', 'EUR', 'KWD').chain((currency) =>
      fc.oneof(
        price.map((text) => ({
          currency,
          versions: [{ validFrom: '2020-01-01', kind: 'flat' as const, price: text }],
        })),
        fc.tuple(price, price).map(([a, b]) => ({
          currency,
          versions: [
            {
              validFrom: '2020-01-01',
              kind: 'tranches' as const,
              tranches: [{ upTo: 3, price: a }, { price: b }],
            },
          ],
        })),
      ),
    );
    fc.assert(
      fc.property(
        anyTariff,
        fc.array(fc.integer({ min: 0, max: 5e9 }), { maxLength: 60 }),
        (tariff, energies) => {
          const buckets = energies.map((energy, i) => ({
            start: T0 + i * 7 * HOUR_MS,
            end: T0 + i * 7 * HOUR_MS + 5 * MINUTE_MS,
            energy,
            coveredMs: 5 * MINUTE_MS,
            quality: 'measured' as const,
          }));
          const { rated } = rate(buckets, homeTariff(tariff, lome));
          const { currency } = tariff;
          const whole = totalCost(rated, currency).amount;
          const days = rollUpRated(rated, lome, 'day');
          assert.equal(totalCost(days, currency).amount, whole);
          assert.equal(totalCost(rollUpRated(days, lome, 'month'), currency).amount, whole);
          const costs = days.map((day) => totalCost([day], currency).amount ?? 0n);
          const shown = roundedParts(costs, tariff.currency).reduce((sum, part) => sum + part, 0);
          assert.ok(Math.abs(shown - rounded(whole ?? 0n, tariff.currency)) < 1e-6);
        },
      ),
      { numRuns: often(100) },
    );
  });

  it('amounts survive being stored, and shares give out all there is', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 30n), 10n ** 30n),
        (amount) => readMoney(moneyText(amount)) === amount,
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 10n ** 15n), { minLength: 1 }), (weights) => {
        const shares = apportion(1000n, weights);
        const sum = shares.reduce((total, share) => total + share, 0n);
        assert.equal(sum, weights.some((weight) => weight > 0n) ? 1000n : 0n);
      }),
    );
    assert.throws(() => readMoney('1e3'), RangeError);
  });
});
