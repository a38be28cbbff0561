import assert from 'node:assert/strict';
import fc from 'fast-check';
import { it } from 'mocha';
import { UniqueConflict, type AccountRow, type NewRow, type Store } from '../../ports/store';
import { often } from '../../../test/support/often';

type Account = Pick<AccountRow, 'name' | 'emailKey' | 'founder' | 'createdAt'>;
type Expected = Partial<Pick<Account, 'name' | 'founder'>>;
type Order = 'id' | 'name' | 'createdAt';

/** What can be asked of the repository. Ids are looked up among those given so far. */
type Operation =
  | { readonly do: 'insert' | 'insertIfAbsent'; readonly row: Account }
  | {
      readonly do: 'update';
      readonly nth: number;
      readonly changes: Partial<Account>;
      readonly expected: Expected;
    }
  | { readonly do: 'delete'; readonly nth: number }
  | { readonly do: 'deleteWhere'; readonly name: string; readonly to: number }
  | { readonly do: 'getBy'; readonly emailKey: string }
  | {
      readonly do: 'list';
      readonly where: Expected;
      readonly from: number;
      readonly orderBy: Order;
      readonly descending: boolean;
      readonly afterNth: number | null;
      readonly limit: number;
    }
  | { readonly do: 'reopen' };

// Small domains, so that rows meet.
const name = fc.constantFrom('a', 'b', 'c');
const emailKey = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6');
const founder = fc.constantFrom(null, null, null, 'founder' as const);
const createdAt = fc.integer({ min: 0, max: 4 });
const nth = fc.nat({ max: 12 });
const account = fc.record({ name, emailKey, founder, createdAt });
const noKeys = { requiredKeys: [] };
const expected = fc.record({ name, founder }, noKeys);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('insert' as const), row: account }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('insertIfAbsent' as const), row: account }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('update' as const),
      nth,
      changes: fc.record({ name, emailKey, founder, createdAt }, noKeys),
      expected,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), nth }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('deleteWhere' as const), name, to: createdAt }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('getBy' as const), emailKey }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      where: expected,
      from: createdAt,
      orderBy: fc.constantFrom<Order[]>('id', 'name', 'createdAt'),
      descending: fc.boolean(),
      afterNth: fc.option(nth),
      limit: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

/** Compares a repository with a list in memory over random operations. `open` opens the store of a home, empty when it is new. */
export function describeStoreModel(open: (home: string) => Promise<Store>): void {
  it('answers what a simple list in memory would', async function () {
    this.timeout(120_000);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const home = `model-${(run += 1)}`;
        const model = new Model();
        let store = await open(home);
        try {
          for (const step of operations) {
            if (step.do === 'reopen') {
              await store.close();
              store = await open(home);
            } else {
              await model.check(step, store.accounts);
            }
            assert.deepEqual(await store.accounts.list(), model.rows);
          }
        } finally {
          await store.close();
        }
      }),
      { numRuns: often(40) },
    );
  });
}

class Model {
  rows: AccountRow[] = [];
  /** Every row ever handed out, as it was then. */
  readonly #seen: AccountRow[] = [];

  async check(
    step: Exclude<Operation, { do: 'reopen' }>,
    repository: Store['accounts'],
  ): Promise<void> {
    switch (step.do) {
      case 'insert':
      case 'insertIfAbsent': {
        const standing = this.#conflict(step.row, null);
        if (step.do === 'insertIfAbsent') {
          const { row, inserted } = await repository.insertIfAbsent(whole(step.row));
          assert.equal(inserted, standing === null);
          if (standing) assert.deepEqual(row, standing.row);
          else this.#add(step.row, row);
        } else if (standing) {
          await assert.rejects(repository.insert(whole(step.row)), isConflict(standing.field));
        } else {
          this.#add(step.row, await repository.insert(whole(step.row)));
        }
        return;
      }
      case 'update': {
        const id = this.#idOf(step.nth);
        const before = this.rows.find((row) => row.id === id);
        const updating = (): Promise<AccountRow | null> =>
          repository.update(id, step.changes, step.expected);
        if (!before || !matches(before, step.expected)) {
          assert.equal(await updating(), null);
          return;
        }
        const conflict = this.#conflict(step.changes, id);
        if (conflict) {
          await assert.rejects(updating(), isConflict(conflict.field));
          return;
        }
        const after = { ...before, ...step.changes };
        assert.deepEqual(await updating(), after);
        this.rows = this.rows.map((row) => (row.id === id ? after : row));
        return;
      }
      case 'delete': {
        const id = this.#idOf(step.nth);
        const stood = this.rows.some((row) => row.id === id);
        assert.equal(await repository.delete(id), stood);
        this.rows = this.rows.filter((row) => row.id !== id);
        return;
      }
      case 'deleteWhere': {
        const left = this.rows.filter((row) => row.name !== step.name || row.createdAt >= step.to);
        const deleted = await repository.deleteWhere({
          where: { name: step.name },
          range: { field: 'createdAt', to: step.to },
        });
        assert.equal(deleted, this.rows.length - left.length);
        this.rows = left;
        return;
      }
      case 'getBy': {
        const row = this.rows.find((candidate) => candidate.emailKey === step.emailKey);
        assert.deepEqual(await repository.getBy('emailKey', step.emailKey), row ?? null);
        return;
      }
      case 'list': {
        const { where, from, orderBy, descending, limit } = step;
        const direction = descending ? -1 : 1;
        const order = (a: AccountRow, b: AccountRow): number =>
          direction * (compare(a[orderBy], b[orderBy]) || a.id - b.id);
        const after = step.afterNth === null ? undefined : this.#seen[step.afterNth];
        const wanted = this.rows
          .filter((row) => matches(row, where) && row.createdAt >= from)
          .filter((row) => after === undefined || order(row, after) > 0)
          .sort(order)
          .slice(0, limit);
        const listed = await repository.list({
          where,
          range: { field: 'createdAt', from },
          orderBy,
          descending,
          limit,
          ...(after ? { after } : {}),
        });
        assert.deepEqual(listed, wanted);
        assert.equal(
          await repository.count(where),
          this.rows.filter((row) => matches(row, where)).length,
        );
      }
    }
  }

  #add(wanted: Account, row: AccountRow): void {
    assert.deepEqual(row, { id: row.id, ...whole(wanted) });
    assert.ok(
      this.#seen.every((earlier) => earlier.id < row.id),
      'ids grow and none is given twice',
    );
    this.#seen.push(row);
    this.rows = [...this.rows, row];
  }

  #conflict(
    row: Partial<Account>,
    ownId: number | null,
  ): { row: AccountRow; field: string } | null {
    for (const field of ['emailKey', 'founder'] as const) {
      const value = row[field];
      if (value === null || value === undefined) continue;
      const other = this.rows.find((one) => one[field] === value && one.id !== ownId);
      if (other) return { row: other, field };
    }
    return null;
  }

  #idOf(index: number): number {
    return this.#seen[index]?.id ?? 1_000_000;
  }
}

function whole(row: Account): NewRow<AccountRow> {
  return {
    email: 'e',
    phone: null,
    role: 'user',
    passwordHash: 'h',
    disabled: false,
    ...row,
  };
}

function matches(row: AccountRow, fields: Expected): boolean {
  return (Object.keys(fields) as (keyof Expected)[]).every((key) => row[key] === fields[key]);
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isConflict(field: string): (error: unknown) => boolean {
  return (error) => error instanceof UniqueConflict && error.field === field;
}
