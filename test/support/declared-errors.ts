import { errorsOf } from '../../src/adapters/http/openapi-errors';
import { AurionError } from '../../src/contract/errors';
import type { Operation } from '../../src/operations/operation';
import { OPERATIONS } from '../../src/operations/registry';

/**
 * Fails the test during which an operation failed with what it does not declare: REST's reference, the
 * nodes' help and the client are made of what it does. It holds wherever a home runs in the process of the
 * tests.
 */
const undeclared = new Set<string>();

function watch(operation: Operation): void {
  const declared = errorsOf(operation);
  const fail = (error: unknown): never => {
    if (error instanceof AurionError && !declared.includes(error.code)) {
      undeclared.add(`${operation.id}: ${error.code}`);
    }
    throw error;
  };
  const watched = operation as { run: Operation['run'] };
  const run = operation.run.bind(operation);
  watched.run = (...given) => {
    try {
      const answer = run(...given);
      return answer instanceof Promise ? answer.catch(fail) : answer;
    } catch (error) {
      return fail(error);
    }
  };
}

OPERATIONS.forEach(watch);

/** What was answered and is not declared since the last time somebody asked. */
export function takeUndeclared(): readonly string[] {
  const found = [...undeclared];
  undeclared.clear();
  return found;
}

function assertAllDeclared(): void {
  const found = takeUndeclared();
  if (found.length > 0) throw new Error(`answered, and not declared: ${found.join(', ')}`);
}

// Not a hook of this module's own: a worker loads it once, for the first of its files.
export const mochaHooks = { afterEach: assertAllDeclared };
