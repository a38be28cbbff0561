import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Actor } from '../../contract/actor';
import type { Language } from '../../contract/language';
import type { OperationDeclaration, Origin } from '../../contract/operation';
import { Exchange, type AnswerHeaders } from '../exchange';
import { preferredLanguage } from './reader-language';

/** Headers of every answer: an API is not for frames, sniffing or caches. */
export const ANSWER_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-site',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** Headers that let somebody in: they stay out of `msg`. */
const HIDDEN_HEADERS = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-aurion-setup-code',
]);

/** An HTTP request and its response. */
export class HttpExchange extends Exchange {
  constructor(
    homeKey: string,
    operation: OperationDeclaration | null,
    origin: Origin,
    private readonly req: IncomingMessage,
    private readonly res: ServerResponse,
    /** Where the request prefers none: its actor's language, or the home's. */
    private readonly defaultLanguage: (actor: Actor | null) => Language,
  ) {
    const headers = Object.entries(req.headers).filter(([name]) => !HIDDEN_HEADERS.has(name));
    const view = Object.freeze({
      method: req.method ?? 'GET',
      url: req.url ?? '/',
      headers: Object.freeze(Object.fromEntries(headers)),
      ip: origin.address,
      requestId: randomUUID(),
    });
    super(homeKey, operation, origin, view);
    res.once('close', () => this.end());
  }

  get answered(): boolean {
    return this.res.headersSent || this.res.destroyed;
  }

  get status(): number | null {
    return this.res.headersSent ? this.res.statusCode : null;
  }

  get gone(): boolean {
    return this.res.destroyed && !this.res.headersSent;
  }

  get token(): string | null {
    const [, token] = /^Bearer +([^\s]+) *$/i.exec(this.req.headers.authorization ?? '') ?? [];
    return token ?? null;
  }

  /** What the request prefers of the languages there are, else what its account chose, else the home's. */
  get language(): Language {
    return preferredLanguage(this.req, this.defaultLanguage(this.actor));
  }

  protected send(
    status: number,
    body: string | null,
    {
      retryAfterS,
      nextCursor,
      contentType = 'application/json; charset=utf-8',
      fileName,
    }: AnswerHeaders,
  ): void {
    const { res } = this;
    for (const [name, value] of Object.entries(ANSWER_HEADERS)) res.setHeader(name, value);
    res.removeHeader('X-Powered-By');
    res.setHeader('X-Request-Id', this.requestId);
    if (retryAfterS !== undefined) res.setHeader('Retry-After', retryAfterS);
    if (nextCursor) res.setHeader('X-Next-Cursor', nextCursor);
    // An upload too large or too slow must not be read on to its end to keep the connection.
    if (status === 413 || status === 408) res.setHeader('Connection', 'close');
    if (body === null) {
      res.writeHead(status).end();
      return;
    }
    res.setHeader('Content-Type', contentType);
    if (fileName) res.setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
    res.setHeader('Content-Length', Buffer.byteLength(body));
    res.writeHead(status).end(this.req.method === 'HEAD' ? undefined : body);
  }
}
