import type { Clock } from '../ports/clock';

/** What a gateway without a clock has kept may come at once, from each source … */
const BURST = 20_000;
/** … and this much all the time: more than anything in a house has to say. */
const PER_SECOND = 200;
/** Beyond that, only for what is urgent. */
const RESERVE = 1000;
/** What one source may have waiting: as many kinds of message as anything speaks in, and then some. */
const WAITING_MAX = 16;
const SOURCES_MAX = 1000;

/** What decides whether something may wait or give way. */
interface Weight {
  readonly urgent: boolean;
  readonly past?: boolean;
}

interface Source<T> {
  /** What it may still say; the last `RESERVE` of it only if it is urgent. */
  left: number;
  atMs: number;
  /** By what is spoken of, in the order in which it came. */
  readonly waiting: Map<string, T>;
}

/**
 * Keeps one noisy source from drowning the others (QUALITY F8), without missing its last word (M15): what
 * comes too fast waits, and gives way only to a later message that speaks of the same. So whatever is left
 * out, the state is in the end what it would be without a limit.
 */
export class IntakeLimit<T> {
  private readonly sources = new Map<string, Source<T>>();
  /** Those of which something waits. */
  private readonly behind = new Set<string>();

  constructor(private readonly clock: Clock) {}

  /**
   * Whether a source may say something now. What is urgent or of the past may overtake what waits: take
   * that first, see `release`. What is of the past always may, and takes nothing away from the rest.
   */
  admits(name: string, { urgent, past = false }: Weight): boolean {
    if (past) return true;
    const source = this.source(name);
    this.fill(source);
    if (!urgent && (source.waiting.size > 0 || source.left < RESERVE + 1)) return false;
    if (source.left < 1) return false;
    source.left -= 1;
    return true;
  }

  /** Lets something wait. @returns what it takes the place of, which is never to be taken */
  hold(name: string, about: string, thing: T): T | null {
    const { waiting } = this.source(name);
    this.behind.add(name);
    const [oldest] = waiting.keys();
    const gone = waiting.has(about) || waiting.size < WAITING_MAX ? about : (oldest ?? about);
    const before = waiting.get(gone) ?? null;
    // Set anew, so that the map's order is that of coming.
    waiting.delete(gone);
    waiting.set(about, thing);
    return before;
  }

  /** All that waits of a source, in the order in which it came: it waits no longer. */
  release(name: string): T[] {
    const source = this.sources.get(name);
    if (!source || source.waiting.size === 0) return [];
    const things = [...source.waiting.values()];
    source.waiting.clear();
    this.behind.delete(name);
    source.left -= things.length;
    return things;
  }

  /** The sources of which something waits. */
  get noisy(): readonly string[] {
    return [...this.behind];
  }

  /** In how many ms what waits of a source may be taken; 0: now. */
  waitMs(name: string): number {
    const source = this.source(name);
    this.fill(source);
    const missing = RESERVE + source.waiting.size - source.left;
    return missing <= 0 ? 0 : (missing / PER_SECOND) * 1000;
  }

  private source(name: string): Source<T> {
    let source = this.sources.get(name);
    if (!source) {
      if (this.sources.size >= SOURCES_MAX) this.forgetQuiet();
      source = { left: BURST + RESERVE, atMs: this.clock.monotonicMs(), waiting: new Map() };
      this.sources.set(name, source);
    }
    return source;
  }

  private fill(source: Source<T>): void {
    const nowMs = this.clock.monotonicMs();
    const filled = source.left + ((nowMs - source.atMs) / 1000) * PER_SECOND;
    source.left = Math.min(BURST + RESERVE, filled);
    source.atMs = nowMs;
  }

  /** Those that may say as much as one that was never heard. */
  private forgetQuiet(): void {
    for (const [name, source] of this.sources) {
      this.fill(source);
      if (source.left === BURST + RESERVE && source.waiting.size === 0) this.sources.delete(name);
    }
  }
}
