import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { SeriesName, TableName } from '../../../ports/store';
import { corrupt, WriteFailure } from '../../files/failure';
import { readIfThere, replaceFile } from '../../files/files';
import type { KnownFile } from './table-damage';

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

const NEW = { lastId: 0, filled: false } as const;

type Edit = (tables: Counters['tables']) => Counters['tables'];

/** What must be remembered of the tables beside their rows: a small file, replaced as a whole. */
export class CountersFile {
  readonly #edits: Edit[] = [];
  /** The write that takes the edits with it. */
  #next: Promise<void> | null = null;
  #writing: Promise<void> = Promise.resolve();

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

  /** That all of these hold rows: of all or of none. On disk when it resolves. @throws WriteFailure */
  async rememberFilled(names: readonly FileName[]): Promise<void> {
    const fresh = names.filter((name) => !this.wasFilled(name));
    if (fresh.length === 0) return;
    await this.#change((tables) => {
      const filled = fresh.map((name) => [name, { ...(tables[name] ?? NEW), filled: true }]);
      return { ...tables, ...(Object.fromEntries(filled) as Counters['tables']) };
    });
  }

  /** On disk when it resolves. @throws WriteFailure */
  async remember(
    table: FileName,
    what: { lastId?: number; filled?: true; file?: KnownFile },
  ): Promise<void> {
    const edit = (tables: Counters['tables']): Counters['tables'] => {
      const before = tables[table] ?? NEW;
      const lastId = Math.max(before.lastId, what.lastId ?? 0);
      return { ...tables, [table]: { ...before, ...what, lastId } };
    };
    if (!isDeepStrictEqual(this.counters.tables, edit(this.counters.tables))) {
      await this.#change(edit);
    }
  }

  /** One write after the other, and all that is asked for meanwhile in the next. */
  async #change(edit: Edit): Promise<void> {
    this.#edits.push(edit);
    const next = (this.#next ??= this.#writing.then(() => this.#write()));
    await next;
  }

  async #write(): Promise<void> {
    this.#next = null;
    const edits = this.#edits.splice(0);
    const tables = edits.reduce((before, edit) => edit(before), this.counters.tables);
    const writing = replaceFile(this.path, `${JSON.stringify({ tables })}\n`);
    this.#writing = writing.catch(() => undefined);
    try {
      await writing;
    } catch (cause) {
      throw new WriteFailure(this.path, cause);
    }
    this.counters = { tables };
  }
}
