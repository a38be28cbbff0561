/** Events after `after`, up to and with `upTo`. */
export interface Range {
  readonly after: number;
  readonly upTo: number;
}

/**
 * What a client has seen of a run: every event up to `upTo` but those in `gaps` (rising, apart from
 * each other). Gaps exist while a replay is under way that live events overtook: a client whose
 * connection breaks right then says with its last cursor exactly what it still misses.
 */
export interface Seen {
  readonly upTo: number;
  readonly gaps: readonly Range[];
}

/** Longer than any cursor that is handed out, but for a client that was cut off in one replay after the other: it starts anew. */
const CURSOR_LENGTH_MAX = 1024;
const RUN_SEPARATOR = ':';

/** A cursor: opaque to clients, and worthless in another run. */
export function writeCursor(run: string, { upTo, gaps }: Seen): string {
  const last = gaps.at(-1);
  // Having seen all but the end is having seen less.
  if (last && last.upTo >= upTo) {
    return writeCursor(run, { upTo: last.after, gaps: gaps.slice(0, -1) });
  }
  const parts = [run, upTo, ...gaps.map((gap) => `${gap.after}-${gap.upTo}`)];
  return Buffer.from(parts.join(RUN_SEPARATOR)).toString('base64url');
}

/** What a cursor says; null for anything that `writeCursor` did not make for this run. */
export function readCursorOf(run: string, cursor: string): Seen | null {
  if (cursor.length > CURSOR_LENGTH_MAX) return null;
  const [writtenRun, upToText = '', ...gapTexts] = Buffer.from(cursor, 'base64url')
    .toString()
    .split(RUN_SEPARATOR);
  const upTo = readSequence(upToText);
  if (writtenRun !== run || upTo === null) return null;
  const gaps: Range[] = [];
  for (const text of gapTexts) {
    const [after, end] = text.split('-').map(readSequence);
    if (typeof after !== 'number' || typeof end !== 'number') return null;
    if (after >= end || end >= upTo || after < (gaps.at(-1)?.upTo ?? 0)) return null;
    gaps.push({ after, upTo: end });
  }
  return { upTo, gaps };
}

function readSequence(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
