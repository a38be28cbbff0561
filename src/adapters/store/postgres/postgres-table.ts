import { sql, type RawBuilder } from 'kysely';
import type { Value } from '../../../contract/value';
import {
  ROW_BYTES_MAX,
  UniqueConflict,
  type ListQuery,
  type NewRow,
  type Row,
  type TableDeclaration,
  type TableName,
} from '../../../ports/store';
import type { RowEngine } from '../checked-repository';
import { fromDocument, toDocument } from '../document';
import { assertRowFits } from '../input';
import { fromSortable, toSortable } from '../sortable-text';
import type { Database, Way } from './connection';
import { all, behind, equal, inRange, order } from './expressions';
import { sqlStateOf } from './failure';
import { constraintName, tableName } from './schema';

export interface PostgresTableOptions<R extends Row> {
  readonly name: TableName;
  readonly declaration: TableDeclaration<R>;
  readonly homeKey: string;
  readonly connection: Way;
}

/** A row as the table holds it: the id, and all else as one document. */
interface Stored {
  readonly id: string | number;
  readonly doc: string;
}

const RESTORED_AT_ONCE = 1000;

/** One home's rows of a table. Each call is one statement, so the database itself decides who wins; also within a transaction, where a second look sees what others committed. */
export class PostgresTable<R extends Row> implements RowEngine<R> {
  readonly #table: RawBuilder<unknown>;
  readonly #connection: Way;

  constructor(private readonly options: PostgresTableOptions<R>) {
    this.#table = sql.raw(tableName(options.name));
    this.#connection = options.connection;
  }

  async insert(row: NewRow<R>): Promise<R> {
    const { homeKey, declaration, name } = this.options;
    const { id, ...rest } = row as unknown as { id?: string } & Record<string, Value>;
    const doc = toDocument(rest);
    if (declaration.id === 'given') {
      await this.#write((db) =>
        sql`insert into ${this.#table} (home, id, doc)
          values (${homeKey}, ${toSortable(id ?? '')}, ${doc}::jsonb)`.execute(db),
      );
      return row as unknown as R;
    }
    // In one statement with the row: a number is used up only with it, and lower ones are seen first.
    const { rows } = await this.#write((db) =>
      sql<{ id: number }>`with next as (
          insert into aurion.counters as counter (home, name, last) values (${homeKey}, ${name}, 1)
          on conflict (home, name) do update set last = counter.last + 1 returning last)
        insert into ${this.#table} (home, id, doc)
        select ${homeKey}, last, ${doc}::jsonb from next returning id`.execute(db),
    );
    return { id: rows[0]?.id, ...rest } as unknown as R;
  }

  async find(field: keyof R & string, value: string | number): Promise<R | null> {
    const [row] = await this.#select([...equal({ [field]: value })], sql`limit 1`);
    return row ?? null;
  }

  list(query: ListQuery<R>): Promise<R[]> {
    const { where = {}, range, orderBy = 'id', descending = false, after, limit } = query;
    const conditions = [...equal(where), ...inRange(range)];
    if (after !== undefined) conditions.push(behind(after, orderBy, descending));
    const limited = limit === undefined ? sql`` : sql`limit ${limit}`;
    return this.#select(conditions, sql`order by ${order(orderBy, descending)} ${limited}`);
  }

  async count(where: Partial<R>): Promise<number> {
    const { rows } = await this.#connection.repeatable((db) =>
      sql<{ count: number }>`select count(*) as count from ${this.#table}
        where ${this.#own(equal(where))}`.execute(db),
    );
    return rows[0]?.count ?? 0;
  }

  async update(id: R['id'], changes: object, expected: Partial<R>): Promise<R | null> {
    const doc = toDocument(changes as Record<string, Value>);
    const fits = sql<boolean>`octet_length(doc::text) <= ${ROW_BYTES_MAX - Buffer.byteLength(doc)}`;
    const conditions = [...equal({ id }), ...equal(expected)];
    const [row] = await this.#write((db) => this.#update(db, doc, [...conditions, fits]));
    if (row !== undefined || (await this.#select(conditions, sql``)).length === 0)
      return row ?? null;
    return this.#updateLong(conditions, doc, changes);
  }

  async #update(
    db: Database,
    doc: string,
    conditions: readonly RawBuilder<boolean>[],
  ): Promise<R[]> {
    const { rows } = await sql<Stored>`update ${this.#table} set doc = doc || ${doc}::jsonb
      where ${this.#own(conditions)} returning id, doc`.execute(db);
    return rows.map((stored) => this.#row(stored));
  }

  /** Updates a row that is so long that what becomes of it has to be measured. */
  #updateLong(
    conditions: readonly RawBuilder<boolean>[],
    doc: string,
    changes: object,
  ): Promise<R | null> {
    return this.#conflicts(() =>
      this.#connection.atomically(async (db) => {
        const { rows } = await sql<Stored>`select id, doc from ${this.#table}
          where ${this.#own(conditions)} for update`.execute(db);
        if (rows[0] === undefined) return null;
        assertRowFits({ ...this.#row(rows[0]), ...changes });
        return (await this.#update(db, doc, conditions))[0] ?? null;
      }),
    );
  }

  async delete(id: R['id']): Promise<boolean> {
    return (await this.#delete(equal({ id }))) > 0;
  }

  deleteWhere({ where = {}, range }: Pick<ListQuery<R>, 'where' | 'range'>): Promise<number> {
    return this.#delete([...equal(where), ...inRange(range)]);
  }

  async restore(rows: readonly R[]): Promise<void> {
    const { homeKey, declaration, name } = this.options;
    const counted = declaration.id === 'counted';
    await this.#conflicts(() =>
      this.#connection.atomically(async (db) => {
        if (counted) {
          const last = rows.reduce((highest, { id }) => Math.max(highest, Number(id)), 0);
          await sql`insert into aurion.counters as counter (home, name, last)
            values (${homeKey}, ${name}, ${last})
            on conflict (home, name) do update set last = greatest(counter.last, ${last})`.execute(
            db,
          );
        }
        for (let start = 0; start < rows.length; start += RESTORED_AT_ONCE) {
          const some = rows.slice(start, start + RESTORED_AT_ONCE).map(({ id, ...rest }) => ({
            id: typeof id === 'string' ? toSortable(id) : id,
            doc: toDocument(rest as Record<string, Value>),
          }));
          await sql`insert into ${this.#table} (home, id, doc)
            select ${homeKey}, * from unnest(
              ${some.map(({ id }) => id)}::${counted ? sql`bigint[]` : sql`text[]`},
              ${some.map(({ doc }) => doc)}::jsonb[])`.execute(db);
        }
      }),
    );
  }

  async lastId(): Promise<number> {
    const { homeKey, name } = this.options;
    const { rows } = await this.#connection.repeatable((db) =>
      sql<{ last: number }>`select last from aurion.counters
        where home = ${homeKey} and name = ${name}`.execute(db),
    );
    return rows[0]?.last ?? 0;
  }

  async #select(
    conditions: readonly RawBuilder<boolean>[],
    rest: RawBuilder<unknown>,
  ): Promise<R[]> {
    const { rows } = await this.#connection.repeatable((db) =>
      sql<Stored>`select id, doc from ${this.#table} where ${this.#own(conditions)} ${rest}`.execute(
        db,
      ),
    );
    return rows.map((stored) => this.#row(stored));
  }

  async #delete(conditions: readonly RawBuilder<boolean>[]): Promise<number> {
    const { numAffectedRows } = await this.#connection.once((db) =>
      sql`delete from ${this.#table} where ${this.#own(conditions)}`.execute(db),
    );
    return Number(numAffectedRows ?? 0);
  }

  #own(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
    return all([sql<boolean>`home = ${this.options.homeKey}`, ...conditions]);
  }

  #row({ id, doc }: Stored): R {
    const rest = fromDocument(doc) as object;
    return { id: typeof id === 'string' ? fromSortable(id) : id, ...rest } as R;
  }

  #write<T>(write: (db: Database) => Promise<T>): Promise<T> {
    return this.#conflicts(() => this.#connection.once(write));
  }

  async #conflicts<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      throw this.#conflict(error) ?? error;
    }
  }

  #conflict(error: unknown): UniqueConflict | null {
    if (sqlStateOf(error) !== '23505') return null;
    const { name, declaration } = this.options;
    const violated = `"${(error as { constraint?: string }).constraint ?? ''}"`;
    const field = declaration.unique.find((one) => constraintName(name, one) === violated);
    return new UniqueConflict(name, field ?? 'id');
  }
}
