import Datastore from 'nedb-promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '../../../ports/logger';
import type { Row } from '../../../ports/store';
import { reasonOf, WriteFailure } from '../../files/failure';
import { FILE_MODE, restrictTo } from '../../files/files';
import type { Committable } from './commit-queue';
import type { KnownFile } from './table-damage';
import { goodPath, TableFile, type Redo } from './table-file';
import {
  applyLines,
  deletionLine,
  documentLine,
  type DocumentId,
  type StoredDocument,
} from './table-format';

type Id = Row['id'];

/** A query to NeDB. Values from outside never come into it but through `documentId` and `$where`. */
export type NedbQuery = Readonly<Record<string, unknown>>;

export interface NedbTableOptions {
  readonly path: string;
  readonly indexed: readonly string[];
  readonly logger: Logger;
  readonly filled: boolean;
  readonly known: KnownFile | null;
  /** Somebody may still have the file open and write into it. */
  readonly shared: boolean;
  /** What a crash may have kept from being written. */
  readonly redo: Redo | null;
  /** Rejects when this process may not write. */
  readonly assertWritable: () => Promise<void>;
  /** Called before the first row's write resolves. */
  readonly onFilled: () => Promise<void>;
  /** Called now and then with how far the file is committed, and the highest number that was an id. */
  readonly onKnown: (file: KnownFile, lastId: number) => Promise<void>;
  /** The file is rewritten after this many writes at the earliest. */
  readonly compactAfterWrites: number;
}

/** How many rows are read or changed in one go before others get their turn. */
const SLICE = 500;
/** The file may grow by so much, or to twice its size, before it is rewritten. */
const GROWTH_BYTES_MIN = 4_000_000;
const KNOWN_EVERY_MS = 10_000;
const SNAPSHOT_EVERY_MS = 86_400_000;
/** Larger files are not copied on closing, which must be quick. */
const SNAPSHOT_AT_CLOSE_BYTES_MAX = 4_000_000;

/**
 * One table: its rows in NeDB's memory, its file beside. NeDB's own persistence answers before a write is
 * on the disk, keeps in memory what the disk did not take, and rewrites the file in one go; here
 * writes last after `commit` and are gone after `rollback`. Calls must not overlap.
 */
export class NedbTable<R extends Row> implements Committable {
  /** The rows as they were before the writes that are not committed; null for those that were not there. */
  readonly #before = new Map<Id, R | null>();
  /** What the writes that are not committed add to the file. */
  #lines: string[] = [];
  #rows = 0;
  /** The highest number that was an id, and the one that is if what is not committed will be. */
  #lastId = 0;
  #nextLastId = 0;
  #failing = false;
  #writesSinceCompaction: number;
  #compactAt = 0;
  #compactedBytes: number;
  #knownAt = performance.now();
  #snapshotAt: number;
  #changedSinceSnapshot = false;

  private constructor(
    private readonly datastore: ReturnType<typeof Datastore.create>,
    private readonly file: TableFile,
    private readonly options: NedbTableOptions,
    staleLines: number,
    snapshotAt: number,
  ) {
    this.#writesSinceCompaction = staleLines;
    this.#compactedBytes = file.bytes;
    this.#snapshotAt = snapshotAt;
  }

  /** @throws STORE_CORRUPT, or the file system's error */
  static async open<R extends Row>(options: NedbTableOptions): Promise<NedbTable<R>> {
    const { path, logger } = options;
    const { file, documents, staleLines } = await TableFile.open(options);
    try {
      await restrictTo(FILE_MODE, path, logger);
      const { redo } = options;
      if (redo !== null && (await file.redo(redo))) {
        applyLines(documents, redo.lines);
        logger.warn(`${path} lacked a change that a crash cut short: it is done now`);
      }
      if ((await file.snapshotAt()) !== null) await restrictTo(FILE_MODE, goodPath(path), logger);
      const datastore = Datastore.create();
      for (const fieldName of options.indexed) await datastore.ensureIndex({ fieldName });
      for (const slice of slices([...documents.values()])) {
        await datastore.insert(slice);
        await nextTurn();
      }
      const age = Date.now() - ((await file.snapshotAt()) ?? -Infinity);
      const snapshotAt = performance.now() - age;
      const table = new NedbTable<R>(datastore, file, options, staleLines, snapshotAt);
      table.#rows = documents.size;
      for (const _id of documents.keys()) table.#countId(_id);
      table.#lastId = table.#nextLastId;
      table.#planCompaction();
      return table;
    } catch (error) {
      await file.close();
      throw error;
    }
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

  /** All rows as NeDB holds them: not to be changed. Others get their turn meanwhile. */
  async *all(): AsyncGenerator<R> {
    for (const slice of slices(this.#documents())) {
      for (const document of slice) yield document as unknown as R;
      await nextTurn();
    }
  }

  /** How many there are. */
  get rows(): number {
    return this.#rows;
  }

  async count(query: NedbQuery): Promise<number> {
    return this.datastore.count(query);
  }

  async insert(rows: readonly R[]): Promise<void> {
    await this.#change(rows, async (slice) => {
      for (const row of slice) this.#remember(row.id, null, documentLine(documentOf(row)));
      await this.datastore.insert(slice.map(documentOf));
      this.#rows += slice.length;
    });
  }

  async replace(before: R, row: R): Promise<void> {
    await this.#change([row], async () => {
      const document = documentOf(row);
      this.#remember(row.id, before, documentLine(document));
      await this.datastore.update({ _id: document._id }, document);
    });
  }

  async delete(rows: readonly R[]): Promise<void> {
    const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await this.#change(sorted, async (slice) => {
      const ids = new Set(slice.map((row) => documentId(row.id)));
      for (const row of slice) this.#remember(row.id, row, deletionLine(documentId(row.id)));
      const [first, ...others] = ids;
      const _id = others.length === 0 ? first : { $gte: first, $lte: others.at(-1) };
      const query = {
        _id,
        $where(this: StoredDocument) {
          return ids.has(this._id);
        },
      };
      await this.datastore.remove(query, { multi: true });
      this.#rows -= slice.length;
    });
  }

  async commit(): Promise<void> {
    if (this.#lines.length === 0) return;
    await this.write();
    try {
      await this.options.onFilled();
    } catch (cause) {
      throw this.#failure(cause);
    }
    this.keep();
  }

  /** What is not committed, as it would be written; null for nothing. */
  get pending(): Redo | null {
    if (this.#lines.length === 0) return null;
    return { generation: this.file.generation, at: this.file.bytes, lines: this.#lines };
  }

  /** The first half of a commit: on the disk when it resolves, and yet `rollback` undoes it. @throws WriteFailure */
  async write(): Promise<void> {
    try {
      await this.options.assertWritable(); // Time has passed since the rows were changed.
      await this.file.write(this.#lines);
      // Stopped on the way, this process may have written into what is no longer the file.
      await this.options.assertWritable();
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  /** The second half. */
  keep(): void {
    this.file.keep();
    this.#writesSinceCompaction += this.#lines.length;
    this.#changedSinceSnapshot = true;
    this.#lastId = this.#nextLastId;
    this.#lines = [];
    this.#before.clear();
    if (this.#failing) this.options.logger.info(`${this.options.path} is written again`);
    this.#failing = false;
  }

  async rollback(): Promise<void> {
    this.#lines = [];
    this.#nextLastId = this.#lastId;
    for (const slice of slices([...this.#before])) {
      for (const [id, before] of slice) {
        const _id = documentId(id);
        if (before === null) await this.datastore.remove({ _id }, {});
        else await this.datastore.update({ _id }, documentOf(before), { upsert: true });
      }
      if (slice.length === SLICE) await nextTurn();
    }
    this.#before.clear();
    this.#rows = await this.datastore.count({});
    // It might be another process's file by now.
    if (await this.#isWritable()) await this.file.restore();
  }

  async tidy(): Promise<void> {
    const now = performance.now();
    const grown = this.file.bytes - this.#compactedBytes;
    const due =
      this.#writesSinceCompaction >= this.#compactAt ||
      grown > Math.max(GROWTH_BYTES_MIN, this.#compactedBytes);
    if (due) await this.#compact();
    const snapshotDue = this.#changedSinceSnapshot && now - this.#snapshotAt > SNAPSHOT_EVERY_MS;
    if (snapshotDue) await this.#snapshot();
    if (due || now - this.#knownAt > KNOWN_EVERY_MS) await this.#tellKnown();
  }

  /** Nothing is called any more after this one. */
  async close(): Promise<void> {
    if (await this.#isWritable()) {
      if (this.#changedSinceSnapshot && this.file.bytes <= SNAPSHOT_AT_CLOSE_BYTES_MAX) {
        await this.#snapshot();
      }
      await this.#tellKnown();
    }
    await this.file.close();
  }

  async #compact(): Promise<void> {
    const { path, logger, compactAfterWrites } = this.options;
    try {
      await this.file.rewrite(this.#documents(), this.options.assertWritable);
      this.#compactedBytes = this.file.bytes;
      this.#writesSinceCompaction = 0;
      this.#snapshotAt = performance.now();
      this.#planCompaction();
    } catch (error) {
      // Nothing is lost: the file stays as it was, only longer than it need be.
      logger.warn(`${path} could not be compacted: ${reasonOf(error)}`);
      this.#compactAt = this.#writesSinceCompaction + compactAfterWrites;
      this.#compactedBytes = this.file.bytes;
    }
  }

  async #snapshot(): Promise<void> {
    this.#snapshotAt = performance.now();
    this.#changedSinceSnapshot = false;
    await this.file.snapshot();
  }

  async #tellKnown(): Promise<void> {
    this.#knownAt = performance.now();
    const { generation, bytes } = this.file;
    await this.options
      .onKnown({ generation, bytes, rows: this.#rows }, this.#lastId)
      .catch((error: unknown) => {
        this.options.logger.warn(reasonOf(error)); // It only makes damage harder to tell from a crash.
      });
  }

  /** NeDB's own, not copies: nedb-promises does not show them. */
  #documents(): StoredDocument[] {
    const { __original: nedb } = this.datastore as unknown as {
      __original: { getAllData(): StoredDocument[] };
    };
    return nedb.getAllData();
  }

  #remember(id: Id, before: R | null, line: string): void {
    if (!this.#before.has(id)) this.#before.set(id, before);
    this.#countId(id);
    this.#lines.push(line);
  }

  #countId(id: Id): void {
    if (typeof id === 'number' && id > this.#nextLastId) this.#nextLastId = id;
  }

  /** Changes the rows in memory, piece by piece: others get their turn meanwhile. */
  async #change(rows: readonly R[], change: (slice: R[]) => Promise<unknown>): Promise<void> {
    if (rows.length === 0) return;
    try {
      await this.options.assertWritable();
      for (const slice of slices(rows)) {
        await change(slice);
        if (slice.length === SLICE) await nextTurn();
      }
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  async #isWritable(): Promise<boolean> {
    return this.options.assertWritable().then(
      () => true,
      () => false,
    );
  }

  #planCompaction(): void {
    this.#compactAt = Math.max(this.options.compactAfterWrites, 2 * this.#rows);
  }

  #failure(cause: unknown): WriteFailure {
    const failure = new WriteFailure(this.options.path, cause);
    if (!this.#failing) this.options.logger.error(failure.message);
    this.#failing = true;
    return failure;
  }
}

function* slices<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += SLICE) {
    yield items.slice(start, start + SLICE);
  }
}

/**
 * Numbers as they are, so that NeDB holds counted rows in their order. Texts with a prefix: NeDB
 * would take an empty `_id` for none and `__proto__` for the prototype.
 */
export function documentId(id: Id): DocumentId {
  return typeof id === 'number' ? id : `:${id}`;
}

function documentOf<R extends Row>(row: R): R & StoredDocument {
  return { _id: documentId(row.id), ...(row as R & Readonly<Record<string, unknown>>) };
}

function rowOf<R extends Row>(document: R & { _id: unknown }): R {
  const row: Partial<typeof document> = { ...document };
  delete row._id;
  return row as unknown as R;
}
