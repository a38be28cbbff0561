import { asksToSignIn, AurionClientError, AurionNetworkError, readError } from './errors';
import { CALLS, type CallOptions, type Operations } from './generated';
import type { Session } from './session';
import { backoffMs, type ClientClock } from './surroundings';

export type OperationId = keyof Operations;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly public?: boolean;
  readonly signsIn?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

type Input = Readonly<Record<string, unknown>>;

const SIGN_OUTS: readonly OperationId[] = ['auth.logout', 'auth.logout-all'];
/** Tries after the first one: about 10 s in all, a restart of Aurion. */
const RETRIES_MAX = 4;
const RETRY_AFTER_MAX_S = 10;
/** Why a request without an answer was ended. */
const LATE = 'late';

export interface CallsOptions {
  readonly baseUrl: string;
  readonly language: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  readonly clock: ClientClock;
  readonly random: () => number;
}

/** The operations over HTTP. */
export class Calls {
  constructor(
    private readonly session: Session,
    private readonly options: CallsOptions,
  ) {}

  /** @throws AurionClientError, AurionNetworkError; the reason of `signal` once it is aborted */
  async call(id: OperationId, given: Input = {}, { signal }: CallOptions = {}): Promise<unknown> {
    const call: Call = CALLS[id];
    const input = withKey(call, given);
    const send = (token: string | null): Promise<unknown> =>
      this.persist(call, input, token, signal);
    if (SIGN_OUTS.includes(id)) return this.session.leave(send, asksToSignIn);
    if (call.public) {
      const answer = await send(null);
      if (call.signsIn) this.session.accept((answer as { token: string }).token);
      return answer;
    }
    const { token } = this.session;
    try {
      return await send(token);
    } catch (error) {
      if (!asksToSignIn(error) || !(await this.session.renew(token, error))) throw error;
      return send(this.session.token);
    }
  }

  /** Tries again what can be tried again. */
  private async persist(
    call: Call,
    input: Input,
    token: string | null,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.once(call, input, token, signal);
      } catch (error) {
        if (attempt >= RETRIES_MAX || !mayRetry(call, error)) throw error;
        const backoff = backoffMs(attempt, this.options.random);
        await this.wait(Math.max(backoff, retryAfterMs(error)), signal);
      }
    }
  }

  private async once(
    call: Call,
    input: Input,
    token: string | null,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    signal?.throwIfAborted();
    const { url, headers, body } = this.write(call, input);
    const { language, timeoutMs, clock } = this.options;
    if (token !== null) headers['Authorization'] = `Bearer ${token}`;
    if (language !== undefined) headers['Accept-Language'] = language;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    signal?.addEventListener('abort', end);
    const timer = clock.schedule(timeoutMs, () => ending.abort(LATE));
    let response: Response;
    let text: string;
    try {
      response = await this.options.fetch(url, {
        method: call.method,
        headers,
        signal: ending.signal,
        ...(body !== undefined && { body }),
      });
      text = await response.text();
    } catch (cause) {
      signal?.throwIfAborted();
      throw new AurionNetworkError(
        ending.signal.reason === LATE ? 'NETWORK_TIMEOUT' : 'NETWORK_FAILED',
        cause,
      );
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', end);
    }
    return read(response, text);
  }

  /** Puts each field of the input where it belongs: path, headers, and the rest in body or query. */
  private write(
    { method, path, headers: named = {} }: Call,
    input: Input,
  ): { url: string; headers: Record<string, string>; body?: string } {
    const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
    const headers: Record<string, string> = {};
    for (const [field, header] of Object.entries(named)) {
      if (rest.has(field)) headers[header] = textOf(rest.get(field));
      rest.delete(field);
    }
    const filled = path.replace(/\{(\w+)\}/g, (_all, field: string) => {
      const value = textOf(rest.get(field));
      rest.delete(field);
      // Left as they are, these would be resolved into another path.
      if (/^\.{0,2}$/.test(value)) throw new TypeError(`${field} is missing`);
      return encodeURIComponent(value);
    });
    const url = this.options.baseUrl + filled;
    if (rest.size === 0) return { url, headers };
    if (method === 'GET' || method === 'DELETE') {
      const query = new URLSearchParams([...rest].map(([name, value]) => [name, textOf(value)]));
      return { url: `${url}?${query.toString()}`, headers };
    }
    headers['Content-Type'] = 'application/json';
    return { url, headers, body: JSON.stringify(Object.fromEntries(rest)) };
  }

  private async wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      const timer = this.options.clock.schedule(delayMs, () => {
        signal?.removeEventListener('abort', end);
        resolve();
      });
      signal?.addEventListener('abort', end, { once: true });
    });
  }
}

/** A command gets a key of its own, so that a second try of it does nothing twice. */
function withKey(call: Call, input: Input): Input {
  if (!takesKey(call) || input['idempotencyKey'] !== undefined) return input;
  // Not `randomUUID`, which pages without TLS don't have.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const idempotencyKey = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { ...input, idempotencyKey };
}

function takesKey({ headers }: Call): boolean {
  return headers !== undefined && 'idempotencyKey' in headers;
}

/**
 * Reading may be tried again after any failure that passes. A command only where its key makes it
 * safe: nothing came back, or Aurion did not begin with it.
 */
function mayRetry(call: Call, error: unknown): boolean {
  const reads = call.method === 'GET';
  if (!reads && !takesKey(call)) return false;
  if (error instanceof AurionNetworkError) return true;
  if (!(error instanceof AurionClientError) || error.status !== 503) return false;
  return reads || error.code === 'SERVICE_RESTARTING' || error.code === 'SERVICE_BUSY';
}

function retryAfterMs(error: unknown): number {
  const seconds = error instanceof AurionClientError ? error.retryAfterS : null;
  return Math.min(seconds ?? 0, RETRY_AFTER_MAX_S) * 1000;
}

function read(response: Response, text: string): unknown {
  if (!response.ok) throw readError(response, text);
  if (text === '') return undefined;
  if (!(response.headers.get('Content-Type') ?? '').includes('json')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw readError(response, text);
  }
}

function textOf(value: unknown): string {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
  return value === undefined ? '' : JSON.stringify(value);
}
