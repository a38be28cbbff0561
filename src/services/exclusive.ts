import { AurionError } from '../contract/errors';
import type { Turns } from './turns';

const WAIT_MAX_MS = 5000;

/** One at a time, in all processes of a home: within this one by waiting in line, among processes by turns. */
export class Exclusive {
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly turns: Turns,
    private readonly name: string,
  ) {}

  /** @throws SERVICE_BUSY when others do not let go within 5 s, and what `work` throws */
  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.line.then(() => this.held(work));
    this.line = mine.catch(() => undefined);
    return mine;
  }

  private async held<T>(work: () => Promise<T>): Promise<T> {
    const end = await this.turns.take(this.name, WAIT_MAX_MS);
    if (!end) throw new AurionError('SERVICE_BUSY', { retryAfterS: 5 });
    try {
      return await work();
    } finally {
      await end();
    }
  }
}
