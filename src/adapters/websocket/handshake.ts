import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The one sub-protocol. A browser that can't wait sends its token as the second. */
export const SUB_PROTOCOL = 'aurion.v1';

/** Which of the offered sub-protocols is accepted: never the token. */
export function selectSubProtocol(offered: ReadonlySet<string>): string | false {
  const [first] = offered;
  return first === SUB_PROTOCOL ? first : false;
}

/** The token beside the accepted sub-protocol. */
export function tokenOf(req: IncomingMessage): string | null {
  const offered = req.headers['sec-websocket-protocol']?.split(',') ?? [];
  const [first, token] = offered.map((text) => text.trim());
  return first === SUB_PROTOCOL && token !== undefined ? token : null;
}

/** Where the page lies that connects; undefined for what is no page. */
export function originOf(req: IncomingMessage): string | undefined {
  // Version 8 of the protocol, which `ws` accepts too, has a header of its own.
  const old = req.headers['sec-websocket-origin'];
  return req.headers.origin ?? (Array.isArray(old) ? old.join() : old);
}

/** Answers an upgrade request with an HTTP status and lets go of its socket. */
export function refuseUpgrade(socket: Duplex, status: 403 | 503): void {
  // The peer may have gone; there is nobody to tell.
  socket.on('error', () => undefined);
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
