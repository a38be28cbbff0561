import type { SignedIn } from '../contract/account';
import { actorLabel } from '../contract/actor';
import { AurionError } from '../contract/errors';
import type { Call } from '../contract/operation';
import type { AuditPool } from '../ports/store';
import type { Deed } from '../services/audit';
import type { Operation } from './operation';

const REFUSED_STATUSES: readonly number[] = [401, 403];
/** Failures that tell something: who tried what he may not, and commands whose end nobody knows. Others changed nothing. */
const TOLD_STATUSES: readonly number[] = [...REFUSED_STATUSES, 409, 500, 502, 504];

/**
 * A call that was done, for the audit: `devices.toggle` by `account:3` on `device:1`. Of nobody in
 * particular the address is named.
 * @param about what the operation itself said it is about
 */
export function deedOf(
  operation: Operation,
  call: Call,
  input: Readonly<Record<string, unknown>>,
  answer: unknown,
  about: string | null,
): Deed {
  return {
    actor: whoOf(call),
    action: operation.id,
    target: about ?? targetOf(operation.id, input, answer),
    requestId: call.requestId,
    pool: poolOf(operation, call.actor, answer),
  };
}

function whoOf({ actor, origin }: Call): string {
  return actor === null && origin.address !== null
    ? `address:${origin.address}`
    : actorLabel(actor);
}

/** What anybody can do over and over again must not share a pool with what makes an administrator. */
function poolOf({ id, group, role }: Operation, actor: Call['actor'], answer: unknown): AuditPool {
  const isFounding = id === 'auth.register' && (answer as SignedIn).user.role === 'admin';
  // A flow may do so every minute.
  const byAdmin = role === 'admin' && (group === 'accounts' || actor?.kind !== 'flow');
  if (isFounding || byAdmin) return 'rights';
  return group === 'accounts' ? 'security' : 'daily';
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
  const isRefusal = REFUSED_STATUSES.includes(status) || operation.group === 'accounts';
  return {
    actor: whoOf(call),
    action: `${operation.id}:${code}`,
    target: about ?? targetOf(operation.id, input, null),
    requestId: call.requestId,
    pool: isRefusal ? 'security' : 'daily',
  };
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
