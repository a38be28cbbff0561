import type { EnergyForecast } from '../../contract/energy';
import type { Text } from '../../contract/language';
import { coverageOf, groupBy, isKnown, type Bucket, type Known } from './buckets';
import type { HomeCalendar, Slot } from './calendar';
import { totalCost } from './cost';
import { rate, withFee, type MonthUse } from './rating';
import { shownCost } from './shown-cost';
import type { HomeTariff } from './tariff';
import { DAY_MS, kWh, type MicroWh } from './units';

/** Without this many well known days there is no forecast. */
export const FORECAST_DAYS_MIN = 7;
/** How far back the profile looks. */
export const FORECAST_LOOK_BACK_DAYS = 56;
/** A week older counts this much less. */
const WEEKLY_WEIGHT = 0.7;
/** The back-test forecasts so many of the last days, each from at least so many days before it. */
const BACK_TEST_DAYS = 14;
const BACK_TEST_FROM_DAYS = 3;
const WELL_KNOWN = 0.5;

export const FORECAST_NEEDS_A_WEEK: Text = {
  fr: 'Il faut au moins 7 jours de mesures pour prévoir',
  en: 'A forecast needs at least 7 days of measurements',
};

export type Forecast = Omit<EnergyForecast, 'reason'> & { readonly reason: Text | null };

interface Hour {
  readonly start: number;
  readonly weekday: number;
  readonly hour: number;
  /** As if the whole hour were known. */
  readonly energy: number;
}

interface Day {
  readonly slot: Slot;
  readonly hours: readonly Hour[];
}

/**
 * `GET /energy/forecast`. An hour to come will use what the same hour of the same weekday used: the mean of
 * the last 8 weeks, each week weighing 0.7 of the one after it; for a weekday not seen yet, that of the same hour of
 * all days. `confidence` is how well just this did on the home's own past: each of the last up to 14 days
 * is forecast from the days before it (3 at least), and confidence is 100 % less the mean absolute error in
 * % of what was used. With less than a week of days (half known at least, today left out) all is null, with
 * a reason.
 * @param hours the home's hourly buckets of the last 8 weeks
 * @param used what of the running month is used by now, for tranches
 */
export function forecast(
  hours: readonly Bucket[],
  tariff: HomeTariff,
  now: number,
  used: MonthUse,
): Forecast {
  const { calendar } = tariff;
  const days = pastDays(hours, calendar, now);
  if (days.length < FORECAST_DAYS_MIN) {
    const none = { nextDay: null, nextWeek: null, nextMonth: null, estimatedCost: null };
    return { ...none, confidence: null, reason: FORECAST_NEEDS_A_WEEK };
  }
  const tomorrow = calendar.next('day', now);
  const expect = profileOf(days, now);
  const month = { start: tomorrow, end: calendar.shift('day', tomorrow, 30) };
  const hoursToCome = calendar.slots('hour', calendar.next('hour', now), month.end).map((slot) => ({
    ...slot,
    energy: Math.round(expect(calendar.weekday(slot.start), calendar.hour(slot.start))),
    coveredMs: slot.end - slot.start,
    quality: 'estimated' as const,
  }));
  const rated = rate(hoursToCome, tariff, used).rated.filter(({ start }) => start >= tomorrow);
  const sumUntil = (end: number): MicroWh =>
    rated.reduce((sum, hour) => sum + (hour.start < end ? hour.energy : 0), 0);
  const { cost, ...more } = shownCost(withFee(totalCost(rated, tariff.currency), tariff, month));
  return {
    nextDay: kWh(sumUntil(calendar.shift('day', tomorrow, 1))),
    nextWeek: kWh(sumUntil(calendar.shift('day', tomorrow, 7))),
    nextMonth: kWh(sumUntil(month.end)),
    estimatedCost: cost,
    ...more,
    confidence: backTest(days),
    reason: null,
  };
}

/** The well known days before today, oldest first. */
function pastDays(hours: readonly Bucket[], calendar: HomeCalendar, now: number): readonly Day[] {
  const today = calendar.startOf('day', now);
  const first = calendar.shift('day', now, -FORECAST_LOOK_BACK_DAYS);
  const past = hours.filter(({ start }) => start >= first && start < today);
  const byDay = groupBy(past, ({ start }) => calendar.startOf('day', start));
  return Array.from(byDay, ([start, inDay]) => {
    const slot = { start, end: calendar.next('day', start) };
    const coveredMs = inDay.reduce((sum, hour) => sum + hour.coveredMs, 0);
    const known = inDay.filter(isKnown).filter((hour) => coverageOf(hour) >= WELL_KNOWN);
    return { slot, coveredMs, hours: known.map((hour) => hourOf(hour, calendar)) };
  })
    .filter(({ slot, coveredMs }) => coveredMs >= WELL_KNOWN * (slot.end - slot.start))
    .sort((a, b) => a.slot.start - b.slot.start);
}

function hourOf(hour: Known, calendar: HomeCalendar): Hour {
  return {
    start: hour.start,
    weekday: calendar.weekday(hour.start),
    hour: calendar.hour(hour.start),
    energy: hour.energy / coverageOf(hour),
  };
}

/** What an hour is expected to use, in µWh, by what was used before `now`. */
function profileOf(days: readonly Day[], now: number): (weekday: number, hour: number) => number {
  const sums = new Map<string, { energy: number; weight: number }>();
  for (const { start, weekday, hour, energy } of days.flatMap((day) => day.hours)) {
    const weight = WEEKLY_WEIGHT ** Math.floor((now - start) / (7 * DAY_MS));
    for (const key of [`${weekday} ${hour}`, `${hour}`, '']) {
      const sum = sums.get(key) ?? { energy: 0, weight: 0 };
      sum.energy += energy * weight;
      sum.weight += weight;
      sums.set(key, sum);
    }
  }
  return (weekday, hour) => {
    const sum = sums.get(`${weekday} ${hour}`) ?? sums.get(`${hour}`) ?? sums.get('');
    return sum && sum.weight > 0 ? sum.energy / sum.weight : 0;
  };
}

function backTest(days: readonly Day[]): number | null {
  let [actual, error] = [0, 0];
  const first = Math.max(days.length - BACK_TEST_DAYS, BACK_TEST_FROM_DAYS);
  for (const [i, day] of days.entries()) {
    if (i < first) continue;
    const expect = profileOf(days.slice(0, i), day.slot.start);
    const was = day.hours.reduce((sum, hour) => sum + hour.energy, 0);
    const said = day.hours.reduce((sum, { weekday, hour }) => sum + expect(weekday, hour), 0);
    actual += was;
    error += Math.abs(was - said);
  }
  if (days.length <= first) return null;
  if (actual === 0) return error === 0 ? 100 : 0;
  return Math.round(Math.max(0, 1 - error / actual) * 1000) / 10;
}
