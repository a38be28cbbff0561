import type { HistoryPoint, SensorValue } from '../contract/sensor';
import { LATE_WITHIN_MS, isAfter, type Reading } from '../domain/sensors/arrival';
import { aggregate, HOUR_MS, MINUTE_MS, slotStart } from '../domain/sensors/aggregates';
import type { Point, RowChanges, SettingRow, Store, TimeSeries } from '../ports/store';
import { InTurn } from './in-turn';

const DAY_MS = 86_400_000;
const MINUTES_KEPT_MS = 30 * DAY_MS;
const HOURS_KEPT_MS = 731 * DAY_MS;
/** More readings of one hour are not kept one by one: their last value is in the state. */
const READINGS_PER_HOUR_MAX = 12_000;

type Kept = {
  readonly at: number;
  readonly key: string;
  readonly value: SensorValue;
  readonly unit: string | null;
};

/** A reading as its point keeps it. */
interface SaidOnce {
  readonly value?: SensorValue;
  readonly doubted?: true;
  /** What older versions called it. */
  readonly ahead?: true;
}

interface Slot {
  readonly last: SensorValue;
  readonly unit?: string;
}

/** Rows of settings that say until when what a sensor said is to be forgotten. */
const ENDED = 'sensor-history.ended.';
const BEHIND = 'sensor-history.ended/';

/** Notes that what a sensor said up to now is to be forgotten, together with what ends it. */
export async function endHistory(
  settings: RowChanges<SettingRow>,
  sensorId: number,
  now: number,
): Promise<void> {
  const id = `${ENDED}${sensorId}`;
  if (!(await settings.update(id, { value: now }))) await settings.insert({ id, value: now });
}

/**
 * What sensors said over time: each reading for ten days behind the newest one, then minutes and hours.
 * It is a function of the set of readings: order and copies change nothing. What was added is in
 * memory until `fold`.
 */
export class SensorHistory {
  private readonly pending = new Map<number, Map<string, Reading>>();
  private readonly turns = new InTurn<number>();
  /** Up to when a series was trimmed last, by the hour of its newest reading. */
  private readonly trimmed = new Map<number, number>();

  constructor(private readonly store: Store) {}

  /** True while something is in memory only. */
  get unsettled(): boolean {
    return this.pending.size > 0;
  }

  add(sensorId: number, reading: Reading): void {
    let readings = this.pending.get(sensorId);
    if (!readings) this.pending.set(sensorId, (readings = new Map<string, Reading>()));
    const name = nameOf(reading);
    // The first of two that claim one place is the one; the other is a copy.
    if (!readings.has(name)) readings.set(name, reading);
  }

  /** Writes everything to the store. */
  async fold(): Promise<void> {
    for (const sensorId of [...this.pending.keys()]) await this.inTurn(sensorId);
  }

  /** Newest first: readings, and before them the last value of each minute, then of each hour. */
  async read(
    sensorId: number,
    { from, to, limit }: { readonly from?: number; readonly to?: number; readonly limit: number },
  ): Promise<HistoryPoint[]> {
    await this.inTurn(sensorId);
    const { sensorReadings, sensorMinutes, sensorHours } = this.store;
    const series = String(sensorId);
    const points: HistoryPoint[] = [];
    const take = async (source: TimeSeries, before: number | undefined) => {
      const left = limit - points.length;
      if (left <= 0) return;
      const range = {
        ...(from !== undefined && { from }),
        ...(before !== undefined && { to: before }),
      };
      const found = await source.read(series, { ...range, descending: true, limit: left });
      points.push(...found.map(toHistoryPoint));
    };
    const newest = await sensorReadings.latest(series);
    await take(sensorReadings, to);
    if (!newest) return points;
    const minutesBefore = readingsFrom(newest.at);
    await take(sensorMinutes, least(to, minutesBefore));
    await take(sensorHours, least(to, minutesFrom(newest.at)));
    return points;
  }

  /** Forgets what a sensor said of which the store knows that it has ended (`endHistory`). */
  forget(sensorId: number): Promise<void> {
    this.pending.delete(sensorId);
    return this.turns.run(sensorId, () => this.forgetUntil(sensorId));
  }

  /** Forgets what an earlier try, or an earlier run, could not. */
  async forgetEnded(): Promise<void> {
    const rows = await this.store.settings.list({
      range: { field: 'id', from: ENDED, to: BEHIND },
    });
    for (const { id, value } of rows) {
      const sensorId = Number(id.slice(ENDED.length));
      // What it said since is another's, or of another type.
      const to = Number(value);
      await this.turns.run(sensorId, () => this.forgetUntil(sensorId, to));
    }
  }

  private async forgetUntil(sensorId: number, to?: number): Promise<void> {
    this.trimmed.delete(sensorId);
    const { sensorReadings, sensorMinutes, sensorHours, settings } = this.store;
    const ended = { series: String(sensorId), ...(to !== undefined && { to }) };
    for (const one of [sensorReadings, sensorMinutes, sensorHours]) await one.delete(ended);
    await settings.delete(`${ENDED}${sensorId}`);
  }

  /** One write at a time of each sensor. */
  private inTurn(sensorId: number): Promise<void> {
    return this.turns.run(sensorId, () => this.foldOne(sensorId));
  }

  private async foldOne(sensorId: number): Promise<void> {
    const readings = this.pending.get(sensorId);
    if (!readings) return;
    this.pending.delete(sensorId);
    try {
      await this.write(sensorId, readings);
    } catch (error) {
      // What failed is tried again, with what came meanwhile.
      const later = this.pending.get(sensorId);
      for (const [name, reading] of later ?? [])
        if (!readings.has(name)) readings.set(name, reading);
      this.pending.set(sensorId, readings);
      throw error;
    }
  }

  private async write(sensorId: number, readings: ReadonlyMap<string, Reading>): Promise<void> {
    const { sensorReadings, sensorMinutes, sensorHours } = this.store;
    const series = String(sensorId);
    const byHour = new Map<number, Reading[]>();
    for (const reading of readings.values()) {
      const hour = slotStart(reading.at, HOUR_MS);
      const same = byHour.get(hour);
      if (same) same.push(reading);
      else byHour.set(hour, [reading]);
    }
    const added: Point[] = [];
    const minutes: Point[] = [];
    const hours: Point[] = [];
    for (const [hour, fresh] of byHour) {
      const there = await sensorReadings.read(series, { from: hour, to: hour + HOUR_MS });
      const kept = there.map(toKept);
      const known = new Set(kept.map(nameOf));
      const room = Math.max(0, READINGS_PER_HOUR_MAX - kept.length);
      const news = fresh
        .filter((reading) => !known.has(nameOf(reading)))
        .sort(inOrder)
        .slice(0, room);
      if (news.length === 0) continue;
      added.push(...news.map((reading) => toPoint(series, reading)));
      const whole = [...kept, ...news].sort(inOrder);
      const touched = new Set(news.map(({ at }) => slotStart(at, MINUTE_MS)));
      const inTouched = whole.filter(({ at }) => touched.has(slotStart(at, MINUTE_MS)));
      minutes.push(...toSlots(series, inTouched, MINUTE_MS));
      hours.push(...toSlots(series, whole, HOUR_MS));
    }
    if (added.length === 0) return;
    // The readings last: what fails before them is computed again.
    await sensorMinutes.put(minutes);
    await sensorHours.put(hours);
    await sensorReadings.put(added);
    await this.trim(sensorId);
  }

  /** Once for each hour of the newest reading: what is too old goes. */
  private async trim(sensorId: number): Promise<void> {
    const { sensorReadings, sensorMinutes, sensorHours } = this.store;
    const series = String(sensorId);
    const newest = await sensorReadings.latest(series);
    if (!newest || (this.trimmed.get(sensorId) ?? -Infinity) >= slotStart(newest.at, HOUR_MS))
      return;
    this.trimmed.set(sensorId, slotStart(newest.at, HOUR_MS));
    await sensorReadings.delete({ series, to: readingsFrom(newest.at) });
    await sensorMinutes.delete({ series, to: minutesFrom(newest.at) });
    await sensorHours.delete({ series, to: slotStart(newest.at - HOURS_KEPT_MS, HOUR_MS) });
  }
}

/** Whole hours, so that an hour that a late reading falls into can be computed again. */
function readingsFrom(newestAt: number): number {
  return slotStart(newestAt - LATE_WITHIN_MS, HOUR_MS);
}

function minutesFrom(newestAt: number): number {
  return slotStart(newestAt - MINUTES_KEPT_MS, HOUR_MS);
}

function least(a: number | undefined, b: number): number {
  return a === undefined ? b : Math.min(a, b);
}

function nameOf({ at, key }: Pick<Reading, 'at' | 'key'>): string {
  return `${at} ${key}`;
}

function inOrder(a: Pick<Reading, 'at' | 'key'>, b: Pick<Reading, 'at' | 'key'>): number {
  return isAfter(a, b) ? 1 : isAfter(b, a) ? -1 : 0;
}

function toPoint(series: string, { at, key, value, unit, doubted }: Reading): Point {
  return {
    series,
    at,
    key,
    value: { value, ...(unit !== null && { unit }), ...(doubted && { doubted: true }) },
  };
}

function toKept({ at, key, value }: Point): Kept {
  const { value: said, unit } = value as { value: SensorValue; unit?: string };
  return { at, key, value: said, unit: unit ?? null };
}

function toSlots(series: string, readings: readonly Kept[], slotMs: number): Point[] {
  const units = new Map(readings.map(({ at, unit }) => [slotStart(at, slotMs), unit]));
  return [...aggregate(readings, slotMs)].map(([at, slot]) => {
    const unit = units.get(at) ?? null;
    return { series, at, key: '', value: { ...slot, ...(unit !== null && { unit }) } };
  });
}

function toHistoryPoint({ at, value }: Point): HistoryPoint {
  const { value: said, last, unit, doubted, ahead } = value as Partial<Slot> & SaidOnce;
  return {
    timestamp: new Date(at).toISOString(),
    value: said ?? last ?? false,
    ...(unit !== undefined && { unit }),
    ...((doubted ?? ahead) && { doubted: true }),
  };
}
