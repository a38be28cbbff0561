import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { AurionProcess } from './aurion-process';

export interface Frame {
  readonly type: string;
  readonly event?: string;
  readonly data?: Record<string, unknown>;
  readonly cursor?: string;
  readonly [field: string]: unknown;
}

/** A page on the live end point. */
export class Page {
  readonly frames: Frame[] = [];
  closeCode: number | undefined;
  private readonly news = new EventTarget();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Frame);
      this.news.dispatchEvent(new Event('news'));
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closeCode = code;
      this.news.dispatchEvent(new Event('news'));
    });
  }

  static async open(aurion: AurionProcess, token: string, cursor?: string): Promise<Page> {
    const page = new Page(new WebSocket(`ws://127.0.0.1:${aurion.port}/ws`));
    aurion.onRemove.push(() => {
      page.socket.terminate();
      return Promise.resolve();
    });
    await once(page.socket, 'open');
    page.say({ type: 'auth', token, ...(cursor !== undefined && { cursor }) });
    await page.until(({ type }) => type === 'ready');
    return page;
  }

  say(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame that matches, also one that came before. @throws when the page is closed first */
  async until(matches: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const frame = this.frames.find(matches);
      if (frame) return frame;
      if (this.closeCode !== undefined) throw new Error(`closed with ${this.closeCode}`);
      await once(this.news, 'news');
    }
  }

  async closed(): Promise<number> {
    while (this.closeCode === undefined) await once(this.news, 'news');
    return this.closeCode;
  }

  get events(): Frame[] {
    return this.frames.filter(({ type }) => type === 'event');
  }

  leave(): void {
    this.socket.close();
  }
}
