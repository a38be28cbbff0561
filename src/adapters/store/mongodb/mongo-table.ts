import type { ClientSession, Collection, Filter } from 'mongodb';
import {
  UniqueConflict,
  type ListQuery,
  type NewRow,
  type Row,
  type TableDeclaration,
  type TableName,
} from '../../../ports/store';
import type { RowEngine } from '../checked-repository';
import { assertRowFits } from '../input';
import { compareRows, hasFields, isInRange } from '../nedb/rows';
import { toSortable } from '../sortable-text';
import type { Connection, Unit } from './connection';
import { duplicateField, isDuplicate } from './failure';

export interface MongoTableOptions<R extends Row> {
  readonly name: TableName;
  readonly declaration: TableDeclaration<R>;
  readonly homeKey: string;
  readonly connection: Connection;
  /** What its writes are a part of. */
  readonly unit?: Unit;
}

/** A row as MongoDB holds it. Its fields are text there, so that no key or value can be taken for an operator. */
interface Stored {
  /** `<home>:<id>`. */
  readonly _id: string;
  readonly home: string;
  readonly id: string | number;
  /** The declared fields that have a value, for the indexes; texts as `toSortable`. */
  readonly k: Readonly<Record<string, string | number>>;
  /** The whole row as JSON. */
  readonly row: string;
}

interface Counter {
  readonly _id: string;
  readonly last: number;
}

/** One home's rows of a table. What MongoDB has no index for is decided here. */
export class MongoTable<R extends Row> implements RowEngine<R> {
  readonly #rows: Collection<Stored>;
  readonly #counters: Collection<Counter>;
  readonly #declared: readonly string[];
  readonly #inSession: { readonly session?: ClientSession };

  constructor(private readonly options: MongoTableOptions<R>) {
    const { connection, name, declaration } = options;
    this.#rows = connection.db.collection<Stored>(name);
    this.#counters = connection.db.collection<Counter>('counters');
    this.#declared = [...declaration.unique, ...declaration.indexed];
    const { session } = options.unit ?? {};
    this.#inSession = session === undefined ? {} : { session };
  }

  /** Makes the indexes that are missing; several processes may do so at once. */
  async prepare(): Promise<void> {
    const { declaration } = this.options;
    await this.#run(() =>
      this.#rows.createIndexes([
        { key: { home: 1, id: 1 } },
        ...declaration.unique.map((field) => ({
          key: { home: 1 as const, [`k.${field}`]: 1 as const },
          unique: true,
          // Rows without a value are not compared.
          partialFilterExpression: { [`k.${field}`]: { $exists: true } },
        })),
        ...declaration.indexed.map((field) => ({
          key: { home: 1 as const, [`k.${field}`]: 1 as const, id: 1 as const },
        })),
      ]),
    );
  }

  async insert(newRow: NewRow<R>): Promise<R> {
    const counted = this.options.declaration.id === 'counted';
    // A number that is not used in the end is lost; none is given twice.
    const row = (counted ? { id: await this.#nextId(), ...newRow } : newRow) as R;
    const stored = this.#stored(row);
    await this.#run(() => this.#rows.insertOne(stored, this.#inSession));
    this.options.unit?.undone(() => this.#rows.deleteOne(asItWas(stored)));
    return row;
  }

  async find(field: keyof R & string, value: string | number): Promise<R | null> {
    const stored = await this.#run(() =>
      this.#rows.findOne(this.#filter({ [field]: value }), this.#inSession),
    );
    return stored === null ? null : rowOf<R>(stored);
  }

  async list(query: ListQuery<R>): Promise<R[]> {
    const { where, range, orderBy = 'id', descending = false, after, limit = Infinity } = query;
    const direction = descending ? -1 : 1;
    const isBehind = (row: R): boolean =>
      after === undefined || direction * compareRows(row, after, orderBy) > 0;
    const isSorted = orderBy === 'id' || this.#declared.includes(orderBy);
    const cursor = this.#rows.find(this.#filter(where, range), this.#inSession);
    if (orderBy === 'id') cursor.sort({ id: direction });
    else if (isSorted) cursor.sort({ [`k.${orderBy}`]: direction, id: direction });
    return this.#run(async () => {
      const rows: R[] = [];
      for await (const stored of cursor) {
        const row = rowOf<R>(stored);
        if (!matches(row, query) || !isBehind(row)) continue;
        rows.push(row);
        if (isSorted && rows.length >= limit) break;
      }
      if (isSorted) return rows;
      return rows.sort((a, b) => direction * compareRows(a, b, orderBy)).slice(0, limit);
    });
  }

  async count(where: Partial<R>): Promise<number> {
    if (Object.keys(where).length > 0) return (await this.list({ where })).length;
    return this.#run(() =>
      this.#rows.countDocuments({ home: this.options.homeKey }, this.#inSession),
    );
  }

  async update(id: R['id'], changes: object, expected: Partial<R>): Promise<R | null> {
    for (;;) {
      const stored = await this.#run(() =>
        this.#rows.findOne(this.#filter({ id }), this.#inSession),
      );
      const before = stored === null ? null : rowOf<R>(stored);
      if (stored === null || before === null || !hasFields(before, expected)) return null;
      const row: R = { ...before, ...changes };
      assertRowFits(row);
      const { k, row: json } = this.#stored(row);
      const { matchedCount } = await this.#run(() =>
        this.#rows.updateOne(asItWas(stored), { $set: { k, row: json } }, this.#inSession),
      );
      // Else another changed it meanwhile: it is looked at again. One of all that try gets on.
      if (matchedCount !== 1) continue;
      this.options.unit?.undone(() =>
        this.#rows.updateOne(
          { _id: stored._id, row: json },
          { $set: { k: stored.k, row: stored.row } },
        ),
      );
      return row;
    }
  }

  async delete(id: R['id']): Promise<boolean> {
    // What is undone has to be known.
    if (this.options.unit) return (await this.deleteWhere({ where: { id } as Partial<R> })) > 0;
    const { deletedCount } = await this.#run(() => this.#rows.deleteOne(this.#filter({ id })));
    return deletedCount === 1;
  }

  async deleteWhere(query: Pick<ListQuery<R>, 'where' | 'range'>): Promise<number> {
    let deleted = 0;
    for (;;) {
      const found = await this.#run(() =>
        this.#rows.find(this.#filter(query.where, query.range), this.#inSession).toArray(),
      );
      const doomed = found.filter((stored) => matches(rowOf<R>(stored), query));
      if (doomed.length === 0) return deleted;
      const result = await this.#run(() =>
        this.#rows.bulkWrite(
          doomed.map((stored) => ({ deleteOne: { filter: asItWas(stored) } })),
          { ordered: false, ...this.#inSession },
        ),
      );
      this.options.unit?.undone(() => this.#rows.insertMany(doomed));
      deleted += result.deletedCount;
    }
  }

  async restore(rows: readonly R[]): Promise<void> {
    const documents = rows.map((row) => this.#stored(row));
    const last = rows.reduce((highest, { id }) => Math.max(highest, Number(id)), 0);
    try {
      await this.options.connection.atomically(async (session) => {
        const inSession = session === undefined ? {} : { session };
        if (this.options.declaration.id === 'counted') {
          await this.#counters.updateOne(
            { _id: this.#counter },
            { $max: { last } },
            { upsert: true, ...inSession },
          );
        }
        await this.#insertAll(documents, inSession);
      });
    } catch (error) {
      throw this.#told(error);
    }
  }

  async lastId(): Promise<number> {
    const counter = await this.#run(() => this.#counters.findOne({ _id: this.#counter }));
    return counter?.last ?? 0;
  }

  /** Where there are no transactions, what was added is taken back if the rest cannot be. */
  async #insertAll(
    documents: readonly Stored[],
    options: Parameters<Collection<Stored>['insertMany']>[1] & object,
  ): Promise<void> {
    try {
      await this.#rows.insertMany(documents, { ...options, ordered: true });
    } catch (error) {
      if (options.session === undefined) {
        const added = (error as { insertedCount?: number }).insertedCount ?? 0;
        const _id = { $in: documents.slice(0, added).map((one) => one._id) };
        await this.#rows.deleteMany({ _id });
      }
      throw error;
    }
  }

  get #counter(): string {
    return `${this.options.homeKey}:${this.options.name}`;
  }

  async #nextId(): Promise<number> {
    const count = () =>
      this.#counters.findOneAndUpdate(
        { _id: this.#counter },
        { $inc: { last: 1 } },
        { upsert: true, returnDocument: 'after' },
      );
    // Of two that make the counter at once one fails, and then finds it.
    const counter = await this.options.connection.run(() =>
      count().catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
        return count();
      }),
    );
    if (counter === null) throw new Error('A counter that was made is not there');
    return counter.last;
  }

  #stored(row: R): Stored {
    const { homeKey } = this.options;
    const k: Record<string, string | number> = {};
    for (const field of this.#declared) {
      const value = (row as unknown as Record<string, unknown>)[field];
      if (typeof value === 'string') k[field] = toSortable(value);
      if (typeof value === 'number') k[field] = value;
    }
    const id = sortable(row.id);
    return { _id: `${homeKey}:${id}`, home: homeKey, id, k, row: JSON.stringify(row) };
  }

  /** All rows that match, and perhaps others: texts and numbers of what has an index. */
  #filter(where: object = {}, range?: ListQuery<R>['range']): Filter<Stored> {
    const filter: Record<string, unknown> = { home: this.options.homeKey };
    const path = (field: string): string | null => {
      if (field === 'id') return 'id';
      return this.#declared.includes(field) ? `k.${field}` : null;
    };
    for (const [field, value] of Object.entries(where) as [string, unknown][]) {
      const key = path(field);
      if (key === null || (typeof value !== 'string' && typeof value !== 'number')) continue;
      filter[key] = { $eq: sortable(value) };
    }
    const key = range === undefined ? null : path(range.field);
    if (range !== undefined && key !== null && !(key in filter)) {
      const { from, to } = range;
      filter[key] = {
        $exists: true,
        ...(from === undefined ? {} : { $gte: sortable(from) }),
        ...(to === undefined ? {} : { $lt: sortable(to) }),
      };
    }
    return filter;
  }

  async #run<T>(call: () => Promise<T>): Promise<T> {
    try {
      // A transaction is tried again by its driver's error, which its connection puts into words.
      if (this.#inSession.session !== undefined) return await call();
      return await this.options.connection.run(call);
    } catch (error) {
      throw this.#told(error);
    }
  }

  #told(error: unknown): unknown {
    return isDuplicate(error)
      ? new UniqueConflict(this.options.name, duplicateField(error))
      : error;
  }
}

function matches<R extends Row>(
  row: R,
  { where = {}, range }: Pick<ListQuery<R>, 'where' | 'range'>,
): boolean {
  return hasFields(row, where) && isInRange(row, range);
}

/** This row, unless it changed. */
function asItWas({ _id, row }: Stored): Filter<Stored> {
  return { _id, row };
}

function rowOf<R extends Row>({ row }: Stored): R {
  return JSON.parse(row) as R;
}

function sortable(value: string | number): string | number {
  return typeof value === 'string' ? toSortable(value) : value;
}
