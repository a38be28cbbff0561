import type { Row, RowChanges, TableName } from '../../../ports/store';
import type { Committable } from './commit-queue';
import type { NedbTable } from './nedb-table';
import type { Redo } from './table-file';

/** The highest id given: that of the highest row, or one that the counters file remembers. */
export interface LastId {
  given: number;
  committed: number;
}

/** A table that one has to himself: what comes for it waits until it is released. */
export interface HeldTable<R extends Row> {
  readonly name: TableName;
  /** Changes it in memory only. */
  readonly rows: RowChanges<R>;
  /** What these changes are in the file; null for none. */
  pending(): Redo | null;
  /** Writes them; `rollback` still undoes them. @throws WriteFailure */
  write(): Promise<void>;
  keep(): void;
  rollback(): Promise<void>;
  release: () => void;
}

export function heldTable<R extends Row>({
  name,
  rows,
  table,
  lastId,
  release,
}: Pick<HeldTable<R>, 'name' | 'rows' | 'release'> & {
  readonly table: NedbTable<R>;
  readonly lastId: LastId;
}): HeldTable<R> {
  return {
    name,
    rows,
    pending: () => table.pending,
    write: () => table.write(),
    keep: () => {
      table.keep();
      lastId.committed = lastId.given;
    },
    rollback: () => committable(table, lastId).rollback(),
    release,
  };
}

/** A table with the ids it gave: numbers of what is undone are given again. */
export function committable<R extends Row>(table: NedbTable<R>, lastId: LastId): Committable {
  return {
    commit: async () => {
      await table.commit();
      lastId.committed = lastId.given;
    },
    rollback: async () => {
      await table.rollback();
      lastId.given = lastId.committed;
    },
    tidy: () => table.tidy(),
  };
}
