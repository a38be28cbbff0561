import type { ErrorCode } from './generated';

/** What is wrong with one field of the input. */
export interface ErrorDetail {
  /** `password`, `days.0`; empty for all of it. */
  readonly path: string;
  readonly message: string;
}

/** What Aurion refused or could not do. */
export class AurionClientError extends Error {
  override readonly name = 'AurionClientError';
  /** The HTTP status. */
  readonly status: number;
  /** One of Aurion's codes; `ANSWER_UNREADABLE` if what answered was not Aurion (a proxy, say). */
  readonly code: ErrorCode | 'ANSWER_UNREADABLE' | (string & Record<never, never>);
  /** Names the request in Aurion's log; null if what answered gave none. */
  readonly requestId: string | null;
  readonly details: readonly ErrorDetail[];
  /** When to try again, in seconds; null if the answer does not say. */
  readonly retryAfterS: number | null;

  constructor(fields: {
    readonly message: string;
    readonly status: number;
    readonly code: AurionClientError['code'];
    readonly requestId: string | null;
    readonly details: readonly ErrorDetail[];
    readonly retryAfterS: number | null;
  }) {
    super(fields.message);
    this.status = fields.status;
    this.code = fields.code;
    this.requestId = fields.requestId;
    this.details = fields.details;
    this.retryAfterS = fields.retryAfterS;
  }
}

/** Nothing came back: whether Aurion did what was asked is unknown. `cause` is what `fetch` said. */
export class AurionNetworkError extends Error {
  override readonly name = 'AurionNetworkError';

  constructor(
    readonly code: 'NETWORK_FAILED' | 'NETWORK_TIMEOUT',
    cause: unknown,
  ) {
    super(code === 'NETWORK_TIMEOUT' ? 'Aurion did not answer in time' : 'Aurion is out of reach', {
      cause,
    });
  }
}

/** True for the answers that mean: this token is worth nothing (any more). */
export function asksToSignIn(error: unknown): error is AurionClientError {
  return (
    error instanceof AurionClientError &&
    ['TOKEN_MISSING', 'TOKEN_INVALID', 'SESSION_EXPIRED'].includes(error.code)
  );
}

/** Reads an answer that is not 2xx. */
export function readError(response: Response, text: string): AurionClientError {
  const fields = parse(text);
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return new AurionClientError({
    status: response.status,
    message: fields?.message ?? `HTTP ${response.status}`,
    code: fields?.code ?? 'ANSWER_UNREADABLE',
    requestId: fields?.requestId ?? response.headers.get('X-Request-Id'),
    details: fields?.details ?? [],
    retryAfterS: Number.isFinite(seconds) && seconds >= 0 ? seconds : null,
  });
}

interface Body {
  readonly message: string;
  readonly code: string;
  readonly requestId?: string;
  readonly details?: readonly ErrorDetail[];
}

function parse(text: string): Body | null {
  try {
    const body = JSON.parse(text) as Partial<Body> | null;
    const isOurs = typeof body?.message === 'string' && typeof body.code === 'string';
    return isOurs ? (body as Body) : null;
  } catch {
    return null;
  }
}
