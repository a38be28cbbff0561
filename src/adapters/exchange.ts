import type { Actor } from '../contract/actor';
import { toldOf, type AurionError } from '../contract/errors';
import { jsonText } from '../contract/json-text';
import type { Language } from '../contract/language';
import type { OperationDeclaration, Origin } from '../contract/operation';

/** What a flow may see of a request, as `msg.req`. It is what the exchange is found by. */
export interface RequestView {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ip: string | null;
  readonly requestId: string;
}

/** What an answer says beside its body. */
export interface AnswerHeaders {
  readonly retryAfterS?: number | undefined;
  /** Where the next page of a list begins. */
  readonly nextCursor?: string | null | undefined;
  /** Default: JSON. */
  readonly contentType?: string;
  readonly fileName?: string | undefined;
}

/** One request from outside and its one answer, whichever way it came. */
export abstract class Exchange {
  /** Whoever was let in; null until then. */
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
    /** Null for a request that names none: of Node-RED's own `http in`, or a live client's frame. */
    readonly operation: OperationDeclaration | null,
    readonly origin: Origin,
    readonly view: RequestView,
  ) {}

  get requestId(): string {
    return this.view.requestId;
  }

  abstract get answered(): boolean;

  /** The status it was answered with; null while it is not, and for a caller that left. */
  abstract get status(): number | null;

  /** The caller left without waiting for the answer. */
  abstract get gone(): boolean;

  /** The bearer token, or null. */
  abstract get token(): string | null;

  abstract get language(): Language;

  /** Puts the answer on its way. Only called while there is none. */
  protected abstract send(status: number, body: string | null, headers: AnswerHeaders): void;

  /**
   * Answers with a result as JSON, or as the text its operation declares.
   * @returns false if the answer was given before
   */
  succeed(
    result: unknown,
    status: number = this.operation?.rest.status ?? 200,
    retryAfterS?: number,
  ): boolean {
    const { contentType, fileName, nextCursor } = this.operation?.rest ?? {};
    if (contentType !== undefined && typeof result === 'string') {
      return this.answer(status, result, { retryAfterS, contentType, fileName });
    }
    return this.answer(status, status === 204 ? null : jsonText(result), {
      retryAfterS,
      nextCursor: nextCursor?.(result, this.input),
    });
  }

  /** Answers with a text that is not JSON. @returns false if the answer was given before */
  succeedWith(text: string, contentType: string): boolean {
    return this.answer(200, text, { contentType });
  }

  /** Answers with an error. @returns false if the answer was given before */
  fail(error: AurionError): boolean {
    const { language, requestId } = this;
    const body = { ...toldOf(error, language), requestId };
    return this.answer(error.status, JSON.stringify(body), { retryAfterS: error.retryAfterS });
  }

  /** Calls back once when the request is over: answered, or its caller gone. */
  whenAnswered(callback: () => void): void {
    if (this.ended) callback();
    else this.callbacks.push(callback);
  }

  protected end(): void {
    this.ended = true;
    for (const callback of this.callbacks.splice(0)) callback();
  }

  private answer(status: number, body: string | null, headers: AnswerHeaders): boolean {
    if (this.answered) return false;
    this.send(status, body, headers);
    this.end();
    return true;
  }
}
