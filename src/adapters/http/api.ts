import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { actorLabel } from '../../contract/actor';
import { checkInput } from '../../contract/check-input';
import { AurionError, presentable } from '../../contract/errors';
import type { Language } from '../../contract/language';
import type { OperationDeclaration, OperationGroup, Origin } from '../../contract/operation';
import { satisfies } from '../../contract/role';
import type { Clock, Timer } from '../../ports/clock';
import type { Logger } from '../../ports/logger';
import type { Exchange } from '../exchange';
import type { AnsweredRequest } from '../metrics/home-metrics';
import { createDocsPage } from './docs-page';
import { HashingPlaces } from './hashing-places';
import { HttpExchange } from './http-exchange';
import { originOf } from './origin';
import { createPages, type Page, type PagesHome } from './pages';
import { readInput } from './read-input';
import { RouteTable } from './route-table';

/** How long a flow may take to answer. */
export const ANSWER_WITHIN_MS = 15_000;
/** How long a body may take to arrive: 100 kB at 55 kbit/s. */
export const BODY_WITHIN_MS = 15_000;
const SWEEP_EVERY_MS = 250;

/** What the API needs of a home. */
export interface ApiHome extends PagesHome {
  readonly key: string;
  readonly operations: readonly OperationDeclaration[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: {
    /** Allowed origins; empty: pages served from localhost. */
    readonly corsOrigins: readonly string[];
    /** Of messages, where the request prefers none. */
    readonly language: Language;
    /** A proxy or a public address exists. */
    readonly proxied: boolean;
    /** The proxy in front says where requests come from. */
    readonly trustProxy: boolean;
  };
  readonly metrics: PagesHome['metrics'] & { answered(request: AnsweredRequest): void };
  /** The language an account chose; null if it did not. */
  languageOf(accountId: number): Language | null;
  /** Counts a request. @throws RATE_EXCEEDED */
  limit(operation: OperationDeclaration, token: string | null, origin: Origin): void;
  /** Where the files of the page lie that shows `openApi`; null: there is no page. */
  readonly docsFolder: string | null;
}

/** Takes a checked request on its way; null while nothing does, `restarting` while it will again soon. */
export type Gate = (group: OperationGroup) => ((exchange: Exchange) => void) | 'restarting' | null;

export interface Api {
  /** Answers what is the API's and calls `next` for everything else. `req.url` is below the base path. */
  handle(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
  /** The exchange behind a `msg.req`: the view of one of this API's requests, or a request that was adopted. */
  exchangeOf(req: object): Exchange | undefined;
  /** The exchange of a request that came through Node-RED's own `http in`. */
  adopt(req: IncomingMessage, res: ServerResponse): Exchange;
  /** Makes an exchange that came another way known, so that messages that carry its view find it. */
  introduce(exchange: Exchange): void;
  /** Gives the exchanges in flight that `matches` picks this long to be answered; then 503. */
  drain(withinMs: number, matches?: (exchange: Exchange) => boolean): void;
  readonly inFlight: number;
  /** How many requests flows have lost. */
  readonly lost: number;
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>;
  close(): void;
}

const LOCALHOST_PAGE = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/** True for an origin of the setting; without one, for pages served from localhost (S18). */
export function isAllowedOrigin(corsOrigins: readonly string[], origin: string): boolean {
  return corsOrigins.length > 0 ? corsOrigins.includes(origin) : LOCALHOST_PAGE.test(origin);
}

/** The REST end points of a home, made from its operations. Requests leave through `gate`, answers come back through their `Exchange`. */
export function createApi(home: ApiHome, gate: Gate): Api {
  const routes = new RouteTable(home.operations);
  const pages = createPages(home);
  const exchanges = new WeakMap<object, Exchange>();
  const inFlight = new Map<
    Exchange,
    { deadlineMs: number; late: 'lost' | 'restarting' | 'slow' }
  >();
  const hashing = new HashingPlaces();
  const idle: (() => void)[] = [];
  const docsPage = home.docsFolder === null ? null : createDocsPage(home.docsFolder);
  let sweep: Timer | undefined;
  let lostCount = 0;

  const allowCors = cors({
    origin: (origin, decide) =>
      decide(null, origin !== undefined && isAllowedOrigin(home.settings.corsOrigins, origin)),
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Aurion-Setup-Code'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'X-Next-Cursor', 'Content-Disposition'],
    maxAge: 600,
  });

  function handle(
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ): void {
    if (req.headers.origin === undefined) dispatch(req, res, next);
    else allowCors(req, res, () => dispatch(req, res, next));
  }

  function dispatch(req: IncomingMessage, res: ServerResponse, next: () => void): void {
    const [path = '/'] = (req.url ?? '/').split('?', 1);
    const method = req.method ?? 'GET';
    const isRead = method === 'GET' || method === 'HEAD';
    const page = isRead ? pages.get(path) : undefined;
    if (page) return show(page, open(req, res, null, page.name));
    const match = routes.match(method, path);
    switch (match.kind) {
      case 'none':
        // What is on the page is only read.
        return docsPage && isRead ? docsPage(req, res, next) : next();
      case 'malformed':
        open(req, res, null).fail(
          new AurionError('INPUT_INVALID', {
            params: { problem: { fr: 'chemin mal formé', en: 'malformed path' } },
          }),
        );
        return;
      case 'wrong-method':
        res.setHeader('Allow', match.allow.join(', '));
        open(req, res, null).fail(new AurionError('METHOD_NOT_ALLOWED'));
        return;
      case 'operation': {
        const exchange = open(req, res, match.operation);
        if (isTooMany(exchange, match.operation)) return;
        take(exchange, match.operation, req, res, match.params).catch((error: unknown) =>
          refuse(exchange, match.operation, error),
        );
      }
    }
  }

  function show(page: Page, exchange: Exchange): void {
    Promise.resolve()
      .then(() => page.answer(exchange))
      .catch((error: unknown) => failWith(exchange, error));
  }

  async function take(
    exchange: Exchange,
    operation: OperationDeclaration,
    req: IncomingMessage,
    res: ServerResponse,
    params: Readonly<Record<string, string>>,
  ): Promise<void> {
    exchange.input = checkInput(operation, await readInput(operation, req, res, params));
    if (exchange.answered) return;
    // From now on it is up to the flow.
    if (inFlight.get(exchange)?.late === 'slow') {
      const deadlineMs = home.clock.monotonicMs() + ANSWER_WITHIN_MS;
      inFlight.set(exchange, { deadlineMs, late: 'lost' });
    }
    if (operation.hashes) hashing.take(exchange);
    const send = gate(operation.group);
    if (send === null) throw new AurionError('OPERATION_NOT_OPEN');
    if (send === 'restarting') throw new AurionError('SERVICE_RESTARTING', { retryAfterS: 1 });
    send(exchange);
  }

  /** Before anything is read or looked up: what is refused must cost little. */
  function isTooMany(exchange: Exchange, operation: OperationDeclaration): boolean {
    try {
      if (operation.hashes) hashing.assertFree(exchange);
      home.limit(operation, exchange.token, exchange.origin);
      return false;
    } catch (error) {
      return exchange.fail(presentable(error));
    }
  }

  /** Strangers learn that they are strangers, and nothing about what else is wrong. */
  function refuse(exchange: Exchange, operation: OperationDeclaration, error: unknown): void {
    assertAllowed(exchange, operation)
      .then(() => error)
      .catch((refusal: unknown) => refusal)
      .then((reason) => failWith(exchange, reason))
      .catch((failure: unknown) => logInternal(exchange, failure));
  }

  function failWith(exchange: Exchange, reason: unknown): void {
    const answer = presentable(reason);
    if (answer.code === 'INTERNAL_ERROR') logInternal(exchange, reason);
    exchange.fail(answer);
  }

  async function assertAllowed(exchange: Exchange, operation: OperationDeclaration): Promise<void> {
    if (operation.role === 'public') return;
    const actor = await home.authenticate(exchange.token);
    if (!satisfies(actor.role, operation.role)) throw new AurionError('ACCESS_DENIED');
  }

  function logInternal(exchange: Exchange, error: unknown): void {
    const { requestId } = exchange;
    const stack = error instanceof Error ? (error.stack ?? null) : null;
    home.logger.error(`Request ${requestId} failed inside: ${String(error)}`, { requestId, stack });
  }

  function open(
    req: IncomingMessage,
    res: ServerResponse,
    operation: OperationDeclaration | null,
    name = operation?.id ?? 'none',
  ): Exchange {
    const nowMs = home.clock.monotonicMs();
    const { language } = home.settings;
    const origin = originOf(req, home.settings);
    const exchange = new HttpExchange(home.key, operation, origin, req, res, (actor) => {
      return (actor?.kind === 'account' && home.languageOf(actor.accountId)) || language;
    });
    exchanges.set(exchange.view, exchange);
    exchange.whenAnswered(() => account(exchange, name, nowMs));
    if (operation) {
      inFlight.set(exchange, { deadlineMs: nowMs + BODY_WITHIN_MS, late: 'slow' });
      exchange.whenAnswered(() => {
        inFlight.delete(exchange);
        if (inFlight.size === 0) for (const resolve of idle.splice(0)) resolve();
      });
      sweep ??= home.clock.schedule(SWEEP_EVERY_MS, sweepLate);
    }
    return exchange;
  }

  /** Counts a request that is over, and tells of it who wants to know of each. */
  function account(exchange: Exchange, operation: string, sinceMs: number): void {
    const ms = Math.round((home.clock.monotonicMs() - sinceMs) * 1000) / 1000;
    const { requestId, status, actor } = exchange;
    home.metrics.answered({ operation, status, ms });
    const { logger } = home;
    logger.debug('Request', { requestId, operation, status, ms, actor: actorLabel(actor) });
  }

  function sweepLate(): void {
    const nowMs = home.clock.monotonicMs();
    for (const [exchange, { deadlineMs, late }] of inFlight) {
      if (deadlineMs > nowMs) continue;
      if (late === 'slow') exchange.fail(new AurionError('BODY_TIMEOUT'));
      else exchange.fail(late === 'restarting' ? restarting() : lost(exchange));
    }
    sweep = inFlight.size > 0 ? home.clock.schedule(SWEEP_EVERY_MS, sweepLate) : undefined;
  }

  function lost(exchange: Exchange): AurionError {
    const node = exchange.lastNode;
    lostCount += 1;
    home.logger.warn(
      `Request ${exchange.requestId} got no answer: the flow lost it after "${node}"`,
    );
    return new AurionError('REQUEST_LOST', { params: { node } });
  }

  return {
    handle,
    exchangeOf: (req) => exchanges.get(req),
    introduce: (exchange) => void exchanges.set(exchange.view, exchange),
    adopt(req, res) {
      const known = exchanges.get(req);
      if (known) return known;
      const exchange = open(req, res, null, 'http-in');
      exchanges.set(req, exchange);
      return exchange;
    },
    drain(withinMs, matches = () => true) {
      const deadlineMs = home.clock.monotonicMs() + withinMs;
      for (const [exchange, due] of inFlight) {
        if (!matches(exchange) || due.deadlineMs <= deadlineMs) continue;
        inFlight.set(exchange, { deadlineMs, late: 'restarting' });
      }
    },
    get inFlight() {
      return inFlight.size;
    },
    get lost() {
      return lostCount;
    },
    idle: () => new Promise((resolve) => (inFlight.size > 0 ? idle.push(resolve) : resolve())),
    close() {
      sweep?.cancel();
      sweep = undefined;
      for (const exchange of inFlight.keys()) exchange.fail(restarting());
    },
  };
}

function restarting(): AurionError {
  return new AurionError('SERVICE_RESTARTING', { retryAfterS: 1 });
}
