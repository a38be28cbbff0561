import { setImmediate as nextTurn } from 'node:timers/promises';
import { isKnown, type Bucket, type Known } from '../domain/energy/buckets';
import type { HomeCalendar } from '../domain/energy/calendar';
import { homeTotal } from '../domain/energy/home-total';
import type { Rated } from '../domain/energy/cost';
import { rate, rollUpRated, usedBefore, type MonthUse } from '../domain/energy/rating';
import type { HomeTariff } from '../domain/energy/tariff';
import { DAY_MS } from '../domain/energy/units';
import { HOME, type EnergyStore, type Grain } from './energy-store';
import { FINE_KEPT_MS, HOURS_KEPT_MS, type Span } from './meter-ledger';
import type { Tariffs } from './tariffs';

/** A meter or a device without one, as part of the home. */
export interface HomeSource {
  readonly deviceId: number;
  readonly main: boolean;
  readonly since: number;
  view(span: Span, now: number): Promise<readonly Known[]>;
  unsettledFrom(now: number): number | null;
}

/** What the whole home used, priced: in the store as far as its parts are, and as it is known now. */
export class HomeLedger {
  private trimmedOn = -1;
  /** There may be energy without a price, and since then a tariff. */
  private mayBePriced = true;

  constructor(
    private readonly store: EnergyStore,
    private readonly calendar: HomeCalendar,
    private readonly tariffs: Tariffs,
    private readonly sources: () => readonly HomeSource[],
  ) {
    tariffs.onChange(() => (this.mayBePriced = true));
  }

  /** From when on what is known is not all in the store; null: all is. */
  unsettledFrom(now: number): number | null {
    const froms = this.sources().map((source) => source.unsettledFrom(now) ?? Infinity);
    const from = Math.min(...froms, Infinity);
    return from === Infinity ? null : from;
  }

  /** Midnight before which all is in the store. */
  daysUntil(now: number): number {
    const { calendar } = this;
    const until = Math.min(now, this.unsettledFrom(now) ?? now);
    return calendar.startOf('day', calendar.startOf('hour', until));
  }

  /** The home's hours of a span, as they are known now. */
  async hours({ from, to }: Span, now: number): Promise<readonly Rated[]> {
    const unsettled = this.unsettledFrom(now);
    const freshFrom = unsettled === null ? Infinity : this.calendar.startOf('hour', unsettled);
    const stored = await this.store.buckets('hours', HOME, { from, to: Math.min(to, freshFrom) });
    if (freshFrom >= to) return stored;
    const fine = await this.fine({ from: freshFrom, to }, now);
    const fresh = rollUpRated(fine, this.calendar, 'hour').filter(({ start }) => start >= from);
    return [...stored, ...fresh];
  }

  /** The home's 5-minute buckets of a span, as they are known now. */
  async fine({ from, to }: Span, now: number): Promise<readonly Rated[]> {
    const freshFrom = this.unsettledFrom(now) ?? Infinity;
    const stored = await this.store.buckets('fine', HOME, { from, to: Math.min(to, freshFrom) });
    const span = { from: freshFrom, to: Math.min(to, now) };
    if (span.from >= span.to) return stored;
    const total = await this.total('5m', span, (source) => source.view(span, now));
    const tariff = await this.tariffs.inForce();
    const keeps = await this.currencies('fine', span, tariff);
    const { rated } = rate(total, tariff, await this.usedBefore(freshFrom), keeps);
    return [...stored, ...rated.filter(({ start }) => start >= from)];
  }

  /** What of a month is used by now. */
  async usedBy(now: number): Promise<MonthUse> {
    const month = this.calendar.startOf('month', now);
    return usedBefore(now, await this.hours({ from: month, to: now }, now), this.calendar);
  }

  /** Writes a span anew from what the store has of the home's parts. */
  async settle({ from, to }: Span): Promise<void> {
    const fineFrom = await this.fineFrom();
    await this.settlePart('hours', {
      from: this.calendar.startOf('hour', from),
      to: Math.min(to, fineFrom),
    });
    await this.settlePart('fine', { from: Math.max(from, fineFrom), to });
    await this.trim();
  }

  /** The part of a span in which something was used; null: none is. Of ten thousand years most need no look. */
  async known(span: Span): Promise<Span | null> {
    const from = Math.max(span.from, (await this.store.begin('hours', HOME)) ?? Infinity);
    const to = Math.min(span.to, (await this.store.end('hours', HOME)) ?? -Infinity);
    return from < to ? { from, to } : null;
  }

  /** How many buckets of a known span there are to be priced. */
  async count(span: Span): Promise<number> {
    let count = 0;
    for await (const { buckets } of this.parts(span)) count += buckets.length;
    return count;
  }

  /**
   * Prices a known span anew.
   * @param only `unpriced`: what has a price keeps it
   */
  async rerate(span: Span, tariff: HomeTariff, only: 'all' | 'unpriced' = 'all'): Promise<void> {
    for await (const { grain, part, buckets } of this.parts(span)) {
      if (only === 'unpriced' && buckets.every(({ cost }) => cost !== null)) continue;
      const { rated } = rate(buckets, tariff, await this.usedBefore(part.from));
      const kept = only === 'all' ? rated : rated.map((one, i) => keepPrice(one, buckets[i]));
      await this.write(grain, part, kept);
    }
  }

  /** A known span, month by month and in the finest buckets there are. */
  private async *parts(
    span: Span,
  ): AsyncGenerator<{ grain: Grain; part: Span; buckets: readonly Rated[] }> {
    const fine = await this.store.begin('fine', HOME);
    const fineFrom = fine === null ? Infinity : this.calendar.startOf('hour', fine);
    for (let at = span.from; at < span.to;) {
      const end = Math.min(span.to, this.calendar.next('month', at));
      for (const [grain, part] of [
        ['hours', { from: at, to: Math.min(end, fineFrom) }],
        ['fine', { from: Math.max(at, fineFrom), to: end }],
      ] as const) {
        if (part.from >= part.to) continue;
        const buckets = await this.store.buckets(grain, HOME, part);
        if (buckets.length > 0) yield { grain, part, buckets };
      }
      at = end;
      await nextTurn();
    }
  }

  /**
   * What was used while nobody had set a tariff gets its price from the first one.
   * @param touch called with a span before its hours change
   */
  async priceUnpriced(touch: (span: Span) => void): Promise<void> {
    if (!this.mayBePriced) return;
    const mayLack = await this.tariffs.mayLackPrice();
    const all = { from: 0, to: Infinity };
    const hours = mayLack ? await this.store.buckets('hours', HOME, all) : [];
    const unpriced = hours.filter(({ cost }) => cost === null);
    const [first, last] = [unpriced[0], unpriced.at(-1)];
    const tariff = await this.tariffs.inForce();
    if (first && last && tariff.isSet) {
      const span = { from: first.start, to: last.end };
      touch(span);
      await this.rerate(span, tariff, 'unpriced');
    }
    this.mayBePriced = false;
  }

  private async settlePart(grain: Grain, span: Span): Promise<void> {
    if (span.from >= span.to) return;
    const { calendar, store } = this;
    const step = grain === 'fine' ? '5m' : 'hour';
    const total = await this.total(step, span, ({ deviceId }) =>
      store.buckets(grain, deviceId, { from: span.from, to: calendar.next(step, span.to - 1) }),
    );
    const tariff = await this.tariffs.inForce();
    const to = calendar.next(step, span.to - 1);
    // What is used earlier in a month moves what comes after to other tranches.
    const monthEnd = calendar.next('month', to - 1);
    const after = byUse(tariff) ? await store.buckets(grain, HOME, { from: to, to: monthEnd }) : [];
    const end = after.at(-1)?.end ?? to;
    const whole = { from: span.from, to: end };
    const keeps = await this.currencies(grain, whole, tariff);
    const used = await this.usedBefore(span.from);
    const { rated } = rate([...total, ...after], tariff, used, keeps);
    await this.write(grain, whole, rated);
    // There are no finer ones of so long ago that would agree with these hours.
    if (grain === 'hours') await store.replace('fine', HOME, { from: span.from, to }, []);
  }

  private async write(grain: Grain, span: Span, rated: readonly Rated[]): Promise<void> {
    const { store, calendar } = this;
    await store.replace(grain, HOME, span, rated);
    if (grain === 'hours') return;
    const whole = {
      from: calendar.startOf('hour', span.from),
      to: calendar.next('hour', span.to - 1),
    };
    const fine = await store.buckets('fine', HOME, whole);
    await store.replace('hours', HOME, whole, rollUpRated(fine, calendar, 'hour'));
  }

  /** In which currency each bucket stays: the one it was paid in, if the home has had several (M18). */
  private async currencies(
    grain: Grain,
    span: Span,
    tariff: HomeTariff,
  ): Promise<(bucket: Bucket) => string> {
    if (tariff.former.length === 0) return () => tariff.currency;
    const paid = new Map<number, string>();
    for (const { start, cost } of await this.store.buckets(grain, HOME, span)) {
      if (cost !== null && cost !== 'mixed' && cost.currency !== '') paid.set(start, cost.currency);
    }
    return ({ start }) => paid.get(start) ?? tariff.currency;
  }

  private async total(
    step: '5m' | 'hour',
    { from, to }: Span,
    read: (source: HomeSource) => Promise<readonly Bucket[]>,
  ): Promise<readonly Known[]> {
    const parts = [];
    for (const source of this.sources()) {
      const { main, since } = source;
      parts.push({ main, since, buckets: await read(source) });
    }
    return homeTotal(this.calendar.slots(step, from, to), parts).filter(isKnown);
  }

  private async usedBefore(at: number): Promise<MonthUse> {
    const { store, calendar } = this;
    const hour = calendar.startOf('hour', at);
    const month = calendar.startOf('month', at);
    const hours = await store.buckets('hours', HOME, { from: month, to: hour });
    const fine = await store.buckets('fine', HOME, { from: Math.max(hour, month), to: at });
    return usedBefore(at, [...hours, ...fine], calendar);
  }

  /** From here on every part of the home has its 5-minute buckets still. */
  private async fineFrom(): Promise<number> {
    let newest = -Infinity;
    for (const { deviceId } of this.sources()) {
      newest = Math.max(newest, (await this.store.end('fine', deviceId)) ?? -Infinity);
    }
    return newest === -Infinity ? newest : this.calendar.next('hour', newest - FINE_KEPT_MS);
  }

  /** Once a day: what is too old goes. */
  private async trim(): Promise<void> {
    const newest = (await this.store.end('hours', HOME)) ?? 0;
    const day = Math.floor(newest / DAY_MS);
    if (day === this.trimmedOn) return;
    await this.store.forgetBuckets('fine', HOME, newest - FINE_KEPT_MS);
    await this.store.forgetBuckets('hours', HOME, newest - HOURS_KEPT_MS);
    this.trimmedOn = day;
  }
}

function byUse({ lists, former }: HomeTariff): boolean {
  return lists.some(({ left }) => left(0) !== Infinity) || former.some(byUse);
}

function keepPrice(fresh: Rated, before: Rated | undefined): Rated {
  return before?.cost ? before : fresh;
}
