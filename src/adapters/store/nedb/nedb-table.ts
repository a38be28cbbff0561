import Datastore from 'nedb-promises';
import type { Logger } from '../../../ports/logger';
import type { Row } from '../../../ports/store';
import type { Committable } from './commit-queue';
import { corrupt, reasonOf, WriteFailure } from '../../files/failure';
import {
  cutFile,
  deleteIfThere,
  FILE_MODE,
  FOLDER_MODE,
  restrictTo,
  sizeIfThere,
  syncFile,
} from '../../files/files';

type Id = Row['id'];
/** A row as NeDB keeps it: under `_id`. */
type Document<R extends Row> = R & { readonly _id: Id };

/** A query to NeDB. Values from outside never come into it but through `documentId` and `$where`. */
export type NedbQuery = Readonly<Record<string, unknown>>;

export interface NedbTableOptions {
  readonly path: string;
  readonly indexed: readonly string[];
  readonly logger: Logger;
  /** Rejects when this process may not write. */
  readonly assertWritable: () => Promise<void>;
  /** Called before the first row's write resolves. */
  readonly onFilled: () => Promise<void>;
  /** The file is rewritten after this many writes at the earliest. */
  readonly compactAfterWrites: number;
}

/**
 * One NeDB file. NeDB alone answers before a write is on the disk, and keeps in memory what the disk
 * did not take; here writes last after `commit` and are gone after `rollback`. Calls must not overlap.
 */
export class NedbTable<R extends Row> implements Committable {
  /** The rows as they were before the writes that are not committed; null for those that were not there. */
  readonly #before = new Map<Id, R | null>();
  #committedBytes = 0;
  /** The file ends in what a failed write left, which could not be cut off yet. */
  #torn = false;
  #failing = false;
  #writesSinceCompaction = 0;
  #compactAt: number;

  private constructor(
    private readonly datastore: ReturnType<typeof Datastore.create>,
    private readonly options: NedbTableOptions,
  ) {
    this.#compactAt = options.compactAfterWrites;
  }

  /** @throws STORE_CORRUPT, or the file system's error */
  static async open<R extends Row>(options: NedbTableOptions): Promise<NedbTable<R>> {
    const { path } = options;
    const datastore = Datastore.create({
      filename: path,
      // A line that cannot be read is a row that is missing: never skipped in silence.
      corruptAlertThreshold: 0,
      afterSerialization: escapeLineSeparators,
      beforeDeserialization: (line) => line, // NeDB wants both; JSON undoes the escapes by itself.
      ...{ modes: { fileMode: FILE_MODE, dirMode: FOLDER_MODE } }, // Missing in its types.
    });
    try {
      await datastore.load();
    } catch (error) {
      if ((error as { corruptItems?: unknown }).corruptItems === undefined) throw error;
      throw corrupt(
        { fr: `${path} contient des lignes illisibles`, en: `${path} holds unreadable lines` },
        error,
      );
    }
    // NeDB writes its indexes into the file. With one at least, a file is never empty again, so an
    // empty one is known to be damaged.
    for (const fieldName of ['id', ...options.indexed]) await datastore.ensureIndex({ fieldName });
    await restrictTo(FILE_MODE, path, options.logger);
    const table = new NedbTable<R>(datastore, options);
    table.#committedBytes = await syncFile(path);
    await table.#planCompaction();
    return table;
  }

  async get(id: Id): Promise<R | null> {
    const [row] = await this.find({ _id: documentId(id) }, { limit: 1 });
    return row ?? null;
  }

  async find(
    query: NedbQuery,
    { sort, limit }: { sort?: Readonly<Record<string, 1 | -1>>; limit?: number } = {},
  ): Promise<R[]> {
    let cursor = this.datastore.find<R>(query);
    if (sort !== undefined) cursor = cursor.sort(sort);
    if (limit !== undefined) cursor = cursor.limit(limit);
    return (await cursor.exec()).map(rowOf);
  }

  async count(query: NedbQuery): Promise<number> {
    return this.datastore.count(query);
  }

  async insert(row: R): Promise<void> {
    await this.#write([[row.id, null]], () => this.datastore.insert(documentOf(row)));
  }

  async replace(before: R, row: R): Promise<void> {
    await this.#write([[row.id, before]], () =>
      this.datastore.update({ _id: documentId(row.id) }, documentOf(row)),
    );
  }

  async delete(rows: readonly R[]): Promise<void> {
    if (rows.length === 0) return;
    const ids = new Set(rows.map((row) => row.id));
    const query = {
      ...(rows.length === 1 && rows[0] ? { _id: documentId(rows[0].id) } : {}),
      $where(this: R) {
        return ids.has(this.id);
      },
    };
    await this.#write(
      rows.map((row) => [row.id, row]),
      () => this.datastore.remove(query, { multi: true }),
    );
  }

  async commit(): Promise<void> {
    if (this.#before.size === 0) return;
    let bytes: number;
    try {
      bytes = await syncFile(this.options.path);
    } catch (cause) {
      throw this.#failure(cause);
    }
    await this.options.onFilled();
    this.#committedBytes = bytes;
    this.#before.clear();
    if (this.#failing) this.options.logger.info(`${this.options.path} is written again`);
    this.#failing = false;
  }

  async rollback(): Promise<void> {
    for (const [id, before] of [...this.#before].reverse()) {
      // NeDB changes its memory first and then the file. The memory is what matters here; what this
      // adds to the file, or fails to, is cut off below.
      await this.#put(id, before).catch(() => undefined);
    }
    this.#before.clear();
    await this.#cutTornEnd().catch(() => (this.#torn = true));
  }

  async tidy(): Promise<void> {
    if (this.#writesSinceCompaction < this.#compactAt || this.#torn) return;
    const { path, logger } = this.options;
    try {
      await this.options.assertWritable();
      await (this.datastore as unknown as Compactable).compactDatafileAsync();
      await this.#planCompaction();
    } catch (error) {
      // Nothing is lost: the file stays as it was, only longer than it need be.
      logger.warn(`${path} could not be compacted: ${reasonOf(error)}`);
      this.#compactAt += this.options.compactAfterWrites;
      await deleteIfThere(`${path}~`).catch(() => undefined);
    }
    this.#committedBytes = (await sizeIfThere(path).catch(() => null)) ?? this.#committedBytes;
  }

  async #write(
    before: readonly (readonly [Id, R | null])[],
    change: () => Promise<unknown>,
  ): Promise<void> {
    await this.options.assertWritable();
    try {
      if (this.#torn) await this.#cutTornEnd();
      for (const [id, row] of before) if (!this.#before.has(id)) this.#before.set(id, row);
      await change();
    } catch (cause) {
      throw this.#failure(cause);
    }
    this.#writesSinceCompaction += before.length;
  }

  async #put(id: Id, row: R | null): Promise<void> {
    const _id = documentId(id);
    if (row === null) await this.datastore.remove({ _id }, {});
    else await this.datastore.update({ _id }, documentOf(row), { upsert: true });
  }

  async #cutTornEnd(): Promise<void> {
    await this.options.assertWritable(); // It might be another process's file by now.
    await cutFile(this.options.path, this.#committedBytes);
    this.#torn = false;
  }

  async #planCompaction(): Promise<void> {
    this.#writesSinceCompaction = 0;
    this.#compactAt = Math.max(
      this.options.compactAfterWrites,
      2 * (await this.datastore.count({})),
    );
  }

  #failure(cause: unknown): WriteFailure {
    const failure = new WriteFailure(this.options.path, cause);
    if (!this.#failing) this.options.logger.error(failure.message);
    this.#failing = true;
    return failure;
  }
}

/** NeDB reads its file in lines, and takes these, which JSON leaves as they are, for line ends too. */
function escapeLineSeparators(json: string): string {
  return json.replace(
    /[\u0085\u2028\u2029]/g,
    (separator) => `\\u${separator.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

interface Compactable {
  compactDatafileAsync(): Promise<void>;
}

/**
 * Numbers as they are, so that NeDB holds counted rows in their order. Texts with a prefix: while
 * loading NeDB takes an empty `_id` for none and `__proto__` for the prototype.
 */
export function documentId(id: Id): Id {
  return typeof id === 'number' ? id : `:${id}`;
}

function documentOf<R extends Row>(row: R): Document<R> {
  return { _id: documentId(row.id), ...row };
}

function rowOf<R extends Row>(document: R & { _id: unknown }): R {
  const row: Partial<typeof document> = { ...document };
  delete row._id;
  return row as unknown as R;
}
