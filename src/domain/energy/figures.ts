import type {
  Consumption,
  DeviceEnergy,
  EnergyStats,
  MeterSlice,
  StatsPeriod,
} from '../../contract/energy';
import { coverageOf, groupBy, isKnown, rollUp, type Bucket, type Known } from './buckets';
import type { HomeCalendar, Slot } from './calendar';
import { kWhParts } from './history';
import type { MeterDeclaration } from './meter';
import { totalCost, type Rated, type Total } from './cost';
import { apportion } from './money';
import { withFee } from './rating';
import { costsTogether, shownCost } from './shown-cost';
import { holdMs, type Slice } from './slice';
import { listAt, type HomeTariff } from './tariff';
import { kW, kWh, MICRO_WH_PER_KWH, type MicroWh } from './units';

/** Less than this, in %, is no change. */
export const TREND_STABLE_BELOW = 5;
/** Hours of which less is known are not compared. */
const COMPARABLE_COVERAGE = 0.9;
const TREND_DAYS = 7;
/** A home's peak hours where its tariff has none: [from, to) of the day. */
export const PEAK_HOURS = [
  [7, 9],
  [18, 21],
] as const;

/**
 * The power a meter shows now in W: its last power reading, else the mean of its last counter rise, for as
 * long as that is good (3 intervals, at most 5 min for power). Null: not known. Export shows as 0.
 */
export function powerNow(
  { intervalS }: Pick<MeterDeclaration, 'intervalS'>,
  latest: {
    readonly power: { readonly at: number; readonly powerW: number } | null;
    readonly rise: Slice | null;
  },
  now: number,
): number | null {
  const { power, rise } = latest;
  if (power && now - power.at <= holdMs(intervalS)) return Math.max(0, power.powerW);
  const goodMs = Math.max(holdMs(intervalS), (intervalS ?? 0) * 3000);
  if (!rise || rise.to - rise.from > goodMs || now - rise.to > goodMs) return null;
  // µWh in ms are 3600 mW: 3.6 W.
  return (rise.energy / (rise.to - rise.from)) * 3.6;
}

/** A slice as people see it: kWh, and the mean power in kW. */
export function shownSlice({
  from,
  to,
  energy,
  quality,
}: Slice): Omit<MeterSlice, 'deviceId' | 'name'> {
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    consumption: energy / MICRO_WH_PER_KWH,
    power: kW((energy / (to - from)) * 3.6),
    quality,
  };
}

/** The power of the home: its main meters', else the sum of what is known. */
export function homePowerNow(
  sources: readonly { readonly main: boolean; readonly powerW: number | null }[],
): number | null {
  const main = sources.filter((source) => source.main);
  const powers = (main.length > 0 ? main : sources).map(({ powerW }) => powerW);
  const known = powers.filter((powerW) => powerW !== null);
  if (known.length === 0 || (main.length > 0 && known.length < powers.length)) return null;
  return known.reduce((sum, powerW) => sum + powerW, 0);
}

/**
 * `GET /energy/consumption`. Today is from midnight in home time; its cost has the monthly fee's share so
 * far. The trend compares each full hour of today with the mean of the same hour (by the clock) of the last
 * 7 days, of the hours well known on both sides; less than 5 % is stable.
 * @param hours the home's hourly buckets of today and the 7 days before
 */
export function consumptionFigures(
  currentPowerW: number | null,
  hours: readonly Rated[],
  tariff: HomeTariff,
  now: number,
): Consumption {
  const { calendar } = tariff;
  const today = { start: calendar.startOf('day', now), end: now };
  const hoursToday = hours.filter(({ start }) => start >= today.start && start < now);
  const energy = totalEnergy(hoursToday);
  return {
    current: currentPowerW === null ? null : kW(currentPowerW),
    today: energy === null ? null : kWh(energy),
    ...shownCost(withFee(totalCost(hoursToday, tariff.currency), tariff, today)),
    ...trendOf(hours, calendar, now),
  };
}

function trendOf(
  hours: readonly Bucket[],
  calendar: HomeCalendar,
  now: number,
): Pick<Consumption, 'trend' | 'trendPercentage'> {
  const today = calendar.startOf('day', now);
  const first = calendar.shift('day', now, -TREND_DAYS);
  const known = hours.filter(isKnown).filter((hour) => coverageOf(hour) >= COMPARABLE_COVERAGE);
  const before = known.filter(({ start }) => start >= first && start < today);
  const byClock = groupBy(before, ({ start }) => calendar.hour(start));
  let [soFar, usual] = [0, 0];
  for (const { start, end, energy } of known) {
    const same = byClock.get(calendar.hour(start));
    if (start < today || end > now || !same) continue;
    soFar += energy;
    usual += same.reduce((sum, hour) => sum + hour.energy, 0) / same.length;
  }
  if (usual === 0) return { trend: 'stable', trendPercentage: null };
  const change = tenths(((soFar - usual) / usual) * 100);
  if (Math.abs(change) < TREND_STABLE_BELOW) {
    return { trend: 'stable', trendPercentage: Math.abs(change) };
  }
  return { trend: change > 0 ? 'up' : 'down', trendPercentage: Math.abs(change) };
}

/** What `GET /energy/stats` looks at: the running day, week (from Monday), month or year up to now. */
export function statsSpan(period: StatsPeriod, now: number, calendar: HomeCalendar): Slot {
  switch (period) {
    case 'day':
    case 'month':
      return { start: calendar.startOf(period, now), end: now };
    case 'week':
      return { start: calendar.shift('day', now, -calendar.weekday(now)), end: now };
    case 'year': {
      const months = Number(new Date(now + calendar.offsetMs(now)).toISOString().slice(5, 7)) - 1;
      return { start: calendar.shift('month', now, -months), end: now };
    }
  }
}

/** The months that `comparedToLastMonth` compares: the running one and the one before. */
export function comparedMonths(now: number, calendar: HomeCalendar): readonly [Slot, Slot] {
  const start = calendar.startOf('month', now);
  return [
    { start: calendar.shift('month', now, -1), end: start },
    { start, end: now },
  ];
}

/**
 * `GET /energy/stats`. The average is over the days of which something is known; the month's mean power (energy
 * by known time, so that neither a gap nor an unfinished month tells) is compared with that of the month
 * before. Efficiency is the share of the energy used outside peak hours: those at the tariff's dearest
 * time-of-use price, without bands 07–09 and 18–21.
 * @param hours the home's hourly buckets of the span, and of the running and the last month
 */
export function statsFigures(
  span: Slot,
  hours: readonly Rated[],
  tariff: HomeTariff,
  now: number,
): EnergyStats {
  const { calendar } = tariff;
  const inSpan = within(hours, span);
  const known = inSpan.filter(isKnown);
  const energy = totalEnergy(known);
  // As a history by month shows it: a month of which nothing is known has no fee.
  const months = calendar
    .slots('month', span.start, span.end)
    .map(({ start, end }) => ({ start: Math.max(start, span.start), end: Math.min(end, span.end) }))
    .filter((month) => within(known, month).length > 0);
  const { cost, ...costNotes } = shownCost(
    months.reduce(
      (total, month) => withFee(total, tariff, month),
      totalCost(inSpan, tariff.currency),
    ),
  );
  const peak = known.reduce<Known | null>(
    (most, hour) => (most === null || hour.energy > most.energy ? hour : most),
    null,
  );
  const days = rollUp(known, calendar, 'day').length;
  const [last, running] = comparedMonths(now, calendar).map((month) =>
    meanPower(within(hours, month)),
  );
  return {
    totalConsumption: energy === null ? null : kWh(energy),
    totalCost: cost,
    ...costNotes,
    averageDaily: energy === null ? null : kWh(energy / days),
    comparedToLastMonth:
      last === undefined || running === undefined || last === null || running === null || last === 0
        ? null
        : tenths((running / last - 1) * 100),
    peakHour: peak && `${String(calendar.hour(peak.start)).padStart(2, '0')}:00`,
    peakConsumption: peak && kWh(peak.energy),
    efficiency: efficiencyOf(known, tariff),
  };
}

function efficiencyOf(known: readonly Known[], tariff: HomeTariff): number | null {
  const total = known.reduce((sum, { energy }) => sum + energy, 0);
  if (total === 0) return null;
  const outside = known.reduce(
    (sum, hour) => sum + (isPeakHour(hour.start, tariff) ? 0 : hour.energy),
    0,
  );
  return tenths((outside / total) * 100);
}

/** By an hour's start; a band that begins within an hour counts from the next one on. */
function isPeakHour(at: number, tariff: HomeTariff): boolean {
  const { isPeak } = listAt(tariff, at);
  if (isPeak) return isPeak(tariff.calendar.minuteOfWeek(at));
  const hour = tariff.calendar.hour(at);
  return PEAK_HOURS.some(([from, to]) => hour >= from && hour < to);
}

/** What one device used, before it is shown. */
export interface DeviceUse {
  readonly device: string;
  readonly deviceId: number;
  /** null: not measured, and left out. */
  readonly energy: MicroWh | null;
  readonly cost: Total;
}

/**
 * `GET /energy/devices`: what was measured, most first. Percentages are of the devices' sum and add up to exactly
 * 100.0 (all 0 if nothing was used); consumptions, and costs in each currency, add up to their rounded sums.
 */
export function deviceFigures(uses: readonly DeviceUse[]): readonly DeviceEnergy[] {
  const measured = uses
    .flatMap((use) => (use.energy === null ? [] : [{ ...use, energy: use.energy }]))
    .sort((a, b) => b.energy - a.energy || a.deviceId - b.deviceId);
  const shares = apportion(
    1000n,
    measured.map(({ energy }) => BigInt(energy)),
  );
  const consumptions = kWhParts(measured.map(({ energy }) => energy));
  const costs = costsTogether(measured.map(({ cost }) => cost));
  return measured.map(({ device, deviceId }, i) => ({
    device,
    deviceId,
    consumption: consumptions[i] ?? 0,
    percentage: Number(shares[i] ?? 0n) / 10,
    ...(costs[i] ?? { cost: null }),
  }));
}

function within<B extends Bucket>(buckets: readonly B[], { start, end }: Slot): readonly B[] {
  return buckets.filter((bucket) => bucket.start >= start && bucket.start < end);
}

function totalEnergy(buckets: readonly Bucket[]): MicroWh | null {
  const known = buckets.filter(isKnown);
  return known.length === 0 ? null : known.reduce((sum, { energy }) => sum + energy, 0);
}

function meanPower(buckets: readonly Bucket[]): number | null {
  const coveredMs = buckets.reduce((sum, bucket) => sum + bucket.coveredMs, 0);
  return coveredMs === 0 ? null : (totalEnergy(buckets) ?? 0) / coveredMs;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
