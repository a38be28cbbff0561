import type { Collection, Filter } from 'mongodb';
import type { Value } from '../../../contract/value';
import type { Point, PointQuery, SeriesName, TimeSeries } from '../../../ports/store';
import type { PointEngine } from '../checked-series';
import { compareByCodePoints } from '../code-points';
import type { Connection } from './connection';
import { isDuplicate, mongoFailure } from './failure';

export interface MongoSeriesOptions {
  readonly name: SeriesName;
  readonly homeKey: string;
  readonly connection: Connection;
}

/** A point as MongoDB holds it. */
interface Stored {
  readonly home: string;
  readonly series: string;
  readonly at: number;
  readonly key: string;
  /** As JSON. */
  readonly value: string;
}

const ATTEMPTS = 5;

/**
 * One home's points of a kind: a document each. A put of several points is all or none in a replica
 * set; on a server alone one that is cut off may leave a part, until it is put again.
 */
export class MongoSeries implements PointEngine {
  readonly #points: Collection<Stored>;
  readonly #connection: Connection;

  constructor(private readonly options: MongoSeriesOptions) {
    this.#connection = options.connection;
    this.#points = options.connection.db.collection<Stored>(`points_${options.name}`);
  }

  /** Makes the indexes that are missing; several processes may do so at once. */
  async prepare(): Promise<void> {
    await this.#connection.run(() =>
      this.#points.createIndexes([
        { key: { home: 1, series: 1, at: 1, key: 1 }, unique: true },
        { key: { home: 1, at: 1 } },
      ]),
    );
  }

  async put(points: readonly Point[]): Promise<void> {
    const { homeKey: home } = this.options;
    const writes = points.map(({ series, at, key, value }) => ({
      updateOne: {
        filter: { home, series: { $eq: series }, at, key: { $eq: key } },
        update: { $set: { value: JSON.stringify(value) } },
        upsert: true,
      },
    }));
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#connection.atomically((session) =>
          this.#points.bulkWrite(writes, session === undefined ? {} : { session }),
        );
        return;
      } catch (error) {
        // Two made the same point at once: now it is there.
        if (!isDuplicate(error) || attempt === ATTEMPTS) throw mongoFailure(error);
      }
    }
  }

  async read(series: string, query: PointQuery): Promise<Point[]> {
    const { from, to, descending = false, after, limit } = query;
    const direction = descending ? -1 : 1;
    const conditions: Filter<Stored>[] = [{ home: this.options.homeKey, series: { $eq: series } }];
    if (from !== undefined) conditions.push({ at: { $gte: from } });
    if (to !== undefined) conditions.push({ at: { $lt: to } });
    if (after !== undefined) conditions.push(behind(after, descending));
    const stored = await this.#connection.atOneMoment((session) => {
      const cursor = this.#points.find(
        { $and: conditions },
        session === undefined ? {} : { session },
      );
      cursor.sort({ at: direction, key: direction });
      if (limit !== undefined) cursor.limit(limit);
      return cursor.toArray();
    });
    return stored.map(({ at, key, value }) => ({
      series,
      at,
      key,
      value: JSON.parse(value) as Value,
    }));
  }

  async names(): Promise<string[]> {
    const names = await this.#connection.run(() =>
      this.#points.distinct('series', { home: this.options.homeKey }),
    );
    return names.sort(compareByCodePoints);
  }

  async delete({ series, from, to }: Parameters<TimeSeries['delete']>[0]): Promise<number> {
    const at = {
      ...(from === undefined ? {} : { $gte: from }),
      ...(to === undefined ? {} : { $lt: to }),
    };
    const filter: Filter<Stored> = {
      home: this.options.homeKey,
      ...(series === undefined ? {} : { series: { $eq: series } }),
      ...(Object.keys(at).length === 0 ? {} : { at }),
    };
    return (await this.#connection.run(() => this.#points.deleteMany(filter))).deletedCount;
  }
}

function behind({ at, key }: Pick<Point, 'at' | 'key'>, descending: boolean): Filter<Stored> {
  return descending
    ? { at: { $lte: at }, $or: [{ at: { $lt: at } }, { key: { $lt: key } }] }
    : { at: { $gte: at }, $or: [{ at: { $gt: at } }, { key: { $gt: key } }] };
}
