import type { AlertChanges } from '../domain/alerts/lifecycle';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { AlertRow, Store } from '../ports/store';
import type { InTurn } from './in-turn';

/** Repeats are counted in memory and written so often. */
const COUNT_EVERY_MS = 1000;

/** Repeats of an active alert that the store does not have yet. */
interface Repeats {
  /** The alert with them. */
  readonly row: AlertRow;
  /** How many of them nobody else can have heard. */
  readonly own: number;
  /** The alert without those; null if there are no others. */
  readonly others: AlertRow | null;
}

/** How often active alerts were found: counted in memory, written once a second, or at once where somebody waits for it. */
export class AlertCounts {
  /** By active key. */
  private readonly repeats = new Map<string, Repeats>();
  /** Writes that have not begun: what is counted until then is in them. */
  private readonly writes = new Map<string, Promise<void>>();
  private timer: Timer | undefined;
  private writing: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
    },
    /** By active key: what is done to an alert is done one by one. */
    private readonly turns: InTurn<string>,
  ) {}

  start(): void {
    this.timer = this.ports.clock.schedule(COUNT_EVERY_MS, () => {
      this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
      if (!this.stopped) this.start();
    });
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.writing;
    await this.writeAll();
  }

  /** An alert with what is counted of it and not written yet. */
  current(row: AlertRow): AlertRow {
    return this.repeatsOf(row)?.row ?? row;
  }

  /**
   * Counts an alert that was found once more. Only in its turn.
   * @param row the alert with it
   * @param isOwn nobody else can have heard of it
   */
  count(key: string, row: AlertRow, isOwn: boolean): AlertRow {
    const before = this.repeatsOf(row);
    const own = (before?.own ?? 0) + (isOwn ? 1 : 0);
    const others = isOwn ? (before?.others ?? null) : { ...row, count: row.count - own };
    this.repeats.set(key, { row, own, others });
    return row;
  }

  /**
   * Resolves when what was counted until now is in the store: those who wait share a write.
   * @throws what the store throws; then what nobody else heard of is not counted
   */
  written(key: string): Promise<void> {
    const waiting = this.writes.get(key);
    if (waiting) return waiting;
    const writing = this.turns.run(key, async () => {
      this.writes.delete(key);
      try {
        await this.writeOne(key);
      } catch (error) {
        this.forgetOwn(key);
        throw error;
      }
    });
    this.writes.set(key, writing);
    return writing;
  }

  /**
   * Changes an active alert, and adds what was counted meanwhile. Only in its turn.
   * @returns null if it is not active any more
   */
  async write(
    { id }: Pick<AlertRow, 'id'>,
    key: string,
    changes: AlertChanges,
  ): Promise<AlertRow | null> {
    const { alerts } = this.ports.store;
    for (;;) {
      const stored = await alerts.get(id);
      if (stored?.activeKey !== key) {
        this.forget(key);
        return null;
      }
      const expected = { activeKey: key, count: stored.count };
      const changed = await alerts.update(id, this.withRepeats(stored, changes), expected);
      if (!changed) continue;
      this.forget(key);
      return changed;
    }
  }

  /** Changes of an active alert as they are to be written, with what was counted meanwhile: see `forget`. */
  withRepeats(stored: AlertRow, changes: AlertChanges): AlertChanges {
    const repeats = this.repeatsOf(stored);
    // Another process counts the same alert: what both hear counts once, what one was told is added.
    const count = repeats
      ? Math.max(stored.count, repeats.row.count - repeats.own) + repeats.own
      : stored.count;
    const { lastAt = stored.lastAt, cause = stored.cause } = repeats?.row ?? {};
    const added = (changes.count ?? 0) - (repeats?.row.count ?? stored.count);
    return { lastAt, cause, ...changes, count: count + Math.max(0, added) };
  }

  /** What was counted is written. */
  forget(key: string): void {
    this.repeats.delete(key);
  }

  private repeatsOf({ id, activeKey }: AlertRow): Repeats | undefined {
    const repeats = activeKey === null ? undefined : this.repeats.get(activeKey);
    return repeats?.row.id === id ? repeats : undefined;
  }

  /** Whoever raised them was told that they do not count. */
  private forgetOwn(key: string): void {
    const { others } = this.repeats.get(key) ?? {};
    if (others) this.repeats.set(key, { row: others, own: 0, others });
    else this.repeats.delete(key);
  }

  /** Never rejects: what fails is tried again. */
  private async writeAll(): Promise<void> {
    for (const key of [...this.repeats.keys()]) {
      try {
        await this.turns.run(key, () => this.writeOne(key));
      } catch (error) {
        this.ports.logger.debug(`Repeats of an alert wait: ${String(error)}`);
      }
    }
  }

  private async writeOne(key: string): Promise<void> {
    const repeats = this.repeats.get(key);
    if (repeats) await this.write(repeats.row, key, {});
  }
}
