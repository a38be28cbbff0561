import type { Clock, Timer } from '../ports/clock';
import type { Journal } from '../ports/journal';
import type { Health } from './health';

/** How long what has come in may wait in the journal before it is folded into the store. */
const FOLD_EVERY_MS = 1000;
/** How long at most, and how much, when a taker asks for more time. */
const SETTLE_EVERY_MS = 60_000;
const SETTLE_BYTES = 32 * 1024 * 1024;

/** Holds what came in, and writes it to the store when told. */
export interface Folder {
  /** Writes to the store what changed since the last time. */
  fold(): Promise<void>;
  /** True while `fold` has something to write though nothing came in: a write of its own that failed. */
  readonly hasUnsaved?: boolean;
  /** True while it holds something back that `fold` does not write: the journal keeps it meanwhile. */
  readonly unsettled?: boolean;
  /** Writes that, too. */
  settle?(): Promise<void>;
}

/** Moves what is in the journal to the store, once a second. */
export class IntakeFolding {
  private dirty = false;
  private stopped = false;
  private timer: Timer | undefined;
  private folding: Promise<void> = Promise.resolve();
  private failed = false;
  private settledMs = 0;

  constructor(
    private readonly ports: {
      readonly journal: Journal;
      readonly clock: Clock;
      readonly health: Pick<Health, 'works' | 'fails'>;
    },
    private readonly folders: readonly Folder[],
  ) {}

  /** True while what came in cannot be written to the store. */
  get isFailing(): boolean {
    return this.failed;
  }

  /** Something is in the journal. */
  came(): void {
    this.dirty = true;
  }

  plan(): void {
    this.timer = this.ports.clock.schedule(FOLD_EVERY_MS, () => {
      void this.fold().then(() => {
        if (!this.stopped) this.plan();
      });
    });
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.fold(true);
  }

  /**
   * One fold at a time; never rejects: what failed is tried again with the next. The journal forgets
   * what came before it only when nobody holds anything back any more.
   */
  fold(everything = false): Promise<void> {
    this.folding = this.folding.then(async () => {
      if (!this.dirty && !this.folders.some(({ hasUnsaved }) => hasUnsaved === true)) return;
      this.dirty = false;
      try {
        const { journal } = this.ports;
        const settles = everything || this.isTimeToSettle();
        const mark = settles || !this.isUnsettled() ? journal.mark() : null;
        for (const folder of this.folders) await folder.fold();
        if (mark) {
          for (const folder of this.folders) await folder.settle?.();
          await mark.drop();
          this.settledMs = this.ports.clock.monotonicMs();
        } else {
          this.dirty = true;
        }
        if (this.failed) this.ports.health.works('store');
        this.failed = false;
      } catch (error) {
        this.dirty = true;
        this.failed = true;
        // They wait in the journal.
        this.ports.health.fails('store', error);
      }
    });
    return this.folding;
  }

  private isUnsettled(): boolean {
    return this.folders.some(({ unsettled }) => unsettled === true);
  }

  private isTimeToSettle(): boolean {
    const { clock, journal } = this.ports;
    return clock.monotonicMs() - this.settledMs >= SETTLE_EVERY_MS || journal.size >= SETTLE_BYTES;
  }
}
