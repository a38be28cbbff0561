import { setImmediate as nextTurn } from 'node:timers/promises';
import { rollUp, type Known } from '../domain/energy/buckets';
import { FIVE_MINUTES_MS, type HomeCalendar } from '../domain/energy/calendar';
import { advance, advanceByDay, BEGINNING, type Tail } from '../domain/energy/checkpoint';
import { powerNow } from '../domain/energy/figures';
import { MAX_POWER_W, type MeterDeclaration, type MeterEvent } from '../domain/energy/meter';
import { canonical, setOf } from '../domain/energy/packs';
import { admission, instantOf, LATE_WITHIN_MS, type Reading } from '../domain/energy/reading';
import { holdMs, type Slice } from '../domain/energy/slice';
import { DAY_MS } from '../domain/energy/units';
import type { EnergyStore, StoredCheckpoint } from './energy-store';

/** 5-minute buckets are kept so long behind the newest reading, hours so long. */
export const FINE_KEPT_MS = 31 * DAY_MS;
export const HOURS_KEPT_MS = 3 * 366 * DAY_MS;

export interface Span {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** What a reading has brought. */
export interface Metered {
  /** Slices that are over. */
  readonly slices: readonly Slice[];
  readonly events: readonly MeterEvent[];
}

/** What is not in the store yet: it replaces what is there from `from` on. */
interface Overlay {
  from: number;
  readonly buckets: Known[];
}

/** Where to go on from what is in the store. */
interface Written extends StoredCheckpoint {
  readonly tail: Tail | null;
}

/**
 * One meter's account: what it said lately in memory, what came of it before in the store. `take` counts
 * at once what comes in order, so that pages see it; `settle` writes. What `settle` writes depends on the
 * set of readings alone, whoever took them in and how often.
 */
export class MeterLedger {
  private pending: Reading[] = [];
  private late = false;
  private live = BEGINNING;
  private tail: Tail | null = null;
  private overlay: Overlay | null = null;
  private written: Written | null = null;
  private power: { readonly at: number; readonly powerW: number } | null = null;
  private rise: Slice | null = null;
  private firstAt: number | null = null;

  constructor(
    readonly deviceId: number,
    private readonly store: EnergyStore,
    private readonly calendar: HomeCalendar,
    private readonly declaration: () => MeterDeclaration,
  ) {}

  /** Goes on from the store. @param stored its newest checkpoint */
  goOn({ checkpoint, since }: StoredCheckpoint): void {
    this.live = checkpoint;
    this.firstAt = since;
    this.power = checkpoint.meter.gauge;
  }

  /** When it became part of the home; null: it has not said anything yet. */
  get since(): number | null {
    return this.firstAt;
  }

  /** Whether it is counted by its counter. */
  get hasCounter(): boolean {
    return this.live.meter.base !== null;
  }

  get unsettled(): boolean {
    return this.pending.length > 0;
  }

  /** True while something waits that `view` does not show. */
  get isLate(): boolean {
    return this.late;
  }

  /** False for a reading that is too late to count. */
  admits(reading: Reading): boolean {
    const { until } = this.live;
    return admission(reading, until === 0 ? null : until - 1) !== 'too-late';
  }

  /**
   * Shows its power now, counted or not: what has just come in is how the meter is, whatever its clock says
   * (M15). Only what the broker sends again may be of the past.
   */
  show(reading: Reading): void {
    const { powerW, receivedAt, redelivered } = reading;
    if (powerW === null || powerW > (this.declaration().maxPowerW ?? MAX_POWER_W)) return;
    const at = redelivered ? instantOf(reading) : receivedAt;
    if (redelivered && this.power && at < this.power.at) return;
    this.power = { at, powerW };
  }

  take(reading: Reading): Metered {
    this.show(reading);
    const taken = canonical(reading);
    this.pending.push(taken);
    return this.count(taken);
  }

  /** W now; null: not known. */
  powerNow(now: number): number | null {
    return powerNow(this.declaration(), { power: this.power, rise: this.rise }, now);
  }

  /** From when on `view` may show other than the store; null: nowhere. */
  unsettledFrom(now: number): number | null {
    const { gauge } = this.live.meter;
    const { intervalS } = this.declaration();
    const isOpen = gauge !== null && gauge.at + holdMs(intervalS) > now;
    const openFrom = isOpen ? gauge.at - (gauge.at % FIVE_MINUTES_MS) : null;
    if (this.overlay === null || openFrom === null) return this.overlay?.from ?? openFrom;
    return Math.min(this.overlay.from, openFrom);
  }

  /** The 5-minute buckets of a span as they are known now, those that wait to be written too. */
  async view(span: Span, now: number): Promise<readonly Known[]> {
    const fresh = this.fresh(now);
    const to = Math.min(span.to, fresh?.from ?? Infinity);
    const stored = await this.store.buckets('fine', this.deviceId, { from: span.from, to });
    const inSpan = (fresh?.buckets ?? []).filter(
      ({ start }) => start >= span.from && start < span.to,
    );
    return [...(stored as unknown as Known[]), ...inSpan];
  }

  /** The hours of a span, as `view`. */
  async viewHours({ from, to }: Span, now: number): Promise<readonly Known[]> {
    const unsettled = this.unsettledFrom(now);
    const freshFrom = unsettled === null ? Infinity : this.calendar.startOf('hour', unsettled);
    const [stored, fine] = await Promise.all([
      this.store.buckets('hours', this.deviceId, { from, to: Math.min(to, freshFrom) }),
      freshFrom < to ? this.view({ from: freshFrom, to }, now) : [],
    ]);
    const fresh = rollUp(fine, this.calendar, 'hour').filter(({ start }) => start >= from);
    return [...(stored as unknown as Known[]), ...fresh];
  }

  /**
   * Writes what came in, and goes on showing it from memory until `release`. When it rejects, everything waits
   * for the next time.
   * @returns the span that is written anew; null if nothing changed
   */
  async settle(): Promise<Span | null> {
    const taken = this.pending;
    if (taken.length === 0) return null;
    this.pending = [];
    try {
      return await this.write(setOf(taken));
    } catch (error) {
      this.pending = [...taken, ...this.pending];
      throw error;
    }
  }

  /** What is written is in the home's total, too: from now on the store shows it. */
  release(): void {
    if (this.written) this.goOnFrom(this.written);
    this.written = null;
  }

  private count(reading: Reading): Metered {
    const at = instantOf(reading);
    this.firstAt = Math.min(this.firstAt ?? at, at);
    if (at < this.live.until) {
      this.late = true;
      return { slices: [], events: [] };
    }
    const before = this.live;
    const { checkpoint, from, buckets, slices, events } = advance(this.declaration(), before, [
      reading,
    ]);
    this.live = checkpoint;
    this.tail = { before, readings: [reading] };
    if (from !== null) this.overlay = over(this.overlay, from, buckets);
    const closed = slices.filter((slice) => slice.to <= at);
    const rise = closed.findLast(({ method }) => method === 'counter');
    if (rise) this.rise = rise;
    return { slices: closed, events };
  }

  /** What waits, with a power that is held up to now only. */
  private fresh(now: number): Overlay | null {
    const waiting = this.overlay && { ...this.overlay, buckets: [...this.overlay.buckets] };
    if (!this.tail || this.live.meter.gauge === null) return waiting;
    const { from, buckets } = advance(
      this.declaration(),
      this.tail.before,
      this.tail.readings,
      now,
    );
    return from === null ? waiting : over(waiting, from, buckets);
  }

  private async write(news: readonly Reading[]): Promise<Span | null> {
    const { store, deviceId } = this;
    const [earliest] = news;
    if (!earliest) return null;
    const stored = await store.checkpoints(deviceId);
    const base = stored.findLast(({ until }) => until <= instantOf(earliest));
    const known = await store.readings(deviceId, base?.until ?? 0);
    const all = setOf([...known, ...news]);
    const since = Math.min(stored[0]?.since ?? Infinity, instantOf(earliest));

    let written: Overlay | null = null;
    let tail: Tail | null = null;
    const checkpoints: StoredCheckpoint[] = [];
    for (const day of advanceByDay(this.declaration(), base?.checkpoint ?? BEGINNING, all)) {
      const { checkpoint, from, buckets } = day;
      if (from !== null) written = over(written, from, buckets);
      checkpoints.push({ until: checkpoint.until, since, checkpoint });
      ({ tail } = day);
      await nextTurn();
    }
    const span = written ? await this.writeBuckets(written) : null;
    const newest = checkpoints.at(-1);
    if (newest) {
      const before = stored.filter(({ until }) => until <= (base?.until ?? 0));
      const keepUntil = newest.until - LATE_WITHIN_MS;
      const oldest = [...before, ...checkpoints].findLast(({ until }) => until <= keepUntil);
      const keepFrom = oldest?.until ?? 0;
      await store.addReadings(
        deviceId,
        news.filter((reading) => instantOf(reading) >= keepFrom),
      );
      // Last, since it says that all the rest is there.
      await store.replaceCheckpoints(
        deviceId,
        base?.until ?? 0,
        checkpoints.filter(({ until }) => until >= keepFrom),
      );
      await this.trim(stored[0]?.until ?? 0, keepFrom, newest.until);
      this.written = { ...newest, tail };
    }
    return span;
  }

  private async writeBuckets({ from, buckets }: Overlay): Promise<Span> {
    const { store, deviceId, calendar } = this;
    const oldEnd = (await store.end('fine', deviceId)) ?? 0;
    const end = Math.max(oldEnd, buckets.at(-1)?.end ?? from);
    const hour = calendar.startOf('hour', from);
    const begun = await store.buckets('fine', deviceId, { from: hour, to: from });
    const hours = rollUp([...begun, ...buckets], calendar, 'hour');
    const fineFrom = Math.max(from, end - FINE_KEPT_MS);
    const fine = buckets.filter(({ start }) => start >= fineFrom);
    await store.replace('fine', deviceId, { from, to: Infinity }, fine.map(unrated));
    await store.replace('hours', deviceId, { from: hour, to: Infinity }, hours.map(unrated));
    return { from, to: end };
  }

  private async trim(oldest: number, keepFrom: number, newest: number): Promise<void> {
    // Once a day is enough.
    if (Math.floor(oldest / DAY_MS) >= Math.floor(keepFrom / DAY_MS)) return;
    const { store, deviceId } = this;
    await store.forgetReadings(deviceId, keepFrom);
    await store.forgetBuckets('fine', deviceId, newest - FINE_KEPT_MS);
    await store.forgetBuckets('hours', deviceId, newest - HOURS_KEPT_MS);
  }

  /** Counts on from what is in the store now, with what came meanwhile. */
  private goOnFrom({ checkpoint, since, tail }: Written): void {
    this.live = checkpoint;
    this.firstAt = since;
    this.tail = tail;
    this.overlay = null;
    this.late = false;
    for (const reading of setOf(this.pending)) this.count(reading);
  }
}

/** Puts buckets over what there is from `from` on, in place: there may be a year of it. */
function over(before: Overlay | null, from: number, buckets: readonly Known[]): Overlay {
  if (!before) return { from, buckets: [...buckets] };
  while ((before.buckets.at(-1)?.start ?? -1) >= from) before.buckets.pop();
  for (const bucket of buckets) before.buckets.push(bucket);
  before.from = Math.min(before.from, from);
  return before;
}

function unrated(bucket: Known) {
  return { ...bucket, cost: null };
}
