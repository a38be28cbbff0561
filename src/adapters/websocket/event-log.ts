import type { HomeEvent, HomeEventName } from '../../contract/events';
import { readCursorOf, writeCursor, type Range, type Seen } from './cursor';
import { eventFrames, withCursor, type Frames } from './frames';

/** An event as it was sent. */
export interface Logged {
  readonly sequence: number;
  readonly event: HomeEventName;
  readonly frames: Frames;
}

/** The last events of this run, as frames to send again. Older ones are forgotten. */
export class EventLog {
  private readonly ring: Logged[] = [];
  private last = 0;

  /** @param run differs from start to start and from process to process */
  constructor(
    private readonly run: string,
    private readonly capacity: number,
  ) {}

  /** The sequence number of the newest event; 0 before the first. */
  get position(): number {
    return this.last;
  }

  /** The cursor of a client that has seen everything until now. */
  get cursor(): string {
    return this.cursorOf({ upTo: this.last, gaps: [] });
  }

  append(event: HomeEvent): Logged {
    const sequence = this.last + 1;
    const frames = eventFrames(event, this.cursorOf({ upTo: sequence, gaps: [] }));
    const logged = { sequence, event: event.event, frames };
    this.ring[sequence % this.capacity] = logged;
    this.last = sequence;
    return logged;
  }

  /**
   * The ranges a client misses that says `cursor`, leaving out what came after `liveSince`; null if
   * the cursor is unknown here or some of it is forgotten.
   */
  missed(cursor: string, liveSince: number): readonly Range[] | null {
    const seen = readCursorOf(this.run, cursor);
    if (!seen || seen.upTo > this.last) return null;
    const ranges = [...seen.gaps, { after: seen.upTo, upTo: liveSince }]
      .map(({ after, upTo }) => ({ after, upTo: Math.min(upTo, liveSince) }))
      .filter(({ after, upTo }) => after < upTo);
    const [first] = ranges;
    return first && first.after < this.last - this.capacity ? null : ranges;
  }

  /** The events of `ranges` in their order; each frame's cursor is right for a client that gets them in this order, after everything newer. */
  *replay(ranges: readonly Range[]): Generator<Logged> {
    for (const [index, range] of ranges.entries()) {
      const later = ranges.slice(index + 1);
      for (let sequence = range.after + 1; sequence <= range.upTo; sequence++) {
        const logged = this.ring[sequence % this.capacity];
        if (!logged) continue;
        const rest = { after: sequence, upTo: range.upTo };
        const gaps = sequence < range.upTo ? [rest, ...later] : later;
        yield this.overtaken(logged, { upTo: this.last, gaps });
      }
    }
  }

  private overtaken(logged: Logged, seen: Seen): Logged {
    const cursor = this.cursorOf(seen);
    if (cursor === this.cursorOf({ upTo: logged.sequence, gaps: [] })) return logged;
    return { ...logged, frames: withCursor(logged.frames, cursor) };
  }

  private cursorOf(seen: Seen): string {
    return writeCursor(this.run, seen);
  }
}
