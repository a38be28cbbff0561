import {
  UniqueConflict,
  type ListQuery,
  type NewRow,
  type Repository,
  type Row,
  type TableDeclaration,
  type TableName,
} from '../../ports/store';
import { assertCounted, assertRowFits, copyOfQuery, copyOfRows, plainCopy } from './input';
import type { OpenCalls } from './open-calls';

/**
 * One table of a database. What it is given is checked and its own to keep; what it hands out is
 * nobody else's. Errors are those of `Repository`.
 */
export interface RowEngine<R extends Row> {
  /** Counted ids are not in the row: the engine gives the next. */
  insert(row: NewRow<R>): Promise<R>;
  /** The row of the home that has this value in `id` or a unique field. */
  find(field: keyof R & string, value: string | number): Promise<R | null>;
  list(query: ListQuery<R>): Promise<R[]>;
  count(where: Partial<R>): Promise<number>;
  /** @throws ROW_TOO_LARGE for what would become of the row */
  update(id: R['id'], changes: object, expected: Partial<R>): Promise<R | null>;
  delete(id: R['id']): Promise<boolean>;
  deleteWhere(query: Pick<ListQuery<R>, 'where' | 'range'>): Promise<number>;
  restore(rows: readonly R[]): Promise<void>;
  /** Of a table with counted ids. */
  lastId(): Promise<number>;
}

/** How often an insert-if-absent meets a row that is gone when it looks, before it gives up. */
const ATTEMPTS = 20;

/** The repository over a database's table: checks and copies what comes in, so that engines need not. */
export class CheckedRepository<R extends Row> implements Repository<R> {
  constructor(
    private readonly name: TableName,
    private readonly declaration: TableDeclaration<R>,
    private readonly engine: RowEngine<R>,
    private readonly calls: OpenCalls,
  ) {}

  insert(row: NewRow<R>): Promise<R> {
    return this.calls.run(
      () => this.#newRow(row),
      (copy) => this.engine.insert(copy),
    );
  }

  insertIfAbsent(row: NewRow<R>): Promise<{ row: R; inserted: boolean }> {
    return this.calls.run(
      () => this.#newRow(row),
      async (copy) => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            return { row: await this.engine.insert(copy), inserted: true };
          } catch (error) {
            if (!(error instanceof UniqueConflict) || attempt === ATTEMPTS) throw error;
            const standing = await this.#standing(copy, error.field);
            if (standing !== null) return { row: standing, inserted: false };
          }
        }
      },
    );
  }

  get(id: R['id']): Promise<R | null> {
    return this.calls.run(noInput, async () =>
      this.#isId(id) ? this.engine.find('id', id) : null,
    );
  }

  getBy<F extends keyof R & string>(field: F, value: NonNullable<R[F]>): Promise<R | null> {
    return this.calls.run(
      () => {
        if (!this.declaration.unique.includes(field)) {
          throw new TypeError(`${this.name}.${field} is not declared unique`);
        }
        return plainCopy({ value }).value;
      },
      async (copy) => (isComparable(copy) ? this.engine.find(field, copy) : null),
    );
  }

  list(query: ListQuery<R> = {}): Promise<R[]> {
    return this.calls.run(
      () => copyOfQuery(query),
      async (copy) => (copy.limit === 0 ? [] : this.engine.list(copy)),
    );
  }

  count(where: Partial<R> = {}): Promise<number> {
    return this.calls.run(
      () => plainCopy(where),
      (copy) => this.engine.count(copy),
    );
  }

  update(
    id: R['id'],
    changes: Partial<Omit<R, 'id'>>,
    expected: Partial<R> = {},
  ): Promise<R | null> {
    return this.calls.run(
      () => {
        if ('id' in changes) throw new TypeError('The id of a row does not change');
        const copy = { changes: plainCopy(changes), expected: plainCopy(expected) };
        assertRowFits({ id, ...copy.changes });
        return copy;
      },
      async (copy) => (this.#isId(id) ? this.engine.update(id, copy.changes, copy.expected) : null),
    );
  }

  delete(id: R['id']): Promise<boolean> {
    return this.calls.run(noInput, async () => this.#isId(id) && this.engine.delete(id));
  }

  deleteWhere(query: Pick<ListQuery<R>, 'where' | 'range'>): Promise<number> {
    return this.calls.run(
      () => {
        const copy = copyOfQuery(query);
        const bounded = copy.range?.from !== undefined || copy.range?.to !== undefined;
        if (!bounded && Object.keys(copy.where ?? {}).length === 0) {
          throw new TypeError('deleteWhere needs a condition');
        }
        return copy;
      },
      (copy) => this.engine.deleteWhere(copy),
    );
  }

  restore(rows: readonly R[]): Promise<void> {
    return this.calls.run(
      () => copyOfRows(rows, this.declaration.id),
      async (copies) => {
        if (copies.length > 0) await this.engine.restore(copies);
      },
    );
  }

  lastId(): Promise<number> {
    return this.calls.run(
      () => assertCounted(this.name, this.declaration),
      () => this.engine.lastId(),
    );
  }

  #newRow(input: NewRow<R>): NewRow<R> {
    const row = plainCopy(input as object) as NewRow<R> & { id?: unknown };
    const wanted = this.declaration.id === 'given' ? 'string' : 'undefined';
    if (typeof row.id !== wanted) {
      throw new TypeError(`The ids of ${this.name} are ${this.declaration.id}`);
    }
    assertRowFits(row);
    return row;
  }

  /** The row that this one was in conflict with. */
  async #standing(row: NewRow<R>, field: string): Promise<R | null> {
    const value = (row as Record<string, unknown>)[field];
    return isComparable(value) ? this.engine.find(field as keyof R & string, value) : null;
  }

  #isId(id: unknown): id is R['id'] {
    return this.declaration.id === 'counted' ? Number.isSafeInteger(id) : typeof id === 'string';
  }
}

function noInput(): void {
  // Nothing to copy.
}

function isComparable(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
