import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { AurionProcess } from './aurion-process';

/** What the debug panel shows of a message, or of a warning in the log. */
export interface Shown {
  /** The node that shows it. */
  readonly id: string;
  /** What was chosen of the message: an object as an object. */
  readonly msg: unknown;
}

interface Said {
  readonly topic: string;
  readonly data: { id?: string; msg?: unknown; format?: string; fill?: string; shape?: string };
}

/** The editor's own line to Node-RED: what its debug panel and the nodes on its workspace show. */
export class EditorLink {
  private shown: Shown[] = [];
  /** The nodes that say that they can't work; what is on at an alert is red, too, but no ring. */
  private readonly faulty = new Set<string>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const said = JSON.parse(data.toString()) as Said[] | { auth: string };
      if (Array.isArray(said)) for (const each of said) this.take(each);
      socket.emit('news');
    });
  }

  static async open(aurion: AurionProcess): Promise<EditorLink> {
    const socket = new WebSocket(`ws://127.0.0.1:${aurion.port}/admin/comms`);
    aurion.onRemove.push(() => {
      socket.terminate();
      return Promise.resolve();
    });
    const link = new EditorLink(socket);
    await once(socket, 'open');
    socket.send(JSON.stringify({ auth: await aurion.editorToken() }));
    await once(socket, 'news');
    for (const topic of ['debug', 'status/#']) socket.send(JSON.stringify({ subscribe: topic }));
    return link;
  }

  /** The first message of this node that is as wanted, also one that came since the last `forget`. */
  async until<T>(id: string, isWanted: (msg: T) => boolean = () => true): Promise<T> {
    for (;;) {
      const found = this.shown.find((one) => one.id === id && isWanted(one.msg as T));
      if (found) return found.msg as T;
      await once(this.socket, 'news');
    }
  }

  /** Which of these nodes are red. */
  redAmong(ids: readonly string[]): string[] {
    return ids.filter((id) => this.faulty.has(id)).sort();
  }

  /** Empties the panel. */
  forget(): void {
    this.shown = [];
  }

  /** Forgets what nodes showed that a deploy is about to end. */
  forgetStatuses(): void {
    this.faulty.clear();
  }

  private take({ topic, data }: Said): void {
    const [kind, id] = topic.split('/');
    if (kind === 'status' && id !== undefined) {
      if (data.fill === 'red' && data.shape === 'ring') this.faulty.add(id);
      else this.faulty.delete(id);
    }
    if (kind !== 'debug') return;
    // Texts and warnings come as they are, and nothing as a text.
    const isText = /^(string|undefined|null)/.test(data.format ?? 'string');
    const msg: unknown = isText ? data.msg : JSON.parse(data.msg as string);
    this.shown.push({ id: data.id ?? '', msg });
  }
}
