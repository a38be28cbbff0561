import type { HomeEvent, HomeEventName, HomeEvents } from '../contract/events';
import type { Text } from '../contract/language';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import { ALONE, type Peers } from '../ports/peers';

export type HomeEventListener = (event: HomeEvent) => void;

/** Where services say what happened, and adapters and nodes hear it. Listeners are called at once, in their order; one that throws is logged and hurts nobody. */
export class EventBus {
  private readonly listeners = new Set<HomeEventListener>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly peers: Peers = ALONE,
  ) {}

  /** For what every process of the home notices by itself. */
  emit<E extends HomeEventName>(event: E, data: HomeEvents[E]): void {
    this.spread(this.happened(event, data));
  }

  /** For what only this process can know: the pages of the others hear it too; their flows do not, so that what flows do about it is done once. @param texts the `message` in `data` in each language */
  share<E extends HomeEventName>(event: E, data: HomeEvents[E], texts?: Text): void {
    const happened = this.happened(event, data, texts);
    this.spread(happened);
    this.peers.tell({ kind: 'event', event: happened });
  }

  /** @returns ends it */
  on(listener: HomeEventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private happened<E extends HomeEventName>(
    event: E,
    data: HomeEvents[E],
    texts?: Text,
  ): HomeEvent {
    const timestamp = new Date(this.clock.now()).toISOString();
    // An event's name and what it carries belong together by the signature.
    return { event, data, timestamp, ...(texts && { texts }) } as HomeEvent;
  }

  private spread(happened: HomeEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(happened);
      } catch (error) {
        this.logger.error(`A listener of ${happened.event} failed: ${String(error)}`);
      }
    }
  }
}
