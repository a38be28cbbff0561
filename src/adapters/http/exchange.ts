import type { IncomingMessage, ServerResponse } from 'node:http';
import Negotiator from 'negotiator';
import type { Actor } from '../../contract/actor';
import { AurionError, textOf } from '../../contract/errors';
import { LANGUAGES, type Language } from '../../contract/language';
import type { OperationDeclaration, Origin } from '../../contract/operation';

/** Headers of every answer: an API is not for frames, sniffing or caches. */
const HEADERS = {
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

/** What a flow may see of a request, as `msg.req`. It is what the exchange is found by. */
export interface RequestView {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ip: string | null;
  readonly requestId: string;
}

/** One request and its one answer. */
export class Exchange {
  readonly view: RequestView;
  /** Whoever the guard let in; null until then. */
  actor: Actor | null = null;
  /** The checked input, with the secrets `msg` does not show. */
  input: Readonly<Record<string, unknown>> = {};
  /** The secrets of the last answer an operation gave to this request. */
  hidden: Readonly<Record<string, unknown>> = {};
  /** The last error an operation gave; carries what a Catch node's message does not. */
  error: AurionError | undefined;
  /** The last Aurion node that had the request, by name. */
  lastNode = '';
  /** The Node-RED node working on it right now. */
  workingNodeId: string | null = null;
  private ended = false;
  private readonly callbacks: (() => void)[] = [];

  constructor(
    readonly homeKey: string,
    readonly requestId: string,
    /** Null for a request that came through Node-RED's own `http in`. */
    readonly operation: OperationDeclaration | null,
    readonly origin: Origin,
    readonly startedAtMs: number,
    private readonly req: IncomingMessage,
    private readonly res: ServerResponse,
    private readonly defaultLanguage: Language,
  ) {
    res.once('close', () => this.end());
    const headers = Object.entries(req.headers).filter(([name]) => !HIDDEN_HEADERS.has(name));
    this.view = Object.freeze({
      method: req.method ?? 'GET',
      url: req.url ?? '/',
      headers: Object.freeze(Object.fromEntries(headers)),
      ip: origin.address,
      requestId,
    });
  }

  /** Calls back once when the request is over: answered, or its caller gone. */
  whenAnswered(callback: () => void): void {
    if (this.ended) callback();
    else this.callbacks.push(callback);
  }

  /** The caller left without waiting for the answer. */
  get gone(): boolean {
    return this.res.destroyed && !this.res.headersSent;
  }

  get answered(): boolean {
    return this.res.headersSent || this.res.destroyed;
  }

  /** The bearer token, or null. */
  get token(): string | null {
    const [, token] = /^Bearer +([^\s]+) *$/i.exec(this.req.headers.authorization ?? '') ?? [];
    return token ?? null;
  }

  /** What the request prefers of the languages there are, else the home's. */
  get language(): Language {
    const languages = [this.defaultLanguage, ...LANGUAGES];
    const preferred = new Negotiator(this.req).language(languages);
    return LANGUAGES.find((language) => language === preferred) ?? this.defaultLanguage;
  }

  /**
   * Answers with a result as JSON.
   * @returns false if the answer was given before
   */
  succeed(result: unknown, status: number = this.operation?.rest.status ?? 200): boolean {
    return this.send(status, status === 204 ? null : JSON.stringify(result ?? null));
  }

  /** Answers with an error. @returns false if the answer was given before */
  fail(error: AurionError): boolean {
    const { language } = this;
    const body = {
      message: textOf(error, language),
      code: error.code,
      requestId: this.requestId,
      ...(error.details && { details: error.details(language) }),
    };
    if (error.retryAfterS !== undefined) this.res.setHeader('Retry-After', error.retryAfterS);
    // An aborted upload must not be read on to its end to keep the connection.
    if (error.status === 413) this.res.setHeader('Connection', 'close');
    return this.send(error.status, JSON.stringify(body));
  }

  private send(status: number, body: string | null): boolean {
    if (this.answered) return false;
    for (const [name, value] of Object.entries(HEADERS)) this.res.setHeader(name, value);
    this.res.removeHeader('X-Powered-By');
    this.res.setHeader('X-Request-Id', this.requestId);
    if (body === null) {
      this.res.writeHead(status).end();
    } else {
      this.res
        .writeHead(status, {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': Buffer.byteLength(body),
        })
        .end(this.req.method === 'HEAD' ? undefined : body);
    }
    this.end();
    return true;
  }

  private end(): void {
    this.ended = true;
    for (const callback of this.callbacks.splice(0)) callback();
  }
}

/** Any error as one that may be shown outside: what is not ours is INTERNAL_ERROR (S19). */
export function presentable(error: unknown): AurionError {
  return error instanceof AurionError ? error : new AurionError('INTERNAL_ERROR', { cause: error });
}
