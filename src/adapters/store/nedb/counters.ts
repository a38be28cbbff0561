import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { SeriesName, TableName } from '../../../ports/store';
import { corrupt, WriteFailure } from '../../files/failure';
import { readIfThere, replaceFile } from '../../files/files';
import type { KnownFile } from './table-file';

const countersSchema = z.object({
  tables: z.record(
    z.string(),
    z.object({
      /** The highest id given, once its row was deleted; otherwise the rows themselves tell. */
      lastId: z.int().min(0),
      /** Whether the table ever held a row: then its file is never empty again. */
      filled: z.boolean(),
      /** How far its file was committed when this was last looked at. */
      file: z.object({ generation: z.int(), bytes: z.int(), rows: z.int() }).optional(),
    }),
  ),
});

/** What has a file of its own. */
export type FileName = TableName | SeriesName;

type Counters = z.infer<typeof countersSchema>;

/** What must be remembered of the tables beside their rows: a small file, replaced as a whole. */
export class CountersFile {
  #written: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly path: string,
    private counters: Counters,
  ) {}

  /** @throws STORE_CORRUPT if the file is not one of these */
  static async open(path: string): Promise<CountersFile | null> {
    const contents = await readIfThere(path);
    if (contents === null) return null;
    try {
      return new CountersFile(path, countersSchema.parse(JSON.parse(contents)));
    } catch (cause) {
      throw corrupt({ fr: `${path} est illisible`, en: `${path} cannot be understood` }, cause);
    }
  }

  static async create(path: string): Promise<CountersFile> {
    const file = new CountersFile(path, { tables: {} });
    await file.#change((tables) => tables);
    return file;
  }

  lastId(table: FileName): number {
    return this.counters.tables[table]?.lastId ?? 0;
  }

  wasFilled(table: FileName): boolean {
    return this.counters.tables[table]?.filled ?? false;
  }

  knownFile(table: FileName): KnownFile | null {
    return this.counters.tables[table]?.file ?? null;
  }

  /** On disk when it resolves. @throws WriteFailure */
  async remember(
    table: FileName,
    what: { lastId?: number; filled?: true; file?: KnownFile },
  ): Promise<void> {
    const before = this.counters.tables[table];
    const file = what.file ?? before?.file;
    const after = {
      lastId: Math.max(this.lastId(table), what.lastId ?? 0),
      filled: what.filled ?? this.wasFilled(table),
      ...(file === undefined ? {} : { file }),
    };
    if (isDeepStrictEqual(before, after)) return;
    await this.#change((tables) => ({
      ...tables,
      [table]: after,
    }));
  }

  /** One after the other, since each table does this on its own. */
  #change(edit: (tables: Counters['tables']) => Counters['tables']): Promise<void> {
    const change = this.#written.then(async () => {
      const counters = { tables: edit(this.counters.tables) };
      try {
        await replaceFile(this.path, `${JSON.stringify(counters)}\n`);
      } catch (cause) {
        throw new WriteFailure(this.path, cause);
      }
      this.counters = counters;
    });
    this.#written = change.catch(() => undefined);
    return change;
  }
}
