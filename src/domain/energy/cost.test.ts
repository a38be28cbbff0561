import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Tariff } from '../../contract/tariff';
import { homeCalendar } from './calendar';
import { totalCost, type Rated } from './cost';
import { deviceFigures, statsFigures } from './figures';
import { historyPoints, historyRange } from './history';
import { packBuckets, unpackBuckets } from './packs';
import { feeOver, HomeCosts, rate, rollUpRated } from './rating';
import { homeTariff } from './tariff';
import { DAY_MS, HOUR_MS, microWh } from './units';
import { often } from '../../../test/support/often';

const paris = homeCalendar('Europe/Paris');
const START = Date.parse('2026-03-27T23:00:00Z');
const NOW = START + 6 * DAY_MS;

const flat = (currency: string, price: string, monthlyFee = '0'): Tariff => ({
  currency,
  versions: [{ validFrom: '2020-01-01', kind: 'flat', price, monthlyFee }],
});
const FRANCS = flat('XOF', '200', '31000');
const EUROS = homeTariff(flat('EUR', '0.25', '31'), paris, [FRANCS]);
const UNSET = homeTariff({ currency: 'GBP', versions: [] }, paris);

const hour = (i: number, kWh: number) => ({
  ...{ start: START + i * HOUR_MS, end: START + (i + 1) * HOUR_MS, energy: microWh(kWh) },
  ...{ coveredMs: HOUR_MS, quality: 'measured' as const },
});

/** Hours of a home, each in the currency it was paid in; `''`: nobody had set a tariff. */
const anyHome = fc
  .array(
    fc.record({
      currency: fc.constantFrom('XOF', 'EUR', ''),
      // The same for long, so that there are days of one and days of several.
      length: fc.integer({ min: 1, max: 60 }),
      kWh: fc.constantFrom(0, 0.4, 1, 2.125),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((runs) => {
    const hours = runs.flatMap((run) => Array<(typeof runs)[number]>(run.length).fill(run));
    return hours
      .slice(0, 6 * 24)
      .map(({ currency, kWh }, i) => ({ currency, bucket: hour(i, kWh) }));
  });

const ratedOf = (home: readonly { currency: string; bucket: ReturnType<typeof hour> }[]) =>
  home.flatMap(
    ({ currency, bucket }): readonly Rated[] =>
      rate([bucket], currency === '' ? UNSET : EUROS, undefined, () => currency || 'GBP').rated,
  );

/** What a span may show, worked out by hand: its one currency, or why there is none. */
function expected(rated: readonly Rated[]): { currency: string | null; reason: string | null } {
  const known = rated.filter(({ energy }) => energy !== null);
  if (known.length === 0) return { currency: null, reason: null };
  if (known.some(({ cost }) => cost === null)) return { currency: null, reason: 'no-tariff' };
  const paid = known.flatMap(({ cost }) =>
    cost !== null && cost !== 'mixed' && cost.energyCost > 0n ? [cost.currency] : [],
  );
  if (new Set(paid).size > 1) return { currency: null, reason: 'mixed-currencies' };
  const [first] = known.map(({ cost }) => (cost === 'mixed' ? '' : (cost?.currency ?? '')));
  return { currency: paid[0] ?? first ?? '', reason: null };
}

describe('M18: an amount keeps its currency', () => {
  it('two currencies never meet: not in sums, days, months, stats or what devices paid', () => {
    fc.assert(
      fc.property(anyHome, (home) => {
        const rated = ratedOf(home);
        const wanted = expected(rated);
        // By sums of any grain, and by what is in the store of them.
        const days = rollUpRated(rated, paris, 'day');
        const stored = unpackBuckets(packBuckets(days, START, DAY_MS), START, DAY_MS);
        for (const finer of [rated, days, stored, rollUpRated(days, paris, 'month')]) {
          const { currency, reason } = totalCost(finer, wanted.currency ?? 'EUR');
          assert.deepEqual({ currency, reason }, wanted);
        }
        const stats = statsFigures({ start: START, end: NOW }, rated, EUROS, NOW);
        assert.equal(stats.currency, wanted.currency ?? undefined);
        assert.equal(stats.costReason, wanted.reason ?? undefined);
        assert.equal(stats.totalCost === null, wanted.currency === null);
        for (const step of ['hour', 'day', 'month'] as const) {
          const range = historyRange(
            { from: new Date(START).toISOString(), to: new Date(NOW).toISOString(), step },
            NOW,
            paris,
          );
          historyPoints(range, rated, EUROS, NOW).forEach((point, i) => {
            const { start, end } = range.slots[i] ?? assert.fail();
            const parts = rated.filter((one) => one.start >= start && one.start < end);
            const { currency, reason } = expected(parts);
            assert.equal(point.currency, currency ?? undefined);
            assert.equal(point.costReason, reason ?? undefined);
            if (currency === null) return assert.equal(point.cost, null);
            const energy = parts.reduce((sum, one) => sum + (one.energy ?? 0), 0);
            // Its own price and fee; the fee is 1000 a day in one and 1 in the other.
            const price = currency === 'XOF' ? 200 : 0.25;
            const fee = Number(feeOver(EUROS, { start, end: Math.min(end, NOW) }, currency)) / 1e15;
            const coin = currency === 'XOF' ? 1 : 0.01;
            const cost = (energy / 1e9) * price + fee;
            assert.ok(Math.abs((point.cost ?? NaN) - cost) <= coin, `${point.cost} ${cost}`);
          });
        }
      }),
      { numRuns: often(200) },
    );
  });

  it('devices pay in the home’s currency of each slot; their costs add up in each currency', () => {
    fc.assert(
      fc.property(
        anyHome,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }),
        (home, shares) => {
          const rated = ratedOf(home);
          const costs = new HomeCosts();
          costs.add(rated);
          const uses = shares.map((share, i) => {
            const buckets = rated
              .map((one) => ({ ...one, energy: Math.floor((one.energy ?? 0) * share) }))
              .filter(({ start }) => start % (i + 1) === 0);
            return {
              ...{ device: `d${i}`, deviceId: i + 1 },
              energy: buckets.reduce((sum, { energy }) => sum + energy, 0),
              cost: costs.shareOf(buckets).sum.total('EUR'),
              wanted: expected(
                buckets.flatMap((bucket) =>
                  rated.filter(
                    ({ start, energy }) =>
                      start === bucket.start && bucket.energy > 0 && energy !== 0,
                  ),
                ),
              ),
            };
          });
          const shown = deviceFigures(uses);
          for (const { deviceId, cost, currency, costReason } of shown) {
            const { wanted, energy } = uses[deviceId - 1] ?? assert.fail();
            assert.equal(costReason, wanted.reason ?? undefined);
            assert.equal(cost === null, wanted.reason !== null);
            if (energy === 0) assert.equal(cost, 0);
            else if (wanted.reason === null) assert.equal(currency, wanted.currency);
          }
          for (const currency of ['XOF', 'EUR']) {
            const exact = uses.reduce(
              (sum, { cost }) => sum + (cost.currency === currency ? cost.amount : 0n),
              0n,
            );
            const sum = shown.reduce(
              (all, one) => all + (one.currency === currency ? (one.cost ?? 0) : 0),
              0,
            );
            const coin = currency === 'XOF' ? 1 : 0.01;
            assert.ok(Math.abs(sum - Number(exact) / 1e15) <= coin / 2 + 1e-9);
          }
        },
      ),
      { numRuns: often(100) },
    );
  });

  it('decimals are the currency’s: none in XOF and JPY, 2 in EUR, 3 in TND', () => {
    for (const [currency, cost] of [
      ['XOF', 2],
      ['JPY', 2],
      ['EUR', 1.54],
      ['TND', 1.543],
    ] as const) {
      const tariff = homeTariff(flat(currency, '1.5432'), paris);
      const { rated } = rate([hour(0, 1)], tariff);
      const [point] = historyPoints(
        historyRange(
          { from: new Date(START).toISOString(), to: new Date(START + HOUR_MS).toISOString() },
          NOW,
          paris,
        ),
        rated,
        tariff,
        NOW,
      );
      assert.deepEqual([point?.cost, point?.currency], [cost, currency]);
    }
  });
});

describe('what an earlier version stored, without a currency', () => {
  // By hand, as it was: 1 kWh at 200 that nobody had set, then 1 kWh at 0.25.
  const pack = {
    b: `,${(1e9).toString(36)},,,${(200n * 10n ** 15n).toString(16)};,${(1e9).toString(36)},,,${(25n * 10n ** 13n).toString(16)},1`,
    t: ['1970-01-01', '2026-01-01'],
  };
  const read = (...unlabelled: [] | [{ currency: string; byDefault: string | null }]) =>
    unpackBuckets(pack, START, HOUR_MS, ...unlabelled).map(({ cost }) =>
      cost === null || cost === 'mixed' ? cost : [cost.energyCost / 10n ** 13n, cost.currency],
    );

  it('M18: is in the currency it was shown in', () => {
    assert.deepEqual(read(), [
      [20_000n, 'XOF'],
      [25n, 'XOF'],
    ]);
    assert.deepEqual(read({ currency: 'EUR', byDefault: 'XOF' }), [
      [20_000n, 'XOF'],
      [25n, 'EUR'],
    ]);
  });

  it('M18: has no price where that was made up: 200 in another currency', () => {
    assert.deepEqual(read({ currency: 'EUR', byDefault: null }), [null, [25n, 'EUR']]);
  });
});
