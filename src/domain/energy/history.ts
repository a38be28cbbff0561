import type { HistoryPoint, HistoryQuery } from '../../contract/energy';
import { AurionError } from '../../contract/errors';
import { coverageOf, fill, missing } from './buckets';
import type { HomeCalendar, Slot, Step } from './calendar';
import { roundedParts, roundTogether } from './money';
import { feeOver, type Rated } from './rating';
import type { HomeTariff } from './tariff';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './units';

const PERIODS = {
  '24h': { step: 'hour', count: 24 },
  '7d': { step: 'day', count: 7 },
  '30d': { step: 'day', count: 30 },
  '12m': { step: 'month', count: 12 },
} as const;

/** A year of hours. */
export const HISTORY_POINTS_MAX = 9000;

/** No slot is shorter: half an hour for an hour whose clock changes by half an hour, and so on. */
const SHORTEST_MS: Readonly<Record<Step, number>> = {
  '5m': 5 * MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  month: 28 * DAY_MS,
};

export interface HistoryRange {
  readonly step: Step;
  /** Oldest first. */
  readonly slots: readonly Slot[];
}

/**
 * The slots of a history: of a period the last 24 hours, 7 or 30 days or 12 months, the running one being the
 * last; of a range every slot that has a part in it, whole.
 * @throws INPUT_INVALID for a range that ends before it begins, or of too many points
 */
export function historyRange(
  query: HistoryQuery,
  now: number,
  calendar: HomeCalendar,
): HistoryRange {
  if (query.from === undefined || query.to === undefined) {
    const { step, count } = PERIODS[query.period ?? '24h'];
    const from = calendar.shift(step, now, 1 - count);
    return { step, slots: calendar.slots(step, from, calendar.next(step, now)) };
  }
  const { step = 'hour' } = query;
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  if (to <= from) {
    throw invalid('« to » doit être après « from »', '"to" must be after "from"');
  }
  if ((to - from) / SHORTEST_MS[step] > HISTORY_POINTS_MAX) {
    throw invalid(
      `${HISTORY_POINTS_MAX} points au plus : raccourcissez la plage ou allongez le pas`,
      `${HISTORY_POINTS_MAX} points at most: shorten the range or lengthen the step`,
    );
  }
  return { step, slots: calendar.slots(step, from, to) };
}

function invalid(fr: string, en: string): AurionError {
  return new AurionError('INPUT_INVALID', { params: { problem: { fr, en } } });
}

/**
 * A history as people see it. Consumption and cost are rounded together, so the points add up to the
 * rounded whole (M5). A slot's cost is that of its energy and its share of the monthly fee up to now; what
 * is not known is null.
 * @param buckets of the slots' step; those of other slots are ignored
 */
export function historyPoints(
  { slots }: HistoryRange,
  buckets: readonly Rated[],
  tariff: HomeTariff,
  now: number,
): readonly HistoryPoint[] {
  const filled = fill<Rated>(slots, buckets, (slot) => ({ ...missing(slot), cost: null }));
  const costs = filled.map((bucket) => {
    const { cost } = bucket;
    return cost && cost.energyCost + feeOver(tariff, { ...bucket, end: Math.min(bucket.end, now) });
  });
  const consumptions = together(
    filled.map(({ energy }) => energy),
    (parts) => kWhParts(parts),
  );
  const prices = together(costs, (parts) => roundedParts(parts, tariff.currency));
  return filled.map((bucket, i) => ({
    timestamp: new Date(bucket.start).toISOString(),
    consumption: consumptions[i] ?? null,
    cost: prices[i] ?? null,
    coverage: Math.floor(coverageOf(bucket) * 10_000) / 10_000,
    quality: bucket.quality,
  }));
}

/** Energies in kWh with 3 decimals that add up to their sum's. */
export function kWhParts(energies: readonly number[]): readonly number[] {
  const wattHours = roundTogether(
    energies.map((energy) => BigInt(energy)),
    1_000_000n,
  );
  return wattHours.map((parts) => Number(parts) / 1000);
}

/** Rounds what is known together, and leaves null what is not. */
function together<T>(
  values: readonly (T | null)[],
  round: (known: readonly T[]) => readonly number[],
): readonly (number | null)[] {
  const known = round(values.filter((value): value is T => value !== null));
  let next = 0;
  return values.map((value) => (value === null ? null : (known[next++] ?? null)));
}
