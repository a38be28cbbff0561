import {
  UniqueConflict,
  type ListQuery,
  type NewRow,
  type Repository,
  type Row,
  type TableDeclaration,
  type TableName,
} from '../../../ports/store';
import { assertCounted, assertRowFits, copyOfQuery, copyOfRows, plainCopy } from '../input';
import { CommitQueue } from './commit-queue';
import type { CountersFile } from './counters';
import { committable, heldTable, type HeldTable, type LastId } from './held-table';
import { documentId, type NedbQuery, type NedbTable } from './nedb-table';
import { compareRows, hasFields, isInRange } from './rows';

/** Where more than so many rows are to be deleted, all rows are looked at, piece by piece. */
const DELETE_IN_ONE_GO = 1000;

export interface NedbRepositoryOptions<R extends Row> {
  readonly name: TableName;
  readonly declaration: TableDeclaration<R>;
  readonly table: NedbTable<R>;
  readonly counters: CountersFile;
  /** Throws once the store is closed. */
  readonly assertOpen: () => void;
}

/** A repository over one NeDB file. Everything runs in the table's queue, so what a call looks at does not change before it writes. */
export class NedbRepository<R extends Row> implements Repository<R> {
  readonly #indexed: ReadonlySet<string>;
  readonly #table: NedbTable<R>;

  private constructor(
    private readonly options: NedbRepositoryOptions<R>,
    private readonly lastGiven: LastId,
    private readonly queue: CommitQueue | null,
  ) {
    this.#table = options.table;
    this.#indexed = new Set<string>([
      ...options.declaration.unique,
      ...options.declaration.indexed,
    ]);
  }

  static async open<R extends Row>(options: NedbRepositoryOptions<R>): Promise<NedbRepository<R>> {
    const { table, counters, declaration } = options;
    let given = counters.lastId(options.name);
    if (declaration.id === 'counted') {
      const [highest] = await table.find({}, { sort: { id: -1 }, limit: 1 });
      given = Math.max(given, Number(highest?.id ?? 0));
    }
    const lastId = { given, committed: given };
    const queue = new CommitQueue(committable(table, lastId));
    return new NedbRepository(options, lastId, queue);
  }

  /** Waits for its turn, and has the table to himself until it is released. */
  async hold(): Promise<HeldTable<R>> {
    const { options, lastGiven } = this;
    const { table, name } = options;
    const release = (await this.queue?.hold()) ?? noInput;
    const rows = new NedbRepository({ ...options, assertOpen: noInput }, lastGiven, null);
    return heldTable({ name, rows, table, lastId: lastGiven, release });
  }

  /** Waits for calls under way and lets go of the file. */
  async close(): Promise<void> {
    await this.queue?.idle();
    await this.#table.close();
  }

  insert(row: NewRow<R>): Promise<R> {
    return this.#run(
      () => this.#newRow(row),
      (copy) => this.#insert(copy),
    );
  }

  insertIfAbsent(row: NewRow<R>): Promise<{ row: R; inserted: boolean }> {
    return this.#run(
      () => this.#newRow(row),
      async (copy) => {
        const standing = await this.#conflicting(copy);
        if (standing !== null) return { row: standing.row, inserted: false };
        return { row: await this.#insert(copy), inserted: true };
      },
    );
  }

  get(id: R['id']): Promise<R | null> {
    return this.#run(noInput, async () => (this.#isId(id) ? this.#table.get(id) : null));
  }

  getBy<F extends keyof R & string>(field: F, value: NonNullable<R[F]>): Promise<R | null> {
    return this.#run(
      () => {
        if (!this.options.declaration.unique.includes(field)) {
          throw new TypeError(`${this.options.name}.${field} is not declared unique`);
        }
        return plainCopy({ value });
      },
      (copy) => this.#holderOf(field, copy.value),
    );
  }

  list(query: ListQuery<R> = {}): Promise<R[]> {
    return this.#run(
      () => copyOfQuery(query),
      async ({ where, range, descending = false, after, limit, ...query }) => {
        if (limit === 0) return [];
        const orderBy: keyof R & string = query.orderBy ?? 'id';
        const direction = descending ? -1 : 1;
        const matches = (row: R): boolean =>
          hasFields(row, where ?? {}) &&
          isInRange(row, range) &&
          (after === undefined || direction * compareRows(row, after, orderBy) > 0);
        return this.#table.find(this.#nedbQuery(matches, where, range), {
          sort: orderBy === 'id' ? { id: direction } : { [orderBy]: direction, id: direction },
          ...(limit === undefined ? {} : { limit }),
        });
      },
    );
  }

  count(where?: Partial<R>): Promise<number> {
    return this.#run(
      () => copyOfQuery(where === undefined ? {} : { where }),
      (query) =>
        this.#table.count(this.#nedbQuery((row) => hasFields(row, query.where ?? {}), query.where)),
    );
  }

  update(
    id: R['id'],
    changes: Partial<Omit<R, 'id'>>,
    expected: Partial<R> = {},
  ): Promise<R | null> {
    return this.#run(
      () => {
        if ('id' in changes) throw new TypeError('The id of a row does not change');
        return { changes: plainCopy(changes), expected: plainCopy(expected) };
      },
      async (copy) => {
        const before = this.#isId(id) ? await this.#table.get(id) : null;
        if (before === null || !hasFields(before, copy.expected)) return null;
        const row: R = { ...before, ...copy.changes };
        const taken = await this.#conflicting(row, copy.changes);
        if (taken !== null) throw new UniqueConflict(this.options.name, taken.field);
        assertRowFits(row);
        await this.#table.replace(before, row);
        return row;
      },
    );
  }

  delete(id: R['id']): Promise<boolean> {
    return this.#run(noInput, async () => {
      const row = this.#isId(id) ? await this.#table.get(id) : null;
      if (row === null) return false;
      await this.#delete([row]);
      return true;
    });
  }

  deleteWhere(query: Pick<ListQuery<R>, 'where' | 'range'>): Promise<number> {
    return this.#run(
      () => {
        const copy = copyOfQuery(query);
        const bounded = copy.range?.from !== undefined || copy.range?.to !== undefined;
        if (!bounded && Object.keys(copy.where ?? {}).length === 0) {
          throw new TypeError('deleteWhere needs a condition');
        }
        return copy;
      },
      async ({ where, range }) => {
        const matches = (row: R): boolean => hasFields(row, where ?? {}) && isInRange(row, range);
        const query = this.#nedbQuery(matches, where, range);
        const rows = await this.#table.find(query, { limit: DELETE_IN_ONE_GO });
        if (rows.length === DELETE_IN_ONE_GO) {
          rows.length = 0;
          for await (const row of this.#table.all()) if (matches(row)) rows.push(row);
        }
        await this.#delete(rows);
        return rows.length;
      },
    );
  }

  restore(rows: readonly R[]): Promise<void> {
    return this.#run(
      () => copyOfRows(rows, this.options.declaration.id),
      async (copies) => {
        await this.#assertDistinct(copies);
        await this.#table.insert(copies);
        for (const { id } of copies) {
          if (typeof id === 'number') this.lastGiven.given = Math.max(this.lastGiven.given, id);
        }
      },
    );
  }

  lastId(): Promise<number> {
    return this.#run(
      () => assertCounted(this.options.name, this.options.declaration),
      () => Promise.resolve(this.lastGiven.given),
    );
  }

  /** Copies and checks the input now, since the caller may change it while the call waits in the queue. */
  async #run<I, T>(prepare: () => I, task: (input: I) => Promise<T>): Promise<T> {
    this.options.assertOpen();
    const input = prepare();
    return this.queue === null ? task(input) : this.queue.run(() => task(input));
  }

  #newRow(input: NewRow<R>): R {
    const { declaration, name } = this.options;
    const row = plainCopy(input) as R;
    const wanted = declaration.id === 'given' ? 'string' : 'undefined';
    if (typeof row.id !== wanted) throw new TypeError(`The ids of ${name} are ${declaration.id}`);
    assertRowFits(row);
    return row;
  }

  async #insert(copy: R): Promise<R> {
    const { declaration, name } = this.options;
    const row: R = declaration.id === 'counted' ? { ...copy, id: this.lastGiven.given + 1 } : copy;
    const taken = await this.#conflicting(row);
    if (taken !== null) throw new UniqueConflict(name, taken.field);
    await this.#table.insert([row]);
    if (typeof row.id === 'number') this.lastGiven.given = row.id;
    return row;
  }

  async #delete(rows: readonly R[]): Promise<void> {
    // The next id is known from the highest row, so what is to be remembered is its deletion.
    const { given } = this.lastGiven;
    if (rows.some((row) => row.id === given)) {
      await this.options.counters.remember(this.options.name, { lastId: given });
    }
    await this.#table.delete(rows);
  }

  /** The row that shares this one's id or, of the `changed` fields, a unique one. */
  async #conflicting(
    row: R,
    changed: object = row,
  ): Promise<{ readonly row: R; readonly field: string } | null> {
    if (Object.hasOwn(changed, 'id')) {
      const standing = await this.#table.get(row.id);
      if (standing !== null) return { row: standing, field: 'id' };
    }
    for (const field of this.options.declaration.unique) {
      const value: unknown = row[field];
      if (!Object.hasOwn(changed, field) || value === null) continue;
      const standing = await this.#holderOf(field, value);
      if (standing !== null && standing.id !== row.id) return { row: standing, field };
    }
    return null;
  }

  /** @throws UniqueConflict if one of the rows conflicts with another, or with one that stands */
  async #assertDistinct(rows: readonly R[]): Promise<void> {
    const { declaration, name } = this.options;
    for (const field of ['id', ...declaration.unique] as (keyof R & string)[]) {
      const values = rows.map((row) => row[field]).filter((value) => value !== null);
      if (new Set(values).size < values.length) throw new UniqueConflict(name, field);
    }
    for (const row of this.#table.rows === 0 ? [] : rows) {
      const taken = await this.#conflicting(row);
      if (taken !== null) throw new UniqueConflict(name, taken.field);
    }
  }

  async #holderOf(field: string, value: unknown): Promise<R | null> {
    const [row] = await this.#table.find(
      this.#nedbQuery((candidate) => hasFields(candidate, { [field]: value }), { [field]: value }),
      { limit: 1 },
    );
    return row ?? null;
  }

  #isId(id: unknown): id is R['id'] {
    return typeof id === (this.options.declaration.id === 'counted' ? 'number' : 'string');
  }

  /**
   * NeDB would take values for operators, and a text for an array that holds it. So what matches is
   * decided here; NeDB is told only of what it has an index for, texts and numbers alone.
   */
  #nedbQuery(
    matches: (row: R) => boolean,
    where: object = {},
    range?: ListQuery<R>['range'],
  ): NedbQuery {
    const hints: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(where) as [string, unknown][]) {
      if (typeof value !== 'string' && typeof value !== 'number') continue;
      if (field === 'id') hints['_id'] = documentId(value);
      else if (this.#indexed.has(field)) hints[field] = value;
    }
    if (range !== undefined) {
      const { field, from, to } = range;
      const bounds = {
        ...(from === undefined ? {} : { $gte: field === 'id' ? documentId(from) : from }),
        ...(to === undefined ? {} : { $lt: field === 'id' ? documentId(to) : to }),
      };
      const name = field === 'id' ? '_id' : field;
      const known = field === 'id' || this.#indexed.has(field);
      if (known && !(name in hints) && Object.keys(bounds).length > 0) hints[name] = bounds;
    }
    return {
      ...hints,
      $where(this: R) {
        return matches(this);
      },
    };
  }
}

function noInput(): void {
  // Nothing to copy.
}
