/**
 * Where telemetry lies from the moment its sender is told that it arrived until it is in the store.
 * A record that was appended survives a killed process at once and a power cut after a second.
 */
export interface Journal {
  /**
   * Appends a record, synchronously, so that a sender can be acknowledged after it.
   * @throws STORE_FULL when the disk or the journal's bound is reached, STORE_UNAVAILABLE
   */
  append(record: string): void;
  /** Every record that is still there, oldest first; to be read once, before the first append. A torn tail is cut off and reported, records before it are whole. */
  replay(apply: (record: string) => void): Promise<void>;
  /** Draws a line: `drop` deletes all records appended before it (once they are in the store). */
  mark(): { drop(): Promise<void> };
  /** Bytes that wait. */
  readonly size: number;
  /** Flushes and lets go. */
  close(): Promise<void>;
}
