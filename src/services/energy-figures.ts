import type {
  Consumption,
  DeviceEnergy,
  EnergyForecast,
  EnergyStats,
  HistoryPoint,
  HistoryQuery,
  StatsPeriod,
} from '../contract/energy';
import type { Language } from '../contract/language';
import type { HomeCalendar } from '../domain/energy/calendar';
import {
  comparedMonths,
  consumptionFigures,
  deviceFigures,
  homePowerNow,
  statsFigures,
  statsSpan,
  type DeviceUse,
} from '../domain/energy/figures';
import { forecast, FORECAST_LOOK_BACK_DAYS } from '../domain/energy/forecast';
import { historyPoints, historyRange } from '../domain/energy/history';
import { CostSum, type Rated } from '../domain/energy/cost';
import type { Clock } from '../ports/clock';
import { DeviceCosts } from './device-costs';
import type { Energy } from './energy';
import type { Span } from './meter-ledger';
import type { Tariffs } from './tariffs';

const TREND_DAYS = 7;

/** What people ask of the home's energy. What was not measured is null. */
export class EnergyFigures {
  private readonly calendar: HomeCalendar;

  constructor(
    private readonly energy: Energy,
    private readonly tariffs: Tariffs,
    private readonly clock: Clock,
    private readonly language: Language,
  ) {
    this.calendar = energy.calendar;
  }

  /** The home's power now in W; null: not known. */
  powerNow(): number | null {
    return homePowerNow(this.energy.powers(this.clock.now()));
  }

  async consumption(): Promise<Consumption> {
    const now = await this.now();
    const from = this.calendar.shift('day', now, -TREND_DAYS);
    const hours = await this.energy.home.hours({ from, to: now }, now);
    return consumptionFigures(this.powerNow(), hours, await this.tariffs.inForce(), now);
  }

  /** @throws INPUT_INVALID for a range that makes no sense */
  async history(query: HistoryQuery): Promise<readonly HistoryPoint[]> {
    const now = await this.now();
    const range = historyRange(query, now, this.calendar);
    const { step, slots } = range;
    const span = { from: slots[0]?.start ?? now, to: slots.at(-1)?.end ?? now };
    const buckets =
      step === '5m' ? await this.energy.home.fine(span, now) : await this.hoursIn(span, now);
    return historyPoints(range, buckets, await this.tariffs.inForce(), now);
  }

  async stats(period: StatsPeriod): Promise<EnergyStats> {
    const now = await this.now();
    const span = statsSpan(period, now, this.calendar);
    const [lastMonth] = comparedMonths(now, this.calendar);
    const from = Math.min(span.start, lastMonth.start);
    const hours = await this.energy.home.hours({ from, to: now }, now);
    return statsFigures(span, hours, await this.tariffs.inForce(), now);
  }

  /** @param language of the reason why there is none; the home's unless told */
  async forecast(language: Language = this.language): Promise<EnergyForecast> {
    const now = await this.now();
    const from = this.calendar.shift('day', now, -FORECAST_LOOK_BACK_DAYS);
    const hours = await this.energy.home.hours({ from, to: now }, now);
    const used = await this.energy.home.usedBy(now);
    const { reason, ...figures } = forecast(hours, await this.tariffs.inForce(), now, used);
    return { ...figures, reason: reason && reason[language] };
  }

  /** Each device that is not the home's main meter; if there is nothing else, that one. */
  async devices(period: StatsPeriod): Promise<readonly DeviceEnergy[]> {
    return deviceFigures(await this.deviceUses(period));
  }

  /** As `devices`, exactly. */
  async deviceUses(period: StatsPeriod): Promise<readonly DeviceUse[]> {
    const now = await this.now();
    const { start: from } = statsSpan(period, now, this.calendar);
    const { energy, calendar } = this;
    const tariff = await this.tariffs.inForce();
    const costs = new DeviceCosts(energy.home, calendar, tariff, now);
    const [parts, mains]: [DeviceUse[], DeviceUse[]] = [[], []];
    for await (const { row, main, days, hours } of energy.uses({ from, to: now }, now)) {
      const known = [...days, ...hours];
      const sum = new CostSum().merge(await costs.of(hours));
      for (const day of days) sum.add(day);
      (main ? mains : parts).push({
        device: row.name,
        deviceId: row.id,
        energy: known.length === 0 ? null : known.reduce((sum, one) => sum + one.energy, 0),
        cost: sum.total(tariff.currency),
      });
    }
    return parts.length > 0 ? parts : mains;
  }

  /** Prices a span anew by the tariff as it stands. @returns how many buckets */
  async rerate(span: Span): Promise<number> {
    await this.energy.settle();
    return this.energy.rerate(span);
  }

  /** The home's hours that begin in a span, and of one that the span cuts the 5-minute buckets, where there still are any. */
  private async hoursIn({ from, to }: Span, now: number): Promise<readonly Rated[]> {
    const { calendar } = this;
    const { home } = this.energy;
    const hours = await home.hours({ from: calendar.startOf('hour', from), to }, now);
    const parts = await Promise.all(
      hours.map(async (hour) => {
        if (hour.start >= from && hour.end <= to) return [hour];
        const fine = await home.fine({ from: hour.start, to: hour.end }, now);
        const energy = fine.reduce((sum, one) => sum + (one.energy ?? 0), 0);
        return energy === hour.energy ? fine : [hour];
      }),
    );
    return parts.flat().filter(({ start }) => start >= from && start < to);
  }

  private async now(): Promise<number> {
    await this.energy.ready();
    return this.clock.now();
  }
}
