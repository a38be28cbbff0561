import type { Node, NodeStatus as Shown } from 'node-red';
import type { Residence } from './residence';
import { short } from './texts';

/** At most so often: a flood of messages must not become one in the editor (QUALITY F8). */
const PAUSE_MS = 250;

/** What a node's status says while all is well; a function is asked only when it is about to be shown. */
export type Calm = Shown | (() => Shown);

/** A node's status: what is wrong with its home, else the last error until something works again, else `calm`. */
export class NodeStatus {
  private fault: Shown | null = null;
  private calm: Calm = {};
  /** Null until the first, which is told also if it says nothing: Node-RED goes on showing what the node said before a deploy. */
  private shown: string | null = null;
  private pause: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly node: Node,
    private readonly residence: Residence | null,
    private readonly noHome: string,
  ) {}

  /** @param fault null when the last message went well */
  report(fault: Shown | null): void {
    this.fault = fault;
    this.show();
  }

  /** Something went well. */
  rest(calm: Calm): void {
    this.fault = null;
    this.calm = calm;
    this.show();
  }

  /** Shows what has changed: at once, or when the pause after the last change is over. */
  show(): void {
    if (this.pause || this.closed) return;
    const status = this.current();
    const shown = JSON.stringify(status);
    if (shown === this.shown) return;
    const isFirst = this.shown === null;
    this.shown = shown;
    this.node.status(status);
    if (isFirst) return;
    this.pause = setTimeout(() => {
      this.pause = undefined;
      this.show();
    }, PAUSE_MS);
    this.pause.unref();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.pause);
  }

  private current(): Shown {
    if (!this.residence) return red(this.noHome);
    const { status, problemTexts } = this.residence.home;
    const problems = short(problemTexts.join('; '));
    if (status === 'unavailable' && problems !== '') return red(problems);
    if (this.fault !== null) return this.fault;
    if (status === 'degraded') return { fill: 'yellow', shape: 'ring', text: problems };
    return typeof this.calm === 'function' ? this.calm() : this.calm;
  }
}

function red(text: string): Shown {
  return { fill: 'red', shape: 'ring', text };
}
