import type { Known } from '../domain/energy/buckets';
import type { HomeCalendar } from '../domain/energy/calendar';
import { spansOf } from '../domain/energy/days';
import type { CostSum } from '../domain/energy/cost';
import { HomeCosts } from '../domain/energy/rating';
import type { HomeTariff } from '../domain/energy/tariff';
import type { HomeLedger } from './home-ledger';

/** What devices' hours cost up to now. Reads what the home paid in the days that are asked for. */
export class DeviceCosts {
  private readonly costs = new HomeCosts();
  private readonly read = new Set<number>();

  constructor(
    private readonly home: HomeLedger,
    private readonly calendar: HomeCalendar,
    private readonly tariff: HomeTariff,
    private readonly now: number,
  ) {}

  /** @param hours of one device, oldest first */
  async of(hours: readonly Known[]): Promise<CostSum> {
    const { calendar, now } = this;
    const days = new Map(
      hours.map(({ start }) => calendar.slotOf('day', start)).map((day) => [day.start, day]),
    );
    for (const { from, to } of spansOf(
      [...days.values()].filter((day) => !this.read.has(day.start)),
    )) {
      this.costs.add(await this.home.hours({ from, to: Math.min(to, now) }, now));
      for (const { start } of calendar.slots('day', from, to)) this.read.add(start);
    }
    return this.costs.costOf(hours, this.tariff);
  }
}
