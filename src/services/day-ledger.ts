import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Known } from '../domain/energy/buckets';
import type { HomeCalendar } from '../domain/energy/calendar';
import { frozenDays, spansOf } from '../domain/energy/days';
import type { Rated } from '../domain/energy/cost';
import { HomeCosts } from '../domain/energy/rating';
import { HOME, type EnergyStore } from './energy-store';
import type { Span } from './meter-ledger';

/** Nobody asks what devices used longer ago. */
const LOOK_BACK_MONTHS = 12;

/** So many devices are read at once: a database answers one while it looks for others, and nobody holds a year of all. */
const READ_AT_ONCE = 8;

/** A part of the home. */
interface Part {
  readonly row: { readonly id: number };
  readonly ledger: {
    viewHours(span: Span, now: number): Promise<readonly Known[]>;
  };
}

/** What one used in a span. */
export interface Use {
  /** Finished days, with their frozen costs. */
  readonly days: readonly Rated<Known>[];
  /** The hours of all that is not in these days. */
  readonly hours: readonly Known[];
}

/**
 * The finished days of devices, so that a year is not read from its hours. A shortcut only: a day that is
 * not in the store is counted from its hours, and gives the same.
 */
export class DayLedger {
  /** The months that are to be looked at, in this order. */
  private readonly months = new Set<number>();
  /** All that ended before has been looked at or is in `months`: at a start nothing, since hours may have been put back from a copy. */
  private until = -Infinity;

  constructor(
    private readonly store: EnergyStore,
    private readonly calendar: HomeCalendar,
    private readonly devices: () => readonly number[],
  ) {}

  /** To be called before hours of a span change. */
  touch({ from, to }: Span): void {
    if (this.until === -Infinity) return;
    const { calendar, until } = this;
    const oldest = calendar.shift('month', until, -LOOK_BACK_MONTHS);
    for (let at = Math.min(to, until); at > Math.max(from, oldest);) {
      at = calendar.startOf('month', at - 1);
      this.months.add(at);
    }
  }

  /**
   * Writes the days that have ended and those that hours have changed of; a month at a time, since nobody
   * else may write meanwhile.
   * @param until midnight before which all is in the store
   */
  async settle(until: number): Promise<void> {
    const isStart = this.until === -Infinity;
    const from = isStart ? ((await this.store.begin('hours', HOME)) ?? until) : this.until;
    this.until = until;
    this.touch({ from, to: until });
    const [month] = this.months;
    if (month === undefined) return;
    const to = Math.min(this.calendar.next('month', month), until);
    if (month < to) await this.write({ from: month, to });
    this.months.delete(month);
  }

  /** Parts with what they used in a span. @param until as for `settle` */
  async *uses<P extends Part>(
    parts: readonly P[],
    span: Span,
    until: number,
    now: number,
  ): AsyncGenerator<P & Use> {
    for (let i = 0; i < parts.length; i += READ_AT_ONCE) {
      const some = parts.slice(i, i + READ_AT_ONCE);
      yield* await Promise.all(
        some.map(async (part) => ({ ...part, ...(await this.use(part, span, until, now)) })),
      );
    }
  }

  private async use(
    { row, ledger }: Part,
    { from, to }: Span,
    until: number,
    now: number,
  ): Promise<Use> {
    const viewHours = (span: Span) => ledger.viewHours(span, now);
    const days = this.calendar.slots('day', from, Math.max(from, until));
    const [stored, newest] = await Promise.all([
      days.length > 0 ? this.store.buckets('days', row.id, { from, to: until }) : [],
      viewHours({ from: Math.max(from, until), to }),
    ]);
    // A zone that the home had before has other days.
    const ends = new Map(days.map(({ start, end }) => [start, end]));
    const whole = new Map(
      stored.filter(({ start, end }) => ends.get(start) === end).map((day) => [day.start, day]),
    );
    const spans = spansOf(days.filter(({ start }) => !whole.has(start)));
    const hours = [];
    for (const span of spans) hours.push(...(await viewHours(span)));
    const isIn = (span: Span, at: number) => at >= span.from && at < span.to;
    const others = [...whole.values()].filter(
      ({ start }) => !spans.some((span) => isIn(span, start)),
    );
    return { days: others as Rated<Known>[], hours: [...hours, ...newest] };
  }

  private async write(span: Span): Promise<void> {
    const { store, calendar } = this;
    const home = new HomeCosts();
    home.add(await store.buckets('hours', HOME, span));
    for (const deviceId of this.devices()) {
      const hours = await store.buckets('hours', deviceId, span);
      const days = frozenDays(hours as unknown as readonly Known[], home, calendar);
      await store.replace('days', deviceId, span, days);
      await nextTurn();
    }
  }
}
