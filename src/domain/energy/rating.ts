import { isKnown, rollUp, type Bucket } from './buckets';
import type { HomeCalendar, Slot, Step } from './calendar';
import { CostSum, type Cost, type Rated, type Total } from './cost';
import type { Money } from './money';
import { listAt, samePriceUntil, tariffIn, type HomeTariff, type Price } from './tariff';
import { flowedBy, type MicroWh } from './units';

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
 * add their costs up: a day's bucket no longer knows its hours. Without a tariff the cost is null.
 * @param buckets oldest first; of the home, since tranches count what the home uses
 * @param used what of the month was used before them, as `used` of the rating before or `usedBefore` says
 * @param currencyOf in which currency a bucket stays (M18): it is priced by the last tariff in that one
 */
export function rate<B extends Bucket>(
  buckets: readonly B[],
  tariff: HomeTariff,
  used: MonthUse = { month: 0, energy: 0 },
  currencyOf: (bucket: B) => string = () => tariff.currency,
): Rating<B> {
  const pricing = new Pricing(tariff, used);
  const rated = buckets.map((bucket) => ({
    ...bucket,
    cost: pricing.price(bucket, currencyOf(bucket)),
  }));
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

  price(bucket: Bucket, currency: string): Cost | null {
    if (!isKnown(bucket)) return null;
    const { start, end, energy } = bucket;
    const priced = tariffIn(this.tariff, currency);
    const tariff = priced ?? this.tariff;
    let energyCost = 0n;
    let flowed = 0;
    let list = listAt(tariff, start);
    for (let at = start; at < end;) {
      list = listAt(tariff, at);
      this.enterMonth(at);
      const until = Math.min(end, samePriceUntil(tariff, list, at));
      const flowedNow = flowedBy(until, energy, start, end);
      const minute = tariff.calendar.minuteOfWeek(at);
      energyCost += this.priceAt(flowedNow - flowed, (used) => list.price(minute, used), list.left);
      flowed = flowedNow;
      at = until;
    }
    return priced && { energyCost, currency, tariff: list.validFrom };
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

/**
 * The monthly fee's share of a span: a month's fee runs evenly through its time, whether or not energy was
 * measured, and by each version for as long as it holds. The shares of the parts of a month add up to its fee.
 * @param currency what the span's energy was paid in: the fee is that of the last tariff in that one (M18)
 */
export function feeOver(
  home: HomeTariff,
  { start, end }: Slot,
  currency: string = home.currency,
): Money {
  const tariff = tariffIn(home, currency);
  if (!tariff) return 0n;
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

/** What a span costs with its share of the monthly fee. */
export function withFee(total: Total, tariff: HomeTariff, span: Slot): Total {
  if (total.amount === null) return total;
  return { ...total, amount: total.amount + feeOver(tariff, span, total.currency) };
}

/** What devices pay of what the home paid: of each its share of the home's cost in the same slots. */
export class HomeCosts {
  private readonly prices: { readonly price: Price; readonly currency: string }[] = [];
  private readonly homeAt = new Map<number, Share | null>();

  /** Takes in more of the home's buckets; twice is once. */
  add(home: readonly Rated[]): void {
    for (const bucket of home) this.homeAt.set(bucket.start, this.shareIn(bucket));
  }

  /**
   * @param device its buckets, of the same slots as the home's
   * @returns its share, and its buckets that have none: where the home's is not known (or 0). Shares of
   * parts of the buckets add up to that of all of them
   */
  shareOf(device: readonly Bucket[]): { readonly sum: CostSum; readonly alone: readonly Bucket[] } {
    // Most slots have one price, so that most of a year is a few multiplications.
    const byPrice = this.prices.map(() => 0);
    const alone: Bucket[] = [];
    // Nothing costs nothing, by any tariff.
    const sum = new CostSum().addAmount(0n, '');
    for (const bucket of device) {
      if (bucket.energy === null || bucket.energy === 0) continue;
      const whole = this.homeAt.get(bucket.start);
      if (!whole) alone.push(bucket);
      else if (whole.cost === null || whole.cost === 'mixed') sum.addUnpriced(whole.cost);
      else if (whole.price < 0) {
        const { energyCost, currency } = whole.cost;
        sum.addAmount((energyCost * BigInt(bucket.energy)) / BigInt(whole.energy), currency);
      } else byPrice[whole.price] = (byPrice[whole.price] ?? 0) + bucket.energy;
    }
    this.prices.forEach(({ price, currency }, i) => {
      const energy = byPrice[i] ?? 0;
      if (energy > 0) sum.addAmount(price * BigInt(energy), currency);
    });
    return { sum, alone };
  }

  /** What a device's buckets cost: its share, and where there is none, by the tariff as it stands then. */
  costOf(device: readonly Bucket[], tariff: HomeTariff): CostSum {
    const { sum, alone } = this.shareOf(device);
    for (const bucket of rate(alone, tariff).rated) sum.add(bucket);
    return sum;
  }

  /** What a bucket costs, and which price all its energy has, below 0 if several; null if nothing of it is known. */
  private shareIn({ energy, cost }: Rated): Share | null {
    if (energy === null || energy === 0) return null;
    if (cost === null || cost === 'mixed') return { energy, cost, price: -1 };
    const { energyCost, currency } = cost;
    if (energyCost % BigInt(energy) !== 0n) return { energy, cost, price: -1 };
    const price = energyCost / BigInt(energy);
    let at = this.prices.findIndex((one) => one.price === price && one.currency === currency);
    if (at < 0) at = this.prices.push({ price, currency }) - 1;
    return { energy, cost, price: at };
  }
}

interface Share {
  readonly energy: MicroWh;
  readonly cost: Rated['cost'];
  readonly price: number;
}

/** As `rollUp`, with the costs added up exactly. */
export function rollUpRated(
  finer: readonly Rated[],
  calendar: HomeCalendar,
  step: Step,
): readonly Rated[] {
  const sums = new Map<number, CostSum>();
  let slot: Slot = { start: 0, end: 0 };
  for (const bucket of finer) {
    const { start } = bucket;
    if (start < slot.start || start >= slot.end) slot = calendar.slotOf(step, start);
    const sum = sums.get(slot.start);
    if (sum) sum.add(bucket);
    else sums.set(slot.start, new CostSum().add(bucket));
  }
  return rollUp(finer, calendar, step).map((bucket) => ({
    ...bucket,
    cost: sums.get(bucket.start)?.cost ?? null,
  }));
}
