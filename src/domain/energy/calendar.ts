import { IANAZone } from 'luxon';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './units';

/** The lengths of slots. Every zone's clock is a multiple of 5 min off UTC, so 5-minute slots are the same everywhere. */
export const STEPS = ['5m', 'hour', 'day', 'month'] as const;
export type Step = (typeof STEPS)[number];

export const FIVE_MINUTES_MS = 5 * MINUTE_MS;

export interface Slot {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** How much of a zone's offsets is looked up at once. */
const BLOCK_MS = 64 * DAY_MS;

const NOWHERE: Slot = { start: 0, end: 0 };

interface Span extends Slot {
  readonly offsetMs: number;
}

/**
 * A home's calendar (M4): which slot an instant belongs to, in the home's zone. Slots follow each other
 * without a gap: a day has 23 h or 25 h where the clock changes, an hour that is set back happens twice,
 * and where the clock changes by half an hour one slot is shorter.
 */
export class HomeCalendar {
  private readonly zoneRules: IANAZone;
  private readonly blocks = new Map<number, readonly Span[]>();
  private readonly dayStarts = new Map<number, number>();
  private span: Span = { start: 0, end: 0, offsetMs: 0 };
  /** Those asked for last: most questions follow each other in time. */
  private readonly lastSlots: Record<Step, Slot> = {
    '5m': NOWHERE,
    hour: NOWHERE,
    day: NOWHERE,
    month: NOWHERE,
  };

  /** @throws RangeError for a zone nobody knows */
  constructor(readonly zone: string) {
    this.zoneRules = IANAZone.create(zone);
    if (!this.zoneRules.isValid) throw new RangeError(`Unknown time zone ${zone}`);
  }

  /** The start of the slot an instant belongs to. */
  startOf(step: Step, at: number): number {
    return this.slotOf(step, at).start;
  }

  /** The start of the slot after the one an instant belongs to. */
  next(step: Step, at: number): number {
    return this.slotOf(step, at).end;
  }

  /** The slot an instant belongs to. */
  slotOf(step: Step, at: number): Slot {
    const last = this.lastSlots[step];
    if (at >= last.start && at < last.end) return last;
    const slot = this.findSlot(step, at);
    this.lastSlots[step] = slot;
    return slot;
  }

  /** The start of the slot `count` slots after (before, if negative) the one an instant belongs to. */
  shift(step: Step, at: number, count: number): number {
    if (step === 'day') return this.dayStart(this.dayOf(at) + count);
    if (step === 'month') return this.monthStart(at, count);
    let start = this.startOf(step, at);
    for (let i = 0; i < count; i += 1) start = this.next(step, start);
    for (let i = 0; i > count; i -= 1) start = this.startOf(step, start - 1);
    return start;
  }

  /** The slots that have a part in [from, to), whole. */
  slots(step: Step, from: number, to: number): readonly Slot[] {
    const slots: Slot[] = [];
    for (let at = from; at < to;) {
      const slot = this.slotOf(step, at);
      slots.push(slot);
      at = slot.end;
    }
    return slots;
  }

  /** Minutes since Monday 00:00 on the home's clock. */
  minuteOfWeek(at: number): number {
    const local = at + this.offsetMs(at);
    const day = Math.floor(local / DAY_MS);
    return weekdayOf(day) * 1440 + Math.floor((local - day * DAY_MS) / MINUTE_MS);
  }

  /** 0 = Monday … 6 = Sunday. */
  weekday(at: number): number {
    return weekdayOf(this.dayOf(at));
  }

  /** 0 to 23. */
  hour(at: number): number {
    return Math.floor((this.minuteOfWeek(at) % 1440) / 60);
  }

  /** Midnight (or what comes first of the day) of a date such as 2026-03-29. */
  dateStart(date: string): number {
    return this.dayStart(Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS));
  }

  /** What the home's clock shows at an instant, as if it were UTC. */
  shown(at: number): number {
    return at + this.offsetMs(at);
  }

  /**
   * The first instant at which the home's clock shows a time; where the clock skips that time, the instant at
   * which it has. @param shown the time as if it were UTC
   */
  instantOf(shown: number): number {
    const before = this.offsetMs(shown - DAY_MS);
    const after = this.offsetMs(shown + DAY_MS);
    const at = shown - before;
    if (this.offsetMs(at) === before) return at;
    // The clock changed before that time came, or at it; it may have skipped it.
    const changed = shown - after;
    return this.offsetMs(changed) === after ? changed : this.changeIn(changed, at);
  }

  /** How far the home's clock is ahead of UTC. */
  offsetMs(at: number): number {
    return this.spanAt(at).offsetMs;
  }

  /** The next instant at which the clock may change; never before it does. */
  steadyUntil(at: number): number {
    return this.spanAt(at).end;
  }

  private findSlot(step: Step, at: number): Slot {
    switch (step) {
      case '5m': {
        const start = floorTo(at, FIVE_MINUTES_MS);
        return { start, end: start + FIVE_MINUTES_MS };
      }
      case 'hour':
        return { start: this.startOfHour(at), end: this.nextHour(at) };
      case 'day': {
        const day = this.dayOf(at);
        return { start: this.dayStart(day), end: this.dayStart(day + 1) };
      }
      case 'month':
        return { start: this.monthStart(at, 0), end: this.monthStart(at, 1) };
    }
  }

  private spanAt(at: number): Span {
    if (at >= this.span.start && at < this.span.end) return this.span;
    const block = Math.floor(at / BLOCK_MS);
    let spans = this.blocks.get(block);
    if (!spans) this.blocks.set(block, (spans = this.lookUp(block)));
    this.span = spans.find(({ end }) => at < end) ?? this.span;
    return this.span;
  }

  private lookUp(block: number): readonly Span[] {
    const blockEnd = (block + 1) * BLOCK_MS;
    const ruleMs = (at: number) => this.zoneRules.offset(at) * MINUTE_MS;
    const spans: Span[] = [];
    for (let start = block * BLOCK_MS; start < blockEnd;) {
      const offset = ruleMs(start);
      let end = start + DAY_MS;
      while (end < blockEnd && ruleMs(end) === offset) end += DAY_MS;
      end = ruleMs(end) === offset ? blockEnd : this.changeIn(end - DAY_MS, end, ruleMs);
      spans.push({ start, end: Math.min(end, blockEnd), offsetMs: offset });
      start = end;
    }
    return spans;
  }

  /** The instant at which the clock changes, which it does once in (low, high]. */
  private changeIn(
    low: number,
    high: number,
    offsetMs = (at: number) => this.offsetMs(at),
  ): number {
    const offset = offsetMs(low);
    let [same, other] = [low, high];
    while (other - same > MINUTE_MS) {
      const middle = floorTo((same + other) / 2, MINUTE_MS);
      if (offsetMs(middle) === offset) same = middle;
      else other = middle;
    }
    return floorTo(other, MINUTE_MS);
  }

  private dayOf(at: number): number {
    const day = Math.floor((at + this.offsetMs(at)) / DAY_MS);
    // Where the clock goes back over midnight the day that has begun goes on.
    return this.dayStart(day + 1) <= at ? day + 1 : day;
  }

  /** The first instant of a day, counted in days since 1970 on the home's clock. */
  private dayStart(day: number): number {
    const known = this.dayStarts.get(day);
    if (known !== undefined) return known;
    const start = this.instantOf(day * DAY_MS);
    this.dayStarts.set(day, start);
    return start;
  }

  private monthStart(at: number, monthsLater: number): number {
    const local = new Date(this.dayOf(at) * DAY_MS);
    const first = Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + monthsLater, 1);
    return this.dayStart(first / DAY_MS);
  }

  private startOfHour(at: number): number {
    const offset = this.offsetMs(at);
    const start = floorTo(at + offset, HOUR_MS) - offset;
    return this.offsetMs(start) === offset ? start : this.changeIn(start, at);
  }

  private nextHour(at: number): number {
    const offset = this.offsetMs(at);
    const end = floorTo(at + offset, HOUR_MS) + HOUR_MS - offset;
    return this.offsetMs(end - 1) === offset ? end : this.changeIn(at, end);
  }
}

const calendars = new Map<string, HomeCalendar>();

/** The calendar of a zone, made once. @throws RangeError for a zone nobody knows */
export function homeCalendar(zone: string): HomeCalendar {
  let calendar = calendars.get(zone);
  if (!calendar) calendars.set(zone, (calendar = new HomeCalendar(zone)));
  return calendar;
}

function floorTo(at: number, unitMs: number): number {
  return Math.floor(at / unitMs) * unitMs;
}

/** 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}
