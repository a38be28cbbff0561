import { crc32 } from 'node:zlib';

/*
 * A table's file: a header line, then commits. A commit is its lines, as NeDB writes them
 * (`{"_id":…}`, `{"$$deleted":true,"_id":…}`), and a line that says how many they are and what they
 * add up to. So an unfinished commit is known from a finished one, and a changed byte is seen.
 * A file without a header is of an earlier version: each of its lines counts for itself.
 */

export type DocumentId = number | string;
export type StoredDocument = Readonly<Record<string, unknown>> & { readonly _id: DocumentId };

const HEADER_KEY = '$$table';
const COMMIT_PREFIX = Buffer.from('{"$$commit":');
const NEWLINE = 0x0a;
const PIECE_LINES = 1000;

/** The first line. The generation counts how often the file was written anew. */
export function headerLine(generation: number): string {
  return `${JSON.stringify({ [HEADER_KEY]: { format: 1, generation } })}\n`;
}

export function documentLine(document: StoredDocument): string {
  return JSON.stringify(document);
}

export function deletionLine(id: DocumentId): string {
  return JSON.stringify({ $$deleted: true, _id: id });
}

/** The bytes of one commit, in pieces of a size that takes no long turn to make. */
export function* encodeCommit(lines: readonly string[]): Generator<Buffer> {
  let sum = 0;
  for (let start = 0; ; start += PIECE_LINES) {
    const piece = lines.slice(start, start + PIECE_LINES);
    const body = Buffer.from(piece.map((line) => `${line}\n`).join(''));
    sum = crc32(body, sum);
    if (start + PIECE_LINES < lines.length) {
      yield body;
      continue;
    }
    const trailer = JSON.stringify({ $$commit: { lines: lines.length, crc32: sum } });
    yield Buffer.concat([body, Buffer.from(`${trailer}\n`)]);
    return;
  }
}

/** Reads a table's file piece by piece, and tells what is sound in it. */
export class TableScan {
  /** The documents of the commits before the first break. */
  readonly documents = new Map<DocumentId, StoredDocument>();
  /** Null until a header was read, and in files of an earlier version. */
  generation: number | null = null;
  /** Where the last commit before the first break ends. */
  soundBytes = 0;
  bytes = 0;
  /** Sound commits before the first break, and their lines. */
  commits = 0;
  lines = 0;
  /** A commit that is complete, yet not what was written. */
  brokenCommit = false;
  /** After the first break there are sound commits: what broke is not the end of the file. */
  soundAfterBreak = false;

  #rest: Buffer = Buffer.alloc(0);
  #offset = 0;
  #first = true;
  #framed = true;
  #broken = false;
  #pendingBroken = false;
  #pending: unknown[] = [];
  #crc = 0;

  /** Whether all of the file is sound. */
  get isWhole(): boolean {
    return this.soundBytes === this.bytes;
  }

  push(chunk: Buffer): void {
    this.bytes += chunk.length;
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end; (end = buffer.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
      this.#offset += end + 1 - start;
      this.#line(buffer.subarray(start, end + 1));
    }
    this.#rest = Buffer.from(buffer.subarray(start));
  }

  #line(line: Buffer): void {
    if (this.#first) {
      this.#first = false;
      const header = parsed(line);
      const generation = (header?.[HEADER_KEY] as { generation?: unknown } | undefined)?.generation;
      if (typeof generation === 'number') {
        this.generation = generation;
        this.soundBytes = this.#offset;
        return;
      }
      this.#framed = header === null;
    }
    if (this.#framed) this.#framedLine(line);
    else this.#plainLine(line);
  }

  #framedLine(line: Buffer): void {
    if (!line.subarray(0, COMMIT_PREFIX.length).equals(COMMIT_PREFIX)) {
      const document = parsed(line);
      if (document === null) this.#pendingBroken = true;
      this.#pending.push(document);
      this.#crc = crc32(line, this.#crc);
      return;
    }
    const { lines, crc32: sum } = (parsed(line)?.['$$commit'] ?? {}) as Record<string, unknown>;
    const sound = !this.#pendingBroken && lines === this.#pending.length && sum === this.#crc;
    if (!sound) {
      this.brokenCommit = true;
      this.#broken = true;
    } else if (this.#broken) {
      this.soundAfterBreak = true;
    } else {
      this.#take(this.#pending);
    }
    this.#pending = [];
    this.#pendingBroken = false;
    this.#crc = 0;
  }

  #plainLine(line: Buffer): void {
    const document = parsed(line);
    // With a commit in it, it is one of ours whose header is damaged.
    if (document === null || '$$commit' in document) this.#broken = true;
    else if (this.#broken) this.soundAfterBreak = true;
    else this.#take([document]);
  }

  #take(documents: readonly unknown[]): void {
    apply(this.documents, documents as StoredDocument[]);
    this.commits += 1;
    this.lines += documents.length;
    this.soundBytes = this.#offset;
  }
}

/** Changes the documents as a commit's lines say. */
export function applyLines(
  documents: Map<DocumentId, StoredDocument>,
  lines: readonly string[],
): void {
  apply(
    documents,
    lines.map((line) => JSON.parse(line) as StoredDocument),
  );
}

function apply(
  documents: Map<DocumentId, StoredDocument>,
  changes: readonly StoredDocument[],
): void {
  for (const document of changes) {
    if (document['$$deleted'] === true) documents.delete(document._id);
    else if (Object.hasOwn(document, '_id')) documents.set(document._id, document);
  }
}

function parsed(line: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
