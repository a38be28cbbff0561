import { checkInput, checkMessage } from '../contract/check-input';
import { AurionError } from '../contract/errors';
import type { Language } from '../contract/language';
import type { Call, RunningCall } from '../contract/operation';
import { satisfies } from '../contract/role';
import type { Deed } from '../services/audit';
import type { Services } from '../services/services';
import { deedOf, failedDeedOf } from './audited';
import type { Operation } from './operation';
import { findOperation } from './registry';

export type RunOperation = (operationId: string, input: unknown, call: Call) => Promise<unknown>;

/**
 * The one way to an operation, whoever asks: finds it, looks whether an account still is what it was
 * when it was let in, checks the actor's role against what it declares, checks the input, runs it,
 * checks the answer.
 * The answer is checked and nothing of the home's state is reachable from it. Where a service hands out
 * a frozen answer, and the same one until something changes, it is checked once, and callers share it:
 * it must not be changed.
 * @throws OPERATION_UNKNOWN, TOKEN_MISSING, SESSION_EXPIRED, ACCESS_DENIED, INPUT_INVALID, and what the operation declares
 */
export function createRunner(services: Services, homeLanguage: Language): RunOperation {
  const checkedAnswers = new WeakMap<object, object>();

  function checkAnswer(operation: Operation, answer: unknown): unknown {
    if (typeof answer !== 'object' || answer === null || !Object.isFrozen(answer)) {
      return operation.answer.parse(answer);
    }
    let checked = checkedAnswers.get(answer);
    if (!checked) {
      checked = Object.freeze(operation.answer.parse(answer) as object);
      checkedAnswers.set(answer, checked);
    }
    return checked;
  }

  return async (operationId, input, made) => {
    const operation = findOperation(operationId);
    let { actor } = made;
    if (operation.role !== 'public') {
      if (!actor) throw new AurionError('TOKEN_MISSING');
      // It may have waited in a flow since it was let in.
      if (actor.kind === 'account') {
        const now = services.sessions.again(actor);
        actor = now instanceof Promise ? await now : now;
      }
      if (!satisfies(actor.role, operation.role)) throw new AurionError('ACCESS_DENIED');
    }
    const call = { ...made, actor, language: made.language ?? homeLanguage };
    const isMessage = operation.takesMessage === true && actor?.kind === 'flow' && isObject(input);
    const checked = isMessage ? checkMessage(operation, input) : checkInput(operation, input);
    if (operation.readOnly || operation.audited === false) {
      const unheard = { ...call, about: () => undefined };
      return checkAnswer(operation, await operation.run(services, checked as never, unheard));
    }
    return checkAnswer(operation, await runAudited(operation, checked, call));
  };

  async function runAudited(
    operation: Operation,
    input: Readonly<Record<string, unknown>>,
    call: Call & Pick<RunningCall, 'language'>,
  ): Promise<unknown> {
    let target: string | null = null;
    const heard: RunningCall = { ...call, about: (text) => void (target = text) };
    let answer: unknown;
    try {
      answer = await operation.run(services, input as never, heard);
    } catch (error) {
      const deed = failedDeedOf(operation, call, input, error, target);
      if (deed) await take(operation, deed);
      throw error;
    }
    await take(operation, deedOf(operation, call, input, answer, target));
    return answer;
  }

  /** What is done to accounts is in the store before the answer; a command does not wait for it. */
  function take({ group }: Operation, deed: Deed): Promise<void> | void {
    if (group === 'accounts') return services.audit.write(deed);
    services.audit.record(deed);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
