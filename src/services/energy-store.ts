import type { Value } from '../contract/value';
import { FIVE_MINUTES_MS } from '../domain/energy/calendar';
import type { Checkpoint } from '../domain/energy/checkpoint';
import {
  packBuckets,
  packReadings,
  setOf,
  unpackBuckets,
  unpackReadings,
  type BucketPack,
  type Unlabelled,
} from '../domain/energy/packs';
import type { Rated } from '../domain/energy/cost';
import { instantOf, type Reading } from '../domain/energy/reading';
import { DAY_MS, HOUR_MS } from '../domain/energy/units';
import type { MeterCheckpointRow, Point, Store, TimeSeries } from '../ports/store';

/** The finest buckets, the hours, and the finished days of devices; what is longer is a sum. */
export type Grain = 'fine' | 'hours' | 'days';

/** The series of the home's total, beside those of the devices' ids. */
export const HOME = 'home';

const PACK_MS: Readonly<Record<Grain, number>> = {
  fine: HOUR_MS,
  hours: DAY_MS,
  days: 16 * DAY_MS,
};
const LENGTH_MS: Readonly<Record<Grain, number>> = {
  fine: FIVE_MINUTES_MS,
  hours: HOUR_MS,
  days: DAY_MS,
};
/** No day of any zone is longer. */
const LONGEST_DAY_MS = 2 * DAY_MS;

/** An hour of a meter that says more is kept in several points: a point has a longest length. */
const READINGS_A_POINT = 150;

/** A meter's checkpoint, out of the store. */
export interface StoredCheckpoint {
  readonly until: number;
  readonly since: number;
  readonly checkpoint: Checkpoint;
}

interface Span {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * Energy in the store: readings, buckets and checkpoints, in packs. Everything put twice is put once.
 * A day that is in the store is what its hours give, those of its device and those of the home (by which it
 * has its cost): before hours change, the days they are part of are deleted.
 */
export class EnergyStore {
  /** How amounts without a currency are read; francs unless told. */
  unlabelled: Unlabelled | undefined;

  constructor(private readonly store: Store) {}

  /** A meter's readings that count at or after an instant, in order. */
  async readings(meterId: number, from: number): Promise<Reading[]> {
    const packs = await this.store.meterReadings.read(String(meterId), {
      from: startOf(from, HOUR_MS),
    });
    return packs
      .flatMap(({ at, value }) => unpackReadings(value as string, at))
      .filter((reading) => instantOf(reading) >= from);
  }

  /** Adds readings. @param readings canonical */
  async addReadings(meterId: number, readings: readonly Reading[]): Promise<void> {
    const series = String(meterId);
    const points: Point[] = [];
    for (const [at, some] of inPacks(readings, instantOf, HOUR_MS)) {
      const there = await this.store.meterReadings.read(series, { from: at, to: at + 1 });
      const before = there.flatMap(({ value }) => unpackReadings(value as string, at));
      const all = setOf([...before, ...some]);
      for (let i = 0; i * READINGS_A_POINT < all.length; i++) {
        const part = all.slice(i * READINGS_A_POINT, (i + 1) * READINGS_A_POINT);
        const key = i === 0 ? '' : String(i).padStart(4, '0');
        const value = packReadings(part, at);
        const old = there[i];
        if (old?.key !== key || old.value !== value) points.push({ series, at, key, value });
      }
    }
    if (points.length > 0) await this.store.meterReadings.put(points);
  }

  /** The buckets that begin in a span, oldest first. */
  async buckets(grain: Grain, series: string | number, { from, to }: Span): Promise<Rated[]> {
    const packMs = PACK_MS[grain];
    const packs = await this.series(grain).read(String(series), {
      from: startOf(from, packMs),
      ...(to !== Infinity && { to }),
    });
    return packs
      .flatMap((pack) => this.unpack(grain, pack))
      .filter(({ start }) => start >= from && start < to);
  }

  /** Where the oldest bucket begins; null: there is none. */
  async begin(grain: Grain, series: string | number): Promise<number | null> {
    const [oldest] = await this.series(grain).read(String(series), { limit: 1 });
    if (!oldest) return null;
    return this.unpack(grain, oldest)[0]?.start ?? null;
  }

  /** Where the newest bucket ends; null: there is none. */
  async end(grain: Grain, series: string | number): Promise<number | null> {
    const newest = await this.series(grain).latest(String(series));
    if (!newest) return null;
    return this.unpack(grain, newest).at(-1)?.end ?? null;
  }

  /** These buckets instead of all that begin in the span; writes what differs. @param buckets of the span, oldest first */
  async replace(
    grain: Grain,
    series: string | number,
    { from, to }: Span,
    buckets: readonly Rated[],
  ): Promise<void> {
    if (to <= from) return;
    const name = String(series);
    const packMs = PACK_MS[grain];
    const table = this.series(grain);
    const packs = inPacks(buckets, ({ start }) => start, packMs);
    const there = await table.read(name, {
      from: startOf(from, packMs),
      ...(to !== Infinity && { to }),
    });
    const before = new Map(there.map(({ at, value }) => [at, JSON.stringify(value)]));
    const gone: number[] = [];
    for (const point of there) {
      const { at } = point;
      const old = this.unpack(grain, point);
      const kept = old.filter(({ start }) => start < from || start >= to);
      const fresh = packs.get(at) ?? [];
      if (kept.length + fresh.length > 0) packs.set(at, [...kept, ...fresh].sort(byStart));
      else gone.push(at);
    }
    const points = Array.from(packs, ([at, some]) => ({
      series: name,
      at,
      key: '',
      value: packBuckets(some, at, LENGTH_MS[grain]) as unknown as Value,
    })).filter(({ at, value }) => before.get(at) !== JSON.stringify(value));
    if (points.length + gone.length === 0) return;
    if (grain === 'hours') await this.deleteDays(name, { from, to });
    for (const at of gone) await table.delete({ series: name, from: at, to: at + 1 });
    if (points.length > 0) await table.put(points);
  }

  /** A meter's checkpoints, oldest first. */
  async checkpoints(meterId: number): Promise<StoredCheckpoint[]> {
    const rows = await this.store.meterCheckpoints.list({ where: { deviceId: meterId } });
    return rows
      .filter(({ id }) => id !== nominalId(meterId))
      .map(({ until, since, state }) => ({
        until,
        since,
        checkpoint: state as unknown as Checkpoint,
      }))
      .sort((a, b) => a.until - b.until);
  }

  /** These checkpoints instead of all that are after an instant. */
  async replaceCheckpoints(
    meterId: number,
    after: number,
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<void> {
    const rows = checkpoints.map(({ until, since, checkpoint }) => ({
      id: `${meterId}@${Math.floor((until - 1) / DAY_MS)}`,
      deviceId: meterId,
      until,
      since,
      state: { ...checkpoint, remembered: [...checkpoint.remembered] } as unknown as Value,
    }));
    for (const row of rows) await this.putCheckpoint(row);
    const fresh = new Set(rows.map(({ id }) => id));
    for (const { id, until } of await this.store.meterCheckpoints.list({
      where: { deviceId: meterId },
    })) {
      if (id === nominalId(meterId) || fresh.has(id) || until <= after) continue;
      await this.store.meterCheckpoints.delete(id);
    }
  }

  async nominal(deviceId: number): Promise<MeterCheckpointRow | null> {
    return this.store.meterCheckpoints.get(nominalId(deviceId));
  }

  async putNominal(row: Omit<MeterCheckpointRow, 'id'>): Promise<void> {
    await this.putCheckpoint({ ...row, id: nominalId(row.deviceId) });
  }

  /** Which devices there is something of. */
  async sources(): Promise<MeterCheckpointRow[]> {
    return this.store.meterCheckpoints.list();
  }

  /** Forgets what is older: readings and checkpoints of a meter before an instant. */
  async forgetReadings(meterId: number, before: number): Promise<void> {
    const to = startOf(before, HOUR_MS);
    await this.store.meterReadings.delete({ series: String(meterId), to });
    for (const { id, until } of await this.store.meterCheckpoints.list({
      where: { deviceId: meterId },
    })) {
      if (id !== nominalId(meterId) && until < before) await this.store.meterCheckpoints.delete(id);
    }
  }

  async forgetBuckets(grain: Grain, series: string | number, before: number): Promise<void> {
    const to = startOf(before, PACK_MS[grain]);
    if (grain === 'hours') await this.deleteDays(String(series), { from: 0, to });
    await this.series(grain).delete({ series: String(series), to });
  }

  /** Forgets the finished days of all devices: they are counted anew from hours. */
  async forgetDays(): Promise<void> {
    const { energyDays } = this.store;
    for (const series of await energyDays.names()) await energyDays.delete({ series });
  }

  /** Forgets a device. */
  async remove(deviceId: number): Promise<void> {
    const series = String(deviceId);
    const { meterReadings, energyFine, energyHours, energyDays, meterCheckpoints } = this.store;
    for (const one of [energyDays, energyHours, energyFine, meterReadings]) {
      await one.delete({ series });
    }
    await meterCheckpoints.deleteWhere({ where: { deviceId } });
  }

  private async putCheckpoint(row: MeterCheckpointRow): Promise<void> {
    const { id, ...changes } = row;
    const { meterCheckpoints } = this.store;
    if (!(await meterCheckpoints.update(id, changes))) await meterCheckpoints.insertIfAbsent(row);
  }

  /** Deletes the days that hours of a span are part of; the home's hours are part of every device's. */
  private async deleteDays(series: string, { from, to }: Span): Promise<void> {
    const names = series === HOME ? await this.store.energyDays.names() : [series];
    for (const name of names) {
      const days = await this.buckets('days', name, { from: from - LONGEST_DAY_MS, to });
      const first = days.find(({ end }) => end > from);
      if (first) await this.replace('days', name, { from: first.start, to }, []);
    }
  }

  private unpack(grain: Grain, { at, value }: Pick<Point, 'at' | 'value'>) {
    return unpackBuckets(value as unknown as BucketPack, at, LENGTH_MS[grain], this.unlabelled);
  }

  private series(grain: Grain): TimeSeries {
    const { energyFine, energyHours, energyDays } = this.store;
    return { fine: energyFine, hours: energyHours, days: energyDays }[grain];
  }
}

function nominalId(deviceId: number): string {
  return `${deviceId}@nominal`;
}

function startOf(at: number, packMs: number): number {
  return Math.max(0, Math.floor(at / packMs)) * packMs;
}

function byStart(a: Rated, b: Rated): number {
  return a.start - b.start;
}

function inPacks<T>(
  things: readonly T[],
  atOf: (thing: T) => number,
  packMs: number,
): Map<number, T[]> {
  const packs = new Map<number, T[]>();
  for (const thing of things) {
    const at = startOf(atOf(thing), packMs);
    const pack = packs.get(at);
    if (pack) pack.push(thing);
    else packs.set(at, [thing]);
  }
  return packs;
}
