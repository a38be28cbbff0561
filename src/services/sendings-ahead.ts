import type { SendingRow } from '../ports/store';

const KEPT_MAX = 1000;

/** What became of a sending. */
export type SendingState = Partial<Pick<SendingRow, 'outcome' | 'attempts' | 'dueAt' | 'problem'>>;

/** How sendings stand that the store could not be told of, on a full disk: whoever was told is not told again. */
export class SendingsAhead {
  private readonly states = new Map<string, SendingState>();

  of(id: string): SendingState | undefined {
    return this.states.get(id);
  }

  set(id: string, state: SendingState): void {
    this.states.delete(id);
    this.states.set(id, state);
    for (const [oldest] of this.states) {
      if (this.states.size <= KEPT_MAX) break;
      this.states.delete(oldest);
    }
  }

  /** The store has it. */
  delete(id: string): void {
    this.states.delete(id);
  }
}
