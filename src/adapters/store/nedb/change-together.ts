import type { Row, RowChanges } from '../../../ports/store';
import { storeFailure, WriteFailure } from '../../files/failure';
import type { CountersFile } from './counters';
import type { HeldTable } from './held-table';
import type { NedbRepository } from './nedb-repository';
import type { PendingChange } from './pending-change';

/** How several tables are changed as one, each of which has a file of its own. One such change at a time. */
export class ChangeTogether {
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly repositories: Readonly<Record<string, NedbRepository<Row>>>,
    private readonly counters: CountersFile,
    private readonly pending: PendingChange,
  ) {}

  /** @throws what `change` throws, and STORE_FULL or STORE_UNAVAILABLE; then nothing was done */
  run<A>(
    tables: readonly string[],
    change: (rows: Readonly<Record<string, RowChanges<Row>>>) => Promise<A>,
  ): Promise<A> {
    const mine = this.line.then(() => this.#run(tables, change));
    this.line = mine.catch(() => undefined);
    return mine;
  }

  async #run<A>(
    tables: readonly string[],
    change: (rows: Readonly<Record<string, RowChanges<Row>>>) => Promise<A>,
  ): Promise<A> {
    const held: HeldTable<Row>[] = [];
    try {
      for (const name of new Set(tables)) held.push(await this.#repository(name).hold());
      const answer = await change(Object.fromEntries(held.map(({ name, rows }) => [name, rows])));
      await this.#commit(held);
      return answer;
    } catch (error) {
      for (const table of held) await table.rollback();
      await this.pending.drop();
      throw error instanceof WriteFailure ? storeFailure(error) : error;
    } finally {
      for (const { release } of held) release();
    }
  }

  async #commit(held: readonly HeldTable<Row>[]): Promise<void> {
    const changed = held.filter((table) => table.pending() !== null);
    if (changed.length > 1) {
      const redos = Object.fromEntries(changed.map((table) => [table.name, table.pending()]));
      await this.pending.begin(redos);
    }
    for (const table of changed) await table.write();
    await this.counters.rememberFilled(changed.map(({ name }) => name));
    for (const table of changed) table.keep();
    await this.pending.end();
  }

  #repository(name: string): NedbRepository<Row> {
    const repository = this.repositories[name];
    if (!repository) throw new TypeError(`There is no table ${name}`);
    return repository;
  }
}
