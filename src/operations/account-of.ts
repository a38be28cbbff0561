import type { Actor } from '../contract/actor';
import { AurionError } from '../contract/errors';
import type { AccountActor } from '../services/sessions';

/**
 * The account behind an operation that is about the caller's own account.
 * @throws TOKEN_MISSING when a flow calls it by itself: a flow has no account
 */
export function accountOf(actor: Actor | null): AccountActor {
  if (actor?.kind !== 'account') throw new AurionError('TOKEN_MISSING');
  return actor;
}
