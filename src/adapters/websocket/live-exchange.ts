import { randomUUID } from 'node:crypto';
import type { Language } from '../../contract/language';
import { Exchange } from '../exchange';
import type { LiveClient } from './live-home';

const ORIGIN = { loopback: false, address: null };

/**
 * A frame of a signed-in client on its way through a flow. Whatever the flow does with it is done
 * with the client's rights; an answer goes back as `{type:"answer", id?, status, body}`, `id` being
 * the frame's own.
 */
export class LiveExchange extends Exchange {
  status: number | null = null;

  constructor(
    homeKey: string,
    private readonly client: LiveClient,
    private readonly frameId: unknown,
    readonly language: Language,
  ) {
    const view = { method: 'WS', url: '', headers: {}, ip: null, requestId: randomUUID() };
    super(homeKey, null, ORIGIN, Object.freeze(view));
    this.actor = client.actor;
  }

  get answered(): boolean {
    return this.status !== null;
  }

  get gone(): boolean {
    return false;
  }

  get token(): null {
    return null;
  }

  protected send(status: number, body: string | null): void {
    this.status = status;
    this.client.send({
      type: 'answer',
      ...(this.frameId !== undefined && { id: this.frameId }),
      status,
      body: body === null ? null : (JSON.parse(body) as unknown),
    });
  }
}
