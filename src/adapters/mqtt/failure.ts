import { printable } from '../../contract/safe-input';

/** CONNACK: wrong user name or password, not authorized; as 3.1.1 and 5 say it. */
export const CREDENTIALS_REFUSED: readonly unknown[] = [4, 5, 134, 135];
const SESSION_TAKEN_OVER = 142;
/** DISCONNECT, CONNACK: busy, shutting down, unavailable: it passes by itself. */
const PASSING: readonly unknown[] = [3, 136, 137, 139];

/** The broker ended the connection and said why (MQTT 5). */
export class DisconnectError extends Error {
  constructor(readonly code: number) {
    super(
      code === SESSION_TAKEN_OVER
        ? 'another client came with the same client id'
        : `the broker ended the connection, reason ${code}`,
    );
  }
}

/** A listener threw, so the message stays at the broker. */
export class NotTakenError extends Error {
  constructor(cause: unknown) {
    super(`a message could not be taken in (${textOf(cause)}) and stays at the broker`, { cause });
  }
}

export interface Failure {
  readonly text: string;
  /** The broker can be reached and does not want us: somebody has to change something. */
  readonly isRefusal: boolean;
}

/** Why there is no connection, for a log line. */
export function describeFailure(cause: Error & { readonly code?: unknown }): Failure {
  if (CREDENTIALS_REFUSED.includes(cause.code)) {
    return { text: 'it refuses the user name or the password', isRefusal: true };
  }
  const isRefusal =
    (typeof cause.code === 'number' && !PASSING.includes(cause.code)) ||
    cause.message.startsWith('Subscribe error');
  return { text: textOf(cause), isRefusal };
}

export function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return printable(String(cause), 200);
  // A host with several addresses: an AggregateError without a text of its own.
  const { code } = cause as { code?: unknown };
  const text = cause.message === '' && typeof code === 'string' ? code : cause.message;
  return printable(text, 200);
}
