import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/** Below the ports that systems give to outgoing connections (Linux: 32768 and up): none of those can come in between. */
const RANGE: Ports = { first: 20_000, last: 31_999 };

interface Ports {
  readonly first: number;
  readonly last: number;
}

/**
 * A TCP port that nobody listens on, on any address, and that no other test gets, in whichever process,
 * until this process ends: what a test starts on it can be stopped and started again.
 * @param range for tests of its own; both ends are in it
 * @throws RangeError when all ports of the range are taken
 */
export async function freePort({ first, last }: Ports = RANGE): Promise<number> {
  const count = last - first + 1;
  const start = randomInt(count);
  for (let i = 0; i < count; i += 1) {
    const port = first + ((start + i) % count);
    // The claim comes first: nobody tries a port on which another test is about to listen.
    if ((await claim(port)) && (await isUnused(port))) return port;
  }
  throw new RangeError(`no free port from ${first} to ${last}`);
}

/**
 * Holds the UDP port of the same number. The system gives it to one process only and takes it back
 * when that ends, however it ends; TCP, which the tests use, is not touched by it.
 */
async function claim(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  // Nobody waits for it to end.
  socket.unref();
  const isHeld = await succeeds(() => {
    const bound = once(socket, 'listening');
    socket.bind({ port, address: '127.0.0.1', exclusive: true });
    return bound;
  });
  if (!isHeld) socket.close();
  return isHeld;
}

async function isUnused(port: number): Promise<boolean> {
  const server = createServer();
  if (!(await succeeds(() => once(server.listen(port), 'listening')))) return false;
  server.close();
  await once(server, 'close');
  return true;
}

async function succeeds(listen: () => Promise<unknown>): Promise<boolean> {
  try {
    await listen();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
