import { AurionError } from '../../src/contract/errors';
import type { Journal } from '../../src/ports/journal';
import type { Message, MessageLink } from '../../src/ports/message-link';

/** A link that keeps what is published and lets a test speak for those outside. */
export class RecordingLink implements MessageLink {
  connected = true;
  readonly waiting = 0;
  readonly published: { topic: string; payload: string; qos: 0 | 1 | undefined }[] = [];
  private listener: (message: Message) => void = () => undefined;

  publish(topic: string, payload: string, { qos }: { qos?: 0 | 1 } = {}): Promise<void> {
    if (!this.connected) return Promise.reject(new AurionError('BROKER_UNAVAILABLE'));
    this.published.push({ topic, payload, qos });
    return Promise.resolve();
  }

  onMessage(listener: (message: Message) => void): void {
    this.listener = listener;
  }

  onConnection(): void {
    // A test sets `connected` itself.
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  say(
    topic: string,
    payload: unknown,
    {
      retained = false,
      duplicate = false,
    }: { retained?: boolean; duplicate?: Message['duplicate'] } = {},
  ): void {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    this.listener({ topic, payload: Buffer.from(text), retained, duplicate });
  }
}

/** A journal that a test hands from one run to the next, as a disk would. */
export class MemoryJournal implements Journal {
  readonly records: string[] = [];

  get size(): number {
    return this.records.length;
  }

  append(record: string): void {
    this.records.push(record);
  }

  replay(apply: (record: string) => void): Promise<void> {
    for (const record of [...this.records]) apply(record);
    return Promise.resolve();
  }

  mark(): { drop(): Promise<void> } {
    const last = this.records.at(-1);
    const count = this.records.length;
    return {
      drop: () => {
        if (last !== undefined) this.records.splice(0, count);
        return Promise.resolve();
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
