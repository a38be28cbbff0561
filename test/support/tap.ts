import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Tap {
  readonly port: number;
  /** Cuts what goes through, and refuses what comes. */
  close(): void;
  open(): void;
}

/** A line to a port of this machine that can be cut. */
export async function tap(target: number): Promise<Tap> {
  const sockets = new Set<Socket>();
  let shut = false;
  const server = createServer((socket) => {
    if (shut) {
      socket.destroy();
      return;
    }
    const other = connect(target, '127.0.0.1');
    for (const each of [socket, other]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => {
        sockets.delete(each);
        socket.destroy();
        other.destroy();
      });
    }
    socket.pipe(other).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      shut = true;
      for (const socket of sockets) socket.destroy();
    },
    open: () => (shut = false),
  };
}
