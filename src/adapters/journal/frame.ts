import { crc32 } from 'node:zlib';

/**
 * A record is one line of UTF-8, so that a journal can be read with `less` and a damaged record ends
 * at the next line: 8 hex digits of CRC-32 of the rest, a space, the text. A text that is no line
 * (it holds a line feed, or half a surrogate pair) stands as a JSON string in place of space and text.
 */
const CRC_DIGITS = 8;
const LINE_FEED = 10;
const SCRATCH_BYTES = 64 * 1024;
/** UTF-8 takes no more for a UTF-16 unit. */
const BYTES_PER_UNIT = 3;

/** Makes lines of records. A line is only good until the next one is made. */
export function createFramer(): (record: string) => Buffer {
  const scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  return (record) => {
    const body =
      record.includes('\n') || !record.isWellFormed() ? JSON.stringify(record) : ` ${record}`;
    const bound = CRC_DIGITS + body.length * BYTES_PER_UNIT + 1;
    const line = bound <= scratch.length ? scratch : Buffer.allocUnsafe(bound);
    const end = CRC_DIGITS + line.write(body, CRC_DIGITS, 'utf8');
    line.write(digitsOf(line.subarray(CRC_DIGITS, end)), 0, 'latin1');
    line[end] = LINE_FEED;
    return line.subarray(0, end + 1);
  };
}

export interface FrameReader {
  record(record: string): void;
  /** A line that is not what was written. */
  damaged(offset: number, bytes: number): void;
}

/** Reads whole lines, and gives where they end: what comes behind was never finished. */
export function readFrames(bytes: Buffer, reader: FrameReader): number {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end < 0) return start;
    const record = recordOf(bytes.subarray(start, end));
    if (record === null) reader.damaged(start, end + 1 - start);
    else reader.record(record);
    start = end + 1;
  }
}

function recordOf(line: Buffer): string | null {
  if (line.length <= CRC_DIGITS) return null;
  const body = line.subarray(CRC_DIGITS);
  if (line.toString('latin1', 0, CRC_DIGITS) !== digitsOf(body)) return null;
  const text = body.toString('utf8');
  return text.startsWith(' ') ? text.slice(1) : (JSON.parse(text) as string);
}

function digitsOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(CRC_DIGITS, '0');
}
