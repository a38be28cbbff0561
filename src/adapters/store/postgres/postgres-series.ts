import { sql, type RawBuilder } from 'kysely';
import type { Value } from '../../../contract/value';
import type { Point, PointQuery, SeriesName, TimeSeries } from '../../../ports/store';
import type { PointEngine } from '../checked-series';
import { fromDocument, toDocument } from '../document';
import type { Connection, Database } from './connection';
import { all } from './expressions';
import { seriesTable } from './schema';

export interface PostgresSeriesOptions {
  readonly name: SeriesName;
  readonly homeKey: string;
  readonly connection: Connection;
}

/** Points by column; null for none. */
interface Columns {
  readonly at: readonly number[] | null;
  readonly key: readonly string[] | null;
  readonly value: string | null;
}

const NONE: Columns = { at: null, key: null, value: null };

const PUT_AT_ONCE = 5000;

/** One home's points of a kind: a row each, by series, time and key. */
export class PostgresSeries implements PointEngine {
  readonly #table: RawBuilder<unknown>;
  readonly #connection: Connection;

  constructor(private readonly options: PostgresSeriesOptions) {
    this.#table = sql.raw(seriesTable(options.name));
    this.#connection = options.connection;
  }

  async put(points: readonly Point[]): Promise<void> {
    // Twice is once, so it is tried again when the connection was lost.
    await this.#connection.repeatable((database) =>
      points.length <= PUT_AT_ONCE
        ? this.#put(database, points)
        : database.transaction().execute(async (db) => {
            for (let start = 0; start < points.length; start += PUT_AT_ONCE) {
              await this.#put(db, points.slice(start, start + PUT_AT_ONCE));
            }
          }),
    );
  }

  async #put(db: Database, points: readonly Point[]): Promise<void> {
    // What is there already is left alone: putting again after a fault costs no new row versions.
    await sql`insert into ${this.#table} as point (home, series, at, key, value)
      select ${this.options.homeKey}, * from unnest(
        ${points.map(({ series }) => series)}::text[],
        ${points.map(({ at }) => at)}::bigint[],
        ${points.map(({ key }) => key)}::text[],
        ${points.map(({ value }) => toDocument(value))}::jsonb[])
      on conflict (home, series, at, key) do update set value = excluded.value
      where point.value <> excluded.value`.execute(db);
  }

  async read(series: string, query: PointQuery): Promise<Point[]> {
    const { descending = false, after, limit } = query;
    const conditions = [sql<boolean>`series = ${series}`, ...within(query)];
    if (after !== undefined) {
      const beyond = descending ? sql`<` : sql`>`;
      conditions.push(sql`(at, key) ${beyond} (${after.at}::bigint, ${after.key})`);
    }
    const direction = descending ? sql`desc` : sql`asc`;
    const limited = limit === undefined ? sql`` : sql`limit ${limit}`;
    // All in one row: thousands of small ones take longer to read than to find.
    const { rows } = await this.#connection.repeatable((db) =>
      sql<Columns>`select json_agg(at) as at, json_agg(key) as key, '[' || string_agg(value::text, ',') || ']' as value from (
        select at, key, value from ${this.#table} where ${this.#own(conditions)}
        order by at ${direction}, key ${direction} ${limited}) as point`.execute(db),
    );
    const { at, key, value } = rows[0] ?? NONE;
    const values = value === null ? [] : (fromDocument(value) as readonly Value[]);
    return values.map((one, n) => ({ series, at: at?.[n] ?? 0, key: key?.[n] ?? '', value: one }));
  }

  /** Jumps from one series to the next in the index instead of reading every point. */
  async names(): Promise<string[]> {
    const { rows } = await this.#connection.repeatable((db) =>
      sql<{ series: string }>`with recursive found as (
          (select series from ${this.#table} where ${this.#own([])} order by series limit 1)
          union all
          select (select series from ${this.#table}
            where ${this.#own([sql`series > found.series`])} order by series limit 1)
          from found where found.series is not null)
        select series from found where series is not null order by series`.execute(db),
    );
    return rows.map(({ series }) => series);
  }

  async delete({ series, ...query }: Parameters<TimeSeries['delete']>[0]): Promise<number> {
    const conditions = within(query);
    if (series !== undefined) conditions.push(sql`series = ${series}`);
    const { numAffectedRows } = await this.#connection.once((db) =>
      sql`delete from ${this.#table} where ${this.#own(conditions)}`.execute(db),
    );
    return Number(numAffectedRows ?? 0);
  }

  #own(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
    return all([sql<boolean>`home = ${this.options.homeKey}`, ...conditions]);
  }
}

function within({ from, to }: { from?: number; to?: number }): RawBuilder<boolean>[] {
  return [
    ...(from === undefined ? [] : [sql<boolean>`at >= ${from}`]),
    ...(to === undefined ? [] : [sql<boolean>`at < ${to}`]),
  ];
}
