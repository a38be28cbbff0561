import { HISTORY_PERIOD, type HistoryPoint, type HistoryQuery } from '../../contract/energy';
import { AurionError } from '../../contract/errors';
import { coverageOf, inSlots, sumOver } from './buckets';
import type { HomeCalendar, Slot, Step } from './calendar';
import { totalCost, type Rated } from './cost';
import { roundSteadily } from './money';
import { withFee } from './rating';
import { costsTogether } from './shown-cost';
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

const FIVE_MINUTES_MS = 5 * MINUTE_MS;

/** No slot is shorter: half an hour for an hour whose clock changes by half an hour, and so on. */
const SHORTEST_MS: Readonly<Record<Step, number>> = {
  '5m': FIVE_MINUTES_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  month: 28 * DAY_MS,
};

export interface HistoryRange {
  readonly step: Step;
  /** Oldest first, without a gap. */
  readonly slots: readonly Slot[];
}

/**
 * The slots of a history: of a period the last 24 hours, 7 or 30 days or 12 months, the running one being the
 * last; of a range every slot that has a part in it, the first and the last cut where the range is. A range
 * widens to whole 5 minutes: nothing is known in finer steps.
 * @throws INPUT_INVALID for a range that ends before it begins, or of too many points
 */
export function historyRange(
  query: HistoryQuery,
  now: number,
  calendar: HomeCalendar,
): HistoryRange {
  if (query.from === undefined || query.to === undefined) {
    const { step, count } = PERIODS[query.period ?? HISTORY_PERIOD];
    const from = calendar.shift(step, now, 1 - count);
    return { step, slots: calendar.slots(step, from, calendar.next(step, now)) };
  }
  const { step = 'hour' } = query;
  const [first, last] = [Date.parse(query.from), Date.parse(query.to)];
  if (last <= first) {
    throw invalid('« to » doit être après « from »', '"to" must be after "from"');
  }
  const from = Math.floor(first / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
  const to = Math.ceil(last / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
  if ((to - from) / SHORTEST_MS[step] > HISTORY_POINTS_MAX) {
    throw invalid(
      `${HISTORY_POINTS_MAX} points au plus : raccourcissez la plage ou allongez le pas`,
      `${HISTORY_POINTS_MAX} points at most: shorten the range or lengthen the step`,
    );
  }
  const slots = calendar.slots(step, from, to).map(({ start, end }) => ({
    start: Math.max(start, from),
    end: Math.min(end, to),
  }));
  return { step, slots };
}

function invalid(fr: string, en: string): AurionError {
  return new AurionError('INPUT_INVALID', { params: { problem: { fr, en } } });
}

/**
 * A history as people see it. Consumption and cost are rounded together, so the points add up to the
 * rounded whole (M5); those of slots that are over stay as they are while the last one grows. A slot's
 * cost is that of its energy and its share of the monthly fee up to now; what is not known is null.
 * @param buckets of the home, each within one slot: it counts where it begins
 */
export function historyPoints(
  { slots }: HistoryRange,
  buckets: readonly Rated[],
  tariff: HomeTariff,
  now: number,
): readonly HistoryPoint[] {
  const bySlot = inSlots(slots, buckets);
  const filled = slots.map((slot, i) => {
    const parts = bySlot[i] ?? [];
    return { ...sumOver(slot, parts), parts };
  });
  const isOver = (i: number) => (slots[i]?.end ?? 0) <= now;
  const costs = costsTogether(
    filled.map(({ start, end, parts }) =>
      withFee(totalCost(parts, tariff.currency), tariff, { start, end: Math.min(end, now) }),
    ),
    isOver,
  );
  const known = filled.flatMap(({ energy }, i) => (energy === null ? [] : [{ i, energy }]));
  const kWhs = kWhParts(
    known.map(({ energy }) => energy),
    known.filter(({ i }) => isOver(i)).length,
  );
  const consumptions = new Map(known.map(({ i }, n) => [i, kWhs[n] ?? null]));
  return filled.map((bucket, i) => ({
    timestamp: new Date(bucket.start).toISOString(),
    consumption: consumptions.get(i) ?? null,
    ...(costs[i] ?? { cost: null }),
    coverage: Math.floor(coverageOf(bucket) * 10_000) / 10_000,
    quality: bucket.quality,
  }));
}

/**
 * Energies in kWh with 3 decimals that add up to their sum's.
 * @param over how many of them are over and stay as they are, the first ones; all unless told
 */
export function kWhParts(energies: readonly number[], over = energies.length): readonly number[] {
  const wattHours = roundSteadily(
    energies.map((energy) => BigInt(energy)),
    1_000_000n,
    over,
  );
  return wattHours.map((parts) => Number(parts) / 1000);
}
