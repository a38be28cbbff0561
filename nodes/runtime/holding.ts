import type { Logger } from '../../src/ports/logger';

const HELD_MAX = 1000;

/** Passes things on to listeners, and holds them, a bounded number, while the listeners' flows are deployed. */
export class Holding<T> {
  private readonly listeners = new Set<(thing: T) => void>();
  private held: T[] | null = null;
  private lost = 0;

  constructor(
    private readonly what: string,
    private readonly logger: Logger,
  ) {}

  /** How many listen. */
  get size(): number {
    return this.listeners.size;
  }

  /** @returns ends it */
  add(listener: (thing: T) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  pass(thing: T): void {
    if (!this.held) {
      for (const listener of this.listeners) listener(thing);
      return;
    }
    if (this.held.length >= HELD_MAX) {
      this.held.shift();
      this.lost += 1;
    }
    this.held.push(thing);
  }

  hold(): void {
    this.held ??= [];
  }

  /** Passes on what was held, in its order. */
  release(): void {
    const held = this.held ?? [];
    this.held = null;
    if (this.lost > 0) this.logger.warn(`${this.lost} ${this.what} were dropped during a deploy`);
    this.lost = 0;
    for (const thing of held) this.pass(thing);
  }
}
