import { isDeepStrictEqual } from 'node:util';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Point, PointQuery, SeriesDeclaration, TimeSeries } from '../../../ports/store';
import { compareByCodePoints } from '../code-points';
import { assertText, copyOfDeletion, copyOfPointQuery, copyOfPoints } from '../input';
import { CommitQueue } from './commit-queue';
import type { NedbTable } from './nedb-table';
import {
  comparePlaces,
  mergePoints,
  PART_POINTS_MAX,
  placedAfter,
  pointsOf,
  rowOfPoints,
  type Part,
  type PartRow,
  type Place,
} from './parts';

export interface NedbSeriesOptions {
  readonly declaration: SeriesDeclaration;
  readonly table: NedbTable<PartRow>;
  /** Throws once the store is closed. */
  readonly assertOpen: () => void;
}

type Deletion = Parameters<TimeSeries['delete']>[0];

/** How many parts are read or changed in one go before others get their turn. */
const SLICE = 100;

/**
 * Time series over one NeDB file. A series is a row of parts, each of them a document with up to 64
 * points of one span, so that to put a point is to write few others again. Which parts there are
 * is kept in memory.
 */
export class NedbSeries implements TimeSeries {
  readonly #queue: CommitQueue;
  readonly #table: NedbTable<PartRow>;
  /** The parts of each series, in order; they do not overlap. Replaced, never changed. */
  readonly #parts = new Map<string, readonly Part[]>();
  /** As they were before the writes that are not committed. */
  readonly #before = new Map<string, readonly Part[]>();
  #lastId = 0;

  private constructor(private readonly options: NedbSeriesOptions) {
    this.#table = options.table;
    this.#queue = new CommitQueue({
      commit: async () => {
        await this.#table.commit();
        this.#before.clear();
      },
      rollback: async () => {
        await this.#table.rollback();
        for (const [series, parts] of [...this.#before]) this.#setParts(series, parts);
        this.#before.clear();
      },
      tidy: () => this.#table.tidy(),
    });
  }

  static async open(options: NedbSeriesOptions): Promise<NedbSeries> {
    const series = new NedbSeries(options);
    const found = new Map<string, Part[]>();
    for await (const row of options.table.all()) {
      const points = pointsOf(row);
      const part = partOf(row.id, points);
      const parts = found.get(row.s);
      if (parts === undefined) found.set(row.s, [part]);
      else parts.push(part);
      series.#lastId = Math.max(series.#lastId, row.id);
    }
    for (const [name, parts] of found) {
      series.#parts.set(
        name,
        parts.sort((a, b) => comparePlaces(a.from, b.from)),
      );
    }
    return series;
  }

  /** Waits for calls under way and lets go of the file. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#table.close();
  }

  put(points: readonly Point[]): Promise<void> {
    return this.#run(
      () => copyOfPoints(points),
      async (copies) => {
        const bySeries = new Map<string, Point[]>();
        for (const point of copies) {
          const others = bySeries.get(point.series);
          if (others === undefined) bySeries.set(point.series, [point]);
          else others.push(point);
        }
        for (const [series, some] of bySeries) await this.#put(series, mergePoints([], some));
      },
    );
  }

  read(series: string, query: PointQuery = {}): Promise<Point[]> {
    return this.#run(
      () => {
        assertText(series);
        return copyOfPointQuery(query);
      },
      (copy) => this.#read(series, copy),
    );
  }

  latest(series: string): Promise<Point | null> {
    return this.#run(
      () => assertText(series),
      async () => (await this.#read(series, { descending: true, limit: 1 }))[0] ?? null,
    );
  }

  names(): Promise<string[]> {
    return this.#run(
      () => undefined,
      () => Promise.resolve([...this.#parts.keys()].sort(compareByCodePoints)),
    );
  }

  delete(query: Deletion): Promise<number> {
    return this.#run(
      () => copyOfDeletion(query),
      async (copy) => {
        const names = copy.series === undefined ? [...this.#parts.keys()] : [copy.series];
        let deleted = 0;
        for (const name of names) deleted += await this.#delete(name, copy);
        return deleted;
      },
    );
  }

  /** Copies and checks the input now, since the caller may change it while the call waits in the queue. */
  async #run<I, T>(prepare: () => I, task: (input: I) => Promise<T>): Promise<T> {
    this.options.assertOpen();
    const input = prepare();
    return this.#queue.run(() => task(input));
  }

  /** Puts sorted points of one series. */
  async #put(series: string, points: readonly Point[]): Promise<void> {
    const parts = [...(this.#parts.get(series) ?? [])];
    for (let start = 0; start < points.length;) {
      const first = points[start] as Point;
      const index = this.#partFor(parts, first);
      const next = parts[index.at + (index.found ? 1 : 0)];
      let end = start + 1;
      for (; end < points.length; end += 1) {
        const point = points[end] as Point;
        if (this.#spanOf(point) !== this.#spanOf(first)) break;
        if (next !== undefined && comparePlaces(point, next.from) >= 0) break;
      }
      const target = index.found ? parts[index.at] : undefined;
      const written = await this.#write(series, target, points.slice(start, end));
      parts.splice(index.at, target === undefined ? 0 : 1, ...written);
      start = end;
    }
    this.#setParts(series, parts);
  }

  /** Where the part is that a point belongs into, or where a new one would be. */
  #partFor(parts: readonly Part[], point: Point): { at: number; found: boolean } {
    const after = placedAfter(parts, point);
    const span = this.#spanOf(point);
    for (const at of [after - 1, after]) {
      const part = parts[at];
      if (part !== undefined && this.#spanOf(part.from) === span) return { at, found: true };
    }
    return { at: after, found: false };
  }

  /** Puts points into a part, or into new ones; the parts that are there now instead. */
  async #write(
    series: string,
    target: Part | undefined,
    points: readonly Point[],
  ): Promise<Part[]> {
    const row = target === undefined ? null : await this.#table.get(target.id);
    const before = row === null ? [] : pointsOf(row);
    const merged = mergePoints(before, points);
    if (target !== undefined && isDeepStrictEqual(merged, before)) return [target];
    const last = before.at(-1);
    const appended = last === undefined || comparePlaces(points[0] as Point, last) > 0;
    const written: Part[] = [];
    for (const some of inParts(merged, appended)) {
      const reused = written.length === 0 ? row : null;
      const id = reused?.id ?? (this.#lastId += 1);
      const next = rowOfPoints(id, series, some);
      if (reused === null) await this.#table.insert([next]);
      else if (!isDeepStrictEqual(reused, next)) await this.#table.replace(reused, next);
      written.push(partOf(id, some));
      if (written.length % SLICE === 0) await nextTurn();
    }
    return written;
  }

  async #read(series: string, query: PointQuery): Promise<Point[]> {
    const { from = -Infinity, to = Infinity, after, descending = false, limit = Infinity } = query;
    const parts = this.#parts.get(series) ?? [];
    const found: Point[] = [];
    const lowest = { at: from, key: '' };
    let index = descending
      ? placedAfter(parts, { at: to, key: '' }) - 1
      : Math.max(0, placedAfter(parts, lowest) - 1);
    if (after !== undefined) {
      const behind = placedAfter(parts, after) - 1;
      index = descending ? Math.min(index, behind) : Math.max(index, behind);
    }
    for (let seen = 1; found.length < limit; index += descending ? -1 : 1, seen += 1) {
      const part = parts[index];
      if (part === undefined || (descending ? part.to.at < from : part.from.at >= to)) break;
      const row = await this.#table.get(part.id);
      const points = row === null ? [] : pointsOf(row);
      if (descending) points.reverse();
      for (const point of points) {
        if (found.length >= limit) break;
        if (point.at < from || point.at >= to) continue;
        const order = after === undefined ? 1 : comparePlaces(point, after);
        if (descending && after !== undefined ? order < 0 : order > 0) found.push(point);
      }
      if (seen % SLICE === 0) await nextTurn();
    }
    return found;
  }

  async #delete(series: string, { from = -Infinity, to = Infinity }: Deletion): Promise<number> {
    const parts = this.#parts.get(series) ?? [];
    const left: Part[] = [];
    const gone: PartRow[] = [];
    let deleted = 0;
    for (const [seen, part] of parts.entries()) {
      if (part.to.at < from || part.from.at >= to) {
        left.push(part);
        continue;
      }
      const row = await this.#table.get(part.id);
      if (row === null) continue;
      const points = pointsOf(row);
      const kept = points.filter(({ at }) => at < from || at >= to);
      deleted += points.length - kept.length;
      if (kept.length === 0) {
        gone.push(row);
      } else {
        await this.#table.replace(row, rowOfPoints(row.id, series, kept));
        left.push(partOf(row.id, kept));
      }
      if (seen % SLICE === 0) await nextTurn();
    }
    await this.#table.delete(gone);
    if (deleted > 0) this.#setParts(series, left);
    return deleted;
  }

  #setParts(series: string, parts: readonly Part[]): void {
    if (!this.#before.has(series)) this.#before.set(series, this.#parts.get(series) ?? []);
    if (parts.length > 0) this.#parts.set(series, parts);
    else this.#parts.delete(series);
  }

  #spanOf({ at }: Place): number {
    return Math.floor(at / this.options.declaration.spanMs);
  }
}

/** Full parts where points come in order; where one comes between, parts with room for more. */
function* inParts(points: readonly Point[], appended: boolean): Generator<Point[]> {
  const count = Math.ceil(points.length / PART_POINTS_MAX);
  const size = appended ? PART_POINTS_MAX : Math.ceil(points.length / count);
  for (let start = 0; start < points.length; start += size) {
    yield points.slice(start, start + size);
  }
}

function partOf(id: number, points: readonly Point[]): Part {
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  return { id, from: placeOf(first), to: placeOf(last) };
}

function placeOf({ at, key }: Place): Place {
  return { at, key };
}
