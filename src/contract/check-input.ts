import { AurionError } from './errors';
import { optionalFields } from './fields';
import { located, problemsOf } from './issue-texts';
import type { OperationDeclaration } from './operation';
import { assertSafeKeys } from './safe-input';

const optionalOf = new WeakMap<OperationDeclaration, readonly string[]>();

/**
 * Input checked and normalised by its operation's schema; empty text for an optional field counts as absent.
 * @throws INPUT_INVALID with details, INPUT_KEY_FORBIDDEN, INPUT_TOO_DEEP
 */
export function checkInput(
  operation: OperationDeclaration,
  input: unknown,
): Record<string, unknown> {
  assertSafeKeys(input);
  const given = withoutEmpty(operation, input ?? {});
  const result = operation.input.safeParse(given);
  if (result.success) return result.data;
  const problems = problemsOf(operation.input, given);
  const [first] = problems;
  throw new AurionError('INPUT_INVALID', {
    params: { problem: first ? located(first) : '' },
    details: (language) => problems.map(({ path, text }) => ({ path, message: text[language] })),
  });
}

function withoutEmpty(operation: OperationDeclaration, input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  let optional = optionalOf.get(operation);
  if (!optional) optionalOf.set(operation, (optional = optionalFields(operation.input)));
  const empty = optional.filter((name) => (input as Record<string, unknown>)[name] === '');
  if (empty.length === 0) return input;
  return Object.fromEntries(Object.entries(input).filter(([name]) => !empty.includes(name)));
}
