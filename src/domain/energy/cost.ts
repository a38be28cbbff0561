import type { CostReason } from '../../contract/energy';
import { isKnown, type Bucket } from './buckets';
import type { Money } from './money';

/** What a bucket's energy costs, frozen with the tariff that was used (M5). */
export interface Cost {
  /** Exact; without monthly fees. */
  readonly energyCost: Money;
  /** ISO 4217; the amount keeps it, whatever tariff comes after (M18). Empty where nothing was used. */
  readonly currency: string;
  /** The tariff version (its `validFrom`) of the bucket's end. */
  readonly tariff: string;
}

/** A bucket with its price. */
export type Rated<B extends Bucket = Bucket> = B & {
  /**
   * null: nothing is known of it, or nobody has set a tariff; `mixed`: its parts were priced in several
   * currencies, which are never added up (M18).
   */
  readonly cost: Cost | 'mixed' | null;
};

/** What a span costs, exactly; or that it can't be said, and why. Without a reason nothing was measured. */
export type Total =
  | { readonly amount: Money; readonly currency: string; readonly reason: null }
  | { readonly amount: null; readonly currency: null; readonly reason: CostReason | null };

/** Adds costs up, those of each currency by themselves: of several there is no sum (M18). */
export class CostSum {
  private readonly amounts = new Map<string, Money>();
  private isKnown = false;
  private isUnpriced = false;
  private isMixed = false;
  private tariff = '';

  add(bucket: Rated): this {
    if (!isKnown(bucket)) return this;
    const { cost } = bucket;
    this.isKnown = true;
    if (cost === null) this.isUnpriced = true;
    else if (cost === 'mixed') this.isMixed = true;
    else {
      this.addAmount(cost.energyCost, cost.currency);
      this.tariff = cost.tariff;
    }
    return this;
  }

  addAmount(amount: Money, currency: string): this {
    this.isKnown = true;
    this.amounts.set(currency, (this.amounts.get(currency) ?? 0n) + amount);
    return this;
  }

  /** Something of unknown price is part of it. */
  addUnpriced(cost: null | 'mixed'): this {
    this.isKnown = true;
    if (cost === null) this.isUnpriced = true;
    else this.isMixed = true;
    return this;
  }

  merge(other: CostSum): this {
    for (const [currency, amount] of other.amounts) this.addAmount(amount, currency);
    this.isKnown ||= other.isKnown;
    this.isUnpriced ||= other.isUnpriced;
    this.isMixed ||= other.isMixed;
    return this;
  }

  /** @param currency of what cost nothing */
  total(currency: string): Total {
    if (!this.isKnown) return { amount: null, currency: null, reason: null };
    // Nothing is nothing, in every currency.
    const paid = [...this.amounts].filter(([, amount]) => amount !== 0n);
    if (this.isUnpriced) return { amount: null, currency: null, reason: 'no-tariff' };
    if (this.isMixed || paid.length > 1) {
      return { amount: null, currency: null, reason: 'mixed-currencies' };
    }
    const [one] = paid.length > 0 ? paid : this.amounts;
    return { amount: one?.[1] ?? 0n, currency: one?.[0] || currency, reason: null };
  }

  /** As the cost of one coarser bucket; it names the tariff of the last part. */
  get cost(): Rated['cost'] {
    const { amount, currency, reason } = this.total('');
    if (reason === 'mixed-currencies') return 'mixed';
    return amount === null ? null : { energyCost: amount, currency, tariff: this.tariff };
  }
}

/** What buckets cost in all. @param currency of what cost nothing */
export function totalCost(rated: readonly Rated[], currency: string): Total {
  const sum = new CostSum();
  for (const bucket of rated) sum.add(bucket);
  return sum.total(currency);
}
