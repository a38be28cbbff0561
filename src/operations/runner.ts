import { checkInput } from '../contract/check-input';
import { AurionError } from '../contract/errors';
import type { Call } from '../contract/operation';
import { satisfies } from '../contract/role';
import type { Services } from '../services/services';
import { findOperation } from './registry';

export type RunOperation = (operationId: string, input: unknown, call: Call) => Promise<unknown>;

/**
 * The one way to an operation, whoever asks: finds it, checks the actor's role against what it
 * declares, checks the input, runs it, checks the answer.
 * The answer is the caller's own: nothing of the home's state is reachable from it.
 * @throws OPERATION_UNKNOWN, TOKEN_MISSING, ACCESS_DENIED, INPUT_INVALID, and what the operation declares
 */
export function createRunner(services: Services): RunOperation {
  return async (operationId, input, call) => {
    const operation = findOperation(operationId);
    if (operation.role !== 'public') {
      if (!call.actor) throw new AurionError('TOKEN_MISSING');
      if (!satisfies(call.actor.role, operation.role)) throw new AurionError('ACCESS_DENIED');
    }
    const checked = checkInput(operation, input);
    const answer = await operation.run(services, checked as never, call);
    return operation.answer.parse(answer);
  };
}
