import type { HomeEvent, HomeEventName, HomeEvents } from '../contract/events';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';

export type HomeEventListener = (event: HomeEvent) => void;

/** Where services say what happened, and adapters and nodes hear it. Listeners are called at once, in their order; one that throws is logged and hurts nobody. */
export class EventBus {
  private readonly listeners = new Set<HomeEventListener>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  emit<E extends HomeEventName>(event: E, data: HomeEvents[E]): void {
    const timestamp = new Date(this.clock.now()).toISOString();
    const happened = { event, data, timestamp } as HomeEvent;
    for (const listener of this.listeners) {
      try {
        listener(happened);
      } catch (error) {
        this.logger.error(`A listener of ${event} failed: ${String(error)}`);
      }
    }
  }

  /** @returns ends it */
  on(listener: HomeEventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
