import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, createWebSocketStream } from 'ws';
import { originOf } from '../http/origin';
import type { Logger } from '../../ports/logger';

export interface DoorsOptions {
  readonly host: string;
  readonly port: number;
  /** MQTT over WebSocket; null for none. */
  readonly wsPort: number | null;
  /** Whether a proxy in front says where clients come from. */
  readonly trustProxy: boolean;
  readonly logger: Logger;
}

/** @param address where it comes from, if that is known */
type Take = (stream: Duplex, address: string | null) => void;

/** Where clients come in: MQTT over TCP and over WebSocket. */
export class Doors {
  private readonly streams = new Set<Duplex>();
  private readonly servers: Server[] = [];

  /** @param frameBytesMax what one WebSocket frame may hold */
  constructor(
    private readonly options: DoorsOptions,
    private readonly frameBytesMax: number,
  ) {}

  /** Begins to listen; `take` gets each connection. @throws what the first port that can't be had says; then none is open */
  async open(take: Take): Promise<void> {
    const { host, port, wsPort } = this.options;
    const admit: Take = (stream, address) => {
      this.streams.add(stream);
      stream.once('close', () => this.streams.delete(stream));
      stream.on('error', () => stream.destroy());
      take(stream, address);
    };
    try {
      await this.begin(tcpServer(admit), host, port);
      if (wsPort !== null) await this.begin(this.wsServer(admit), host, wsPort);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The port of MQTT over TCP that was given, or found where 0 was asked. */
  get port(): number | null {
    const address = this.servers[0]?.address() as AddressInfo | null | undefined;
    return address?.port ?? null;
  }

  /** Ends every connection and listens no more. */
  async close(): Promise<void> {
    for (const stream of this.streams) stream.destroy();
    for (const server of this.servers.splice(0)) {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  }

  private wsServer(take: Take): Server {
    const server = createHttpServer((_req, res) => {
      res.writeHead(426, { 'Content-Type': 'text/plain' }).end('MQTT over WebSocket');
    });
    const sockets = new WebSocketServer({
      server,
      maxPayload: this.frameBytesMax,
      perMessageDeflate: false,
      handleProtocols: (protocols) => (protocols.has('mqtt') ? 'mqtt' : false),
    });
    sockets.on('error', () => undefined);
    sockets.on('connection', (socket, req) =>
      take(
        createWebSocketStream(socket),
        originOf(req, { proxied: true, trustProxy: this.options.trustProxy }).address,
      ),
    );
    return server;
  }

  private async begin(server: Server, host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    server.on('error', (error) => this.options.logger.error(`MQTT broker: ${error.message}`));
    this.servers.push(server);
  }
}

function tcpServer(take: Take): Server {
  return createServer((socket) => {
    // Commands are small and wanted at once.
    socket.setNoDelay(true);
    take(socket, socket.remoteAddress ?? null);
  });
}
