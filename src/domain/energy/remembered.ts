import type { Reading } from './reading';
import { MINUTE_MS } from './units';

/** How long after its arrival a reading without a time of its own can be told from its copy. */
const COPY_WITHIN_MS = 10 * MINUTE_MS;
/** Of a meter that floods, the newest: they have to fit into a row of the store. */
const REMEMBERED_MAX = 2000;
/** So much more than is remembered a log may hold before it is written anew. */
const SURPLUS_MIN = 1000;

/** Readings in the order in which they came, with the place of the last that says the same. It only grows. */
interface Log {
  readonly readings: Reading[];
  readonly lastAt: Map<string, number>;
}

/**
 * The readings that count by their arrival, for as long as a copy can follow. A value: what is added makes
 * a new one, in the same time however many there are, since the values of one past share their log. As JSON
 * it is the list of readings.
 */
export class Remembered implements Iterable<Reading> {
  private constructor(
    private readonly log: Log,
    /** Of the log, what is remembered. */
    private readonly from: number,
    private readonly to: number,
  ) {}

  static of(readings: Iterable<Reading>): Remembered {
    if (readings instanceof Remembered) return readings.alone();
    const log: Log = { readings: [], lastAt: new Map() };
    for (const reading of readings) append(log, reading);
    return new Remembered(log, 0, log.readings.length);
  }

  with(reading: Reading): Remembered {
    const { log, from, to } = this.alone();
    append(log, reading);
    return new Remembered(log, Math.max(from, to + 1 - REMEMBERED_MAX), to + 1).shortened();
  }

  /** Without those whose copies can't follow any more. @param at of a reading that is not before any of these */
  since(at: number): Remembered {
    let { from } = this;
    while (from < this.to && isOver(this.log.readings[from], at)) from += 1;
    return from === this.from ? this : new Remembered(this.log, from, this.to);
  }

  /**
   * Whether a reading is a copy of one of these: the same message, told by its timestamp and seq (without
   * seq: by its content), or without a timestamp by seq and content; without either only if it is delivered
   * again.
   */
  holdsCopyOf(reading: Reading): boolean {
    const { timestamp, seq, redelivered } = reading;
    if (timestamp === null && seq === null && !redelivered) return false;
    const { log, from } = this.alone();
    return (log.lastAt.get(identityOf(reading)) ?? -1) >= from;
  }

  *[Symbol.iterator](): Iterator<Reading> {
    for (let i = this.from; i < this.to; i += 1) {
      const reading = this.log.readings[i];
      if (reading) yield reading;
    }
  }

  toJSON(): readonly Reading[] {
    return [...this];
  }

  /** The same, of a log in which nothing comes after it. */
  private alone(): Remembered {
    return this.to === this.log.readings.length ? this : Remembered.of([...this]);
  }

  private shortened(): Remembered {
    const surplus = this.log.readings.length - (this.to - this.from);
    return surplus > Math.max(SURPLUS_MIN, this.to - this.from) ? Remembered.of([...this]) : this;
  }
}

function append({ readings, lastAt }: Log, reading: Reading): void {
  lastAt.set(identityOf(reading), readings.length);
  readings.push(reading);
}

function identityOf({ timestamp, seq, energy, powerW }: Reading): string {
  if (timestamp !== null && seq !== null) return `${timestamp} ${seq}`;
  return `${timestamp ?? ''} ${seq ?? ''} ${energy ?? ''} ${powerW ?? ''}`;
}

function isOver(kept: Reading | undefined, at: number): boolean {
  return kept !== undefined && kept.receivedAt < at - COPY_WITHIN_MS;
}
