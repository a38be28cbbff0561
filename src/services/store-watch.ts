import type { Clock, Timer } from '../ports/clock';
import type { Store } from '../ports/store';
import type { Health } from './health';
import type { Intake } from './intake';

const LOOK_EVERY_MS = 5000;
const LOOK_AGAIN_MS = 1000;

/**
 * Tells health whether the store answers, also while nothing is written: a read every 5 s, every second
 * while it is away. What fails to be written is told by the intake, whose word stands until it is written.
 */
export class StoreWatch {
  private timer: Timer | undefined;
  private looking: Promise<void> = Promise.resolve();
  private away = false;
  private stopped = false;

  constructor(
    private readonly ports: {
      readonly store: Pick<Store, 'settings'>;
      readonly intake: Pick<Intake, 'isFoldFailing'>;
      readonly health: Pick<Health, 'works' | 'fails'>;
      readonly clock: Clock;
    },
  ) {}

  start(): void {
    this.plan();
  }

  /** Waits for a look under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.looking;
  }

  private plan(): void {
    const { clock } = this.ports;
    this.timer = clock.schedule(this.away ? LOOK_AGAIN_MS : LOOK_EVERY_MS, () => {
      this.looking = this.look().then(() => {
        if (!this.stopped) this.plan();
      });
    });
  }

  private async look(): Promise<void> {
    const { store, intake, health } = this.ports;
    if (intake.isFoldFailing) return;
    try {
      await store.settings.get('watched');
      if (this.away) health.works('store');
      this.away = false;
    } catch (error) {
      this.away = true;
      health.fails('store', error);
    }
  }
}
