import { actorLabel } from '../contract/actor';
import { AurionError } from '../contract/errors';
import type { Call } from '../contract/operation';
import type { Deed } from '../services/audit';
import type { Operation } from './operation';

/** Failures that tell something: who tried what he may not, and commands whose end nobody knows. Others changed nothing. */
const TOLD_STATUSES: readonly number[] = [401, 403, 409, 500, 502, 504];

/**
 * A call that was done, for the audit: `devices.toggle` by `account:3` on `device:1`. Of nobody in
 * particular the address is named.
 * @param about what the operation itself said it is about
 */
export function deedOf(
  { id }: Operation,
  { actor, requestId, origin }: Call,
  input: Readonly<Record<string, unknown>>,
  answer: unknown,
  about: string | null,
): Deed {
  const who =
    actor === null && origin.address !== null ? `address:${origin.address}` : actorLabel(actor);
  return { actor: who, action: id, target: about ?? targetOf(id, input, answer), requestId };
}

/** A call that failed, for the audit; null where that is not worth a line. */
export function failedDeedOf(
  operation: Operation,
  call: Call,
  input: Readonly<Record<string, unknown>>,
  error: unknown,
  about: string | null,
): Deed | null {
  const { code, status } =
    error instanceof AurionError ? error : { code: 'INTERNAL_ERROR', status: 500 };
  if (!TOLD_STATUSES.includes(status) && code !== 'PASSWORD_WRONG') return null;
  const deed = deedOf(operation, call, input, null, about);
  return { ...deed, action: `${operation.id}:${code}` };
}

/** `devices.toggle` of 3 is about `device:3`; what was made new is named by its answer. */
function targetOf(
  operationId: string,
  input: Readonly<Record<string, unknown>>,
  answer: unknown,
): string | null {
  const id = input['id'] ?? (answer as { id?: unknown } | null)?.id;
  if (typeof id !== 'number' && typeof id !== 'string') return null;
  const [noun = ''] = operationId.split('.');
  return `${noun === 'auth' ? 'account' : noun.replace(/s$/, '')}:${id}`;
}
