import type { LiveSocket } from '../../client/surroundings';

type Listener = Parameters<LiveSocket['addEventListener']>[1];

/** A socket whose other end is the test. */
export class ScriptedSocket implements LiveSocket {
  static all: ScriptedSocket[] = [];
  readonly said: Record<string, unknown>[] = [];
  closed = false;
  private readonly listeners = new Map<string, Listener[]>();

  constructor(readonly url: string) {
    ScriptedSocket.all.push(this);
  }

  static get last(): ScriptedSocket {
    return this.all.at(-1)!;
  }

  send(text: string): void {
    this.said.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  private tell(type: string, event: object): void {
    for (const listener of this.listeners.get(type) ?? []) listener({ type, ...event });
  }

  opens(): this {
    this.tell('open', {});
    return this;
  }

  gets(frame: object): void {
    this.tell('message', { data: JSON.stringify(frame) });
  }

  isReady(cursor: string): this {
    this.opens().gets({ type: 'ready', user: { id: 1 }, cursor });
    return this;
  }

  breaks(code = 1006): void {
    this.tell('close', { code });
  }
}
