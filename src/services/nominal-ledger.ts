import type { Value } from '../contract/value';
import { bucketsOf, isKnown, rollUp, type Known } from '../domain/energy/buckets';
import { FIVE_MINUTES_MS, type HomeCalendar } from '../domain/energy/calendar';
import { estimate, type Draw } from '../domain/energy/slice';
import { MINUTE_MS } from '../domain/energy/units';
import type { EnergyStore } from './energy-store';
import type { Span } from './meter-ledger';

/** While Aurion was away for no longer than this, a device is believed to have drawn what it draws after. */
const BRIDGED_MS = 5 * MINUTE_MS;

interface Settled {
  /** Everything before is in the store. */
  readonly until: number;
  readonly since: number;
  /** What is in the bucket of `until`, up to it. */
  readonly begun: Known | null;
}

/**
 * The account of a device without a meter: its nominal power while it is on, estimated. The store says
 * up to when it was counted, so that several processes go on from each other.
 */
export class NominalLedger {
  private draws: Draw[] = [];
  private written: Settled | null = null;

  constructor(
    readonly deviceId: number,
    private readonly store: EnergyStore,
    private readonly calendar: HomeCalendar,
    private settled: Settled,
  ) {}

  /** Goes on from the store; null: it has nothing. */
  static async goOn(
    deviceId: number,
    store: EnergyStore,
    calendar: HomeCalendar,
  ): Promise<NominalLedger | null> {
    const settled = await read(store, deviceId);
    return settled && new NominalLedger(deviceId, store, calendar, settled);
  }

  get since(): number {
    return this.settled.since;
  }

  /** It draws so much from an instant on; null: not known. */
  draw(at: number, powerW: number | null): void {
    const last = this.draws.at(-1);
    if (last) {
      if (last.powerW !== powerW) this.draws.push({ at, powerW });
      return;
    }
    const { until } = this.settled;
    this.draws.push({ at: until <= at && at - until <= BRIDGED_MS ? until : at, powerW });
  }

  /** W now; null: not known. */
  get powerW(): number | null {
    return this.draws.at(-1)?.powerW ?? null;
  }

  unsettledFrom(): number {
    return bucketStart(this.settled.until);
  }

  async view({ from, to }: Span, now: number): Promise<readonly Known[]> {
    const freshFrom = this.unsettledFrom();
    const fresh = this.count(now);
    const stored = await this.store.buckets('fine', this.deviceId, {
      from,
      to: Math.min(to, freshFrom),
    });
    const inSpan = fresh.filter(({ start }) => start >= from && start < to);
    return [...(stored as unknown as Known[]), ...inSpan];
  }

  async viewHours({ from, to }: Span, now: number): Promise<readonly Known[]> {
    const freshFrom = this.calendar.startOf('hour', this.unsettledFrom());
    const stored = await this.store.buckets('hours', this.deviceId, {
      from,
      to: Math.min(to, freshFrom),
    });
    const fine = freshFrom < to ? await this.view({ from: freshFrom, to }, now) : [];
    const fresh = rollUp(fine, this.calendar, 'hour').filter(({ start }) => start >= from);
    return [...(stored as unknown as Known[]), ...fresh];
  }

  /**
   * Writes up to now, if there is that much to write, and goes on showing it from memory until `release`.
   * @returns the span that is written anew
   */
  async settle(now: number, atLeastMs: number): Promise<Span | null> {
    if (now - this.settled.until < atLeastMs) return null;
    const { store, deviceId, calendar } = this;
    const settled = (await read(store, deviceId)) ?? this.settled;
    const { until, since } = settled;
    if (now <= until) {
      // Another process has counted it.
      this.written = settled;
      return null;
    }
    const from = bucketStart(until);
    const fine = this.count(now, settled);
    const hour = calendar.startOf('hour', from);
    const begun = (await store.buckets('fine', deviceId, { from: hour, to: from })).filter(isKnown);
    const hours = rollUp([...begun, ...fine], calendar, 'hour');
    const put = (buckets: readonly Known[]) => buckets.map((one) => ({ ...one, cost: null }));
    await store.replace('fine', deviceId, { from, to: Infinity }, put(fine));
    await store.replace('hours', deviceId, { from: hour, to: Infinity }, put(hours));
    const last = fine.find(({ start }) => start === bucketStart(now)) ?? null;
    const state = { begun: last } as unknown as Value;
    await store.putNominal({ deviceId, until: now, since, state });
    this.written = { until: now, since, begun: last };
    return fine.length > 0 ? { from, to: bucketStart(now) + FIVE_MINUTES_MS } : null;
  }

  /** What is written is in the home's total, too: from now on the store shows it. */
  release(): void {
    if (!this.written) return;
    this.settled = this.written;
    this.written = null;
    const before = this.draws.findLastIndex(({ at }) => at <= this.settled.until);
    this.draws = this.draws.slice(Math.max(0, before));
  }

  /** The buckets from the one of `until` on. */
  private count(now: number, { until, begun } = this.settled): readonly Known[] {
    const slices = estimate(this.draws, now).flatMap((slice) => {
      if (slice.to <= until) return [];
      if (slice.from >= until) return [slice];
      const powerW = this.draws.findLast(({ at }) => at === slice.from)?.powerW ?? null;
      return estimate([{ at: until, powerW }], slice.to);
    });
    return bucketsOf(slices, { begun, until: now });
  }
}

async function read(store: EnergyStore, deviceId: number): Promise<Settled | null> {
  const row = await store.nominal(deviceId);
  if (!row) return null;
  const { begun } = row.state as unknown as { readonly begun: Known | null };
  return { until: row.until, since: row.since, begun };
}

function bucketStart(at: number): number {
  return at - (at % FIVE_MINUTES_MS);
}
