import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { AlertRow, Store } from '../ports/store';

const AGAIN_FIRST_MS = 1000;
const AGAIN_MAX_MS = 30_000;

/** Hears of an alert that began, became more severe, or is over: before it counts as told. */
export type AlertHearer = (alert: AlertRow) => Promise<void>;

/**
 * Has whoever must know hear of an alert, and tries again until all of it is written (QUALITY F5, F12):
 * a disk that was full for a while costs no alarm, and no restart.
 */
export class AlertTelling {
  private readonly hearers: AlertHearer[] = [];
  /** Alerts that were not told in full. */
  private readonly late = new Set<number>();
  private timer: Timer | undefined;
  private trying: Promise<void> | undefined;
  private againMs = AGAIN_FIRST_MS;
  private stopped = false;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {}

  onChanged(hearer: AlertHearer): void {
    this.hearers.push(hearer);
  }

  /** What is left is told at the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.trying;
  }

  /** Resolves when everybody heard of it, or when it is to be tried again. Never rejects. */
  async tell(row: AlertRow): Promise<void> {
    try {
      await this.hear(row);
    } catch (error) {
      this.ports.logger.error(
        `Alert ${row.id} could not be told in full, it is tried again: ${String(error)}`,
      );
      this.late.add(row.id);
      this.plan();
    }
  }

  /** Then it counts as told. */
  private async hear(row: AlertRow): Promise<void> {
    for (const hear of this.hearers) await hear(row);
    const { id, untold, severity } = row;
    await this.ports.store.alerts.update(id, { untold: null }, { untold, severity });
  }

  private plan(): void {
    if (this.stopped || this.timer || this.trying) return;
    this.timer = this.ports.clock.schedule(this.againMs, () => {
      this.timer = undefined;
      this.againMs = Math.min(this.againMs * 2, AGAIN_MAX_MS);
      this.trying = this.tryAgain().finally(() => {
        this.trying = undefined;
        if (this.late.size > 0) this.plan();
        else this.againMs = AGAIN_FIRST_MS;
      });
    });
  }

  /** Never rejects. */
  private async tryAgain(): Promise<void> {
    const { store, logger } = this.ports;
    for (const id of [...this.late]) {
      try {
        const row = await store.alerts.get(id);
        if (row?.untold) await this.hear(row);
        this.late.delete(id);
      } catch (error) {
        logger.debug(`Alert ${id} could not be told in full again: ${String(error)}`);
      }
    }
  }
}
