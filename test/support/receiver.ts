import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP service in the house that takes what is posted to it, or leaves callers waiting. */
export class Receiver {
  readonly bodies: Record<string, unknown>[] = [];
  /** Of each body, in the same order. */
  readonly headers: IncomingHttpHeaders[] = [];
  hangs = false;
  calls = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor() {
    this.server = createServer((req, res) => {
      if (this.hangs) return;
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        this.bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
        this.headers.push(req.headers);
        res.end('{}');
        this.server.emit('taken');
      });
    });
    this.server.on('connection', (socket: Socket) => {
      this.calls += 1;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      this.server.emit('called');
    });
  }

  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async called(): Promise<void> {
    while (this.calls === 0) await once(this.server, 'called');
  }

  async taken(count: number): Promise<void> {
    while (this.bodies.length < count) await once(this.server, 'taken');
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
