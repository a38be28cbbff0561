import { isKnown, rollUp, type Bucket } from './buckets';
import type { HomeCalendar, Slot, Step } from './calendar';
import { type Money } from './money';
import { listAt, samePriceUntil, type HomeTariff, type Price } from './tariff';
import { flowedBy, type MicroWh } from './units';

/** What a bucket's energy costs, frozen with the tariff that was used (M5). */
export interface Cost {
  /** Exact; without monthly fees. */
  readonly energyCost: Money;
  /** The tariff version (its `validFrom`) of the bucket's end. */
  readonly tariff: string;
}

/** A bucket with its price. What is not known costs null. */
export type Rated<B extends Bucket = Bucket> = B & { readonly cost: Cost | null };

export interface Rating<B extends Bucket> {
  readonly rated: readonly Rated<B>[];
  /** What of the last bucket's month is used: what rating the buckets after these goes on with. */
  readonly used: MonthUse;
}

/** How much of a month is used, for tranches. */
export interface MonthUse {
  /** The month's start. */
  readonly month: number;
  readonly energy: MicroWh;
}

/**
 * Prices buckets by the tariff that holds when the energy flows (M5), and that is also how to price a span
 * anew. A bucket across a price change, a tranche's limit or a month's end is cut there. Tranches count
 * the month's energy, also when the tariff changes within the month. Price fine buckets (5 minutes) and
 * add their costs up: a day's bucket no longer knows its hours.
 * @param buckets oldest first; of the home, since tranches count what the home uses
 * @param used what of the month was used before them, as `used` of the rating before or `usedBefore` says
 */
export function rate<B extends Bucket>(
  buckets: readonly B[],
  tariff: HomeTariff,
  used: MonthUse = { month: 0, energy: 0 },
): Rating<B> {
  const pricing = new Pricing(tariff, used);
  const rated = buckets.map((bucket) => ({ ...bucket, cost: pricing.price(bucket) }));
  return { rated, used: pricing.used };
}

/** What of a month is used before an instant of it. @param buckets of the home, at least from the month's start on */
export function usedBefore(
  at: number,
  buckets: readonly Bucket[],
  calendar: HomeCalendar,
): MonthUse {
  const month = calendar.startOf('month', at);
  const energy = buckets
    .filter(({ start }) => start >= month && start < at)
    .reduce((sum, bucket) => sum + (bucket.energy ?? 0), 0);
  return { month, energy };
}

/** Prices one bucket after the other, and knows how much of the month is used. */
class Pricing {
  constructor(
    private readonly tariff: HomeTariff,
    /** Of the month it is in. */
    public used: MonthUse,
  ) {}

  price(bucket: Bucket): Cost | null {
    if (!isKnown(bucket)) return null;
    const { start, end, energy } = bucket;
    let energyCost = 0n;
    let flowed = 0;
    let list = listAt(this.tariff, start);
    for (let at = start; at < end;) {
      list = listAt(this.tariff, at);
      this.enterMonth(at);
      const until = Math.min(end, samePriceUntil(this.tariff, list, at));
      const flowedNow = flowedBy(until, energy, start, end);
      const minute = this.tariff.calendar.minuteOfWeek(at);
      energyCost += this.priceAt(flowedNow - flowed, (used) => list.price(minute, used), list.left);
      flowed = flowedNow;
      at = until;
    }
    return { energyCost, tariff: list.validFrom };
  }

  private enterMonth(at: number): void {
    const { start } = this.tariff.calendar.slotOf('month', at);
    if (this.used.month !== start) this.used = { month: start, energy: 0 };
  }

  private priceAt(
    energy: MicroWh,
    price: (used: MicroWh) => Price,
    left: (used: MicroWh) => MicroWh,
  ): Money {
    let cost = 0n;
    for (let rest = energy; rest > 0;) {
      const part = Math.min(rest, left(this.used.energy));
      cost += BigInt(part) * price(this.used.energy);
      this.used = { ...this.used, energy: this.used.energy + part };
      rest -= part;
    }
    return cost;
  }
}

/** The costs of finer buckets in one amount; null if none is known. */
export function totalCost(rated: readonly Rated[]): Money | null {
  const costs = rated.flatMap(({ cost }) => (cost ? [cost.energyCost] : []));
  return costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0n);
}

/**
 * The monthly fee's share of a span: a month's fee runs evenly through its time, whether or not energy was
 * measured, and by each version for as long as it holds. The shares of the parts of a month add up to its fee.
 */
export function feeOver(tariff: HomeTariff, { start, end }: Slot): Money {
  const { calendar, lists } = tariff;
  let fee = 0n;
  if (lists.every(({ monthlyFee }) => monthlyFee === 0n)) return fee;
  for (let at = start; at < end;) {
    const list = listAt(tariff, at);
    const { start: month, end: monthEnd } = calendar.slotOf('month', at);
    const until = Math.min(end, monthEnd, list.to);
    const accrued = (instant: number) =>
      (list.monthlyFee * BigInt(instant - month)) / BigInt(monthEnd - month);
    fee += accrued(until) - accrued(at);
    at = until;
  }
  return fee;
}

/** What devices pay of what the home paid: of each its share of the home's cost in the same slots. */
export class HomeCosts {
  private readonly prices: Price[] = [];
  private readonly homeAt = new Map<number, ReturnType<typeof priced>>();

  /** Takes in more of the home's buckets; twice is once. */
  add(home: readonly Rated[]): void {
    for (const bucket of home) this.homeAt.set(bucket.start, priced(bucket, this.prices));
  }

  /**
   * @param device its buckets, of the same slots as the home's
   * @returns its share, and its buckets that have none: where the home's is not known (or 0). Shares of
   * parts of the buckets add up to that of all of them
   */
  shareOf(device: readonly Bucket[]): { readonly cost: Money; readonly alone: readonly Bucket[] } {
    // Most slots have one price, so that most of a year is a few multiplications.
    const byPrice = this.prices.map(() => 0);
    const alone: Bucket[] = [];
    let cost = 0n;
    for (const bucket of device) {
      // Nothing costs nothing, by any tariff.
      if (bucket.energy === null || bucket.energy === 0) continue;
      const whole = this.homeAt.get(bucket.start);
      if (!whole) alone.push(bucket);
      else if (whole.price < 0) cost += (whole.cost * BigInt(bucket.energy)) / BigInt(whole.energy);
      else byPrice[whole.price] = (byPrice[whole.price] ?? 0) + bucket.energy;
    }
    this.prices.forEach((price, i) => (cost += price * BigInt(byPrice[i] ?? 0)));
    return { cost, alone };
  }

  /** What a device's buckets cost: its share, and where there is none, by the tariff as it stands then. */
  costOf(device: readonly Bucket[], tariff: HomeTariff): Money {
    const { cost, alone } = this.shareOf(device);
    return cost + (totalCost(rate(alone, tariff).rated) ?? 0n);
  }
}

/** What a bucket costs, and which price all its energy has, below 0 if several; null if it costs nothing known. */
function priced({ energy, cost }: Rated, prices: Price[]) {
  if (!cost || energy === null || energy === 0) return null;
  const total = cost.energyCost;
  if (total % BigInt(energy) !== 0n) return { energy, cost: total, price: -1 };
  const price = total / BigInt(energy);
  if (!prices.includes(price)) prices.push(price);
  return { energy, cost: total, price: prices.indexOf(price) };
}

/** As `rollUp`, with the costs added up exactly. A coarser bucket's cost names the tariff of its last part. */
export function rollUpRated(
  finer: readonly Rated[],
  calendar: HomeCalendar,
  step: Step,
): readonly Rated[] {
  const costs = new Map<number, Cost>();
  let slot: Slot = { start: 0, end: 0 };
  for (const { start, cost } of finer) {
    if (!cost) continue;
    if (start < slot.start || start >= slot.end) {
      slot = calendar.slotOf(step, start);
    }
    const energyCost = (costs.get(slot.start)?.energyCost ?? 0n) + cost.energyCost;
    costs.set(slot.start, { energyCost, tariff: cost.tariff });
  }
  return rollUp(finer, calendar, step).map((bucket) => ({
    ...bucket,
    cost: costs.get(bucket.start) ?? null,
  }));
}
