import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

const CLAIMS = ['data', 'readable', 'end', 'close', 'error'] as const;

/** Where an upgrade wants to go; a slash at its end makes no difference. */
export function upgradePath({ url = '/' }: IncomingMessage): string {
  const [path = '/'] = url.split('?', 1);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Answers an upgrade with an error, and ends its connection. */
export function refuseUpgrade(socket: Duplex, status: 404 | 503): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...(status === 503 ? ['Retry-After: 1'] : []),
    ...['Connection: close', 'Content-Length: 0', '', ''],
  ];
  // Its client may be gone by now, and nobody else listens.
  socket.once('error', () => socket.destroy());
  socket.end(lines.join('\r\n'));
}

/**
 * Refuses the upgrades that nobody takes who listens for them from now on, once all have heard of them;
 * else they would hang until Node-RED cuts them off. Only for a server that is one's own: who takes a
 * socket leaves a listener on it, writes, or ends it, and one that only remembers it for later would
 * lose it here. To be called when Node-RED's own watch over them is there, which listens to every socket.
 */
export function refuseUpgradesNobodyTakes(server: Server, statusNow: () => 404 | 503): void {
  server.on('upgrade', (_req: IncomingMessage, socket: Duplex) => {
    const listeners = () => CLAIMS.map((event) => socket.listenerCount(event)).join();
    const before = listeners();
    setImmediate(() => {
      const isTaken = socket.destroyed || socket.writableEnded || listeners() !== before;
      if (!isTaken && socket.writableLength === 0 && writtenBy(socket) === 0) {
        refuseUpgrade(socket, statusNow());
      }
    });
  });
}

function writtenBy(socket: Duplex): number {
  return (socket as { bytesWritten?: number }).bytesWritten ?? 0;
}
