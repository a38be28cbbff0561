import type { z } from 'zod';
import { AurionError } from './errors';
import { clearableFields, optionalFields } from './fields';
import type { Text } from './language';
import { located, problemsOf } from './issue-texts';
import type { OperationDeclaration } from './operation';
import { assertSafeKeys } from './safe-input';

/** What null and empty text mean in an operation's fields. */
interface Emptiness {
  readonly optional: readonly string[];
  /** These both take away. */
  readonly clearable: readonly string[];
  /** Of a change: where null is no value, it changes nothing. */
  readonly nothing: readonly string[];
}

const emptinessOf = new WeakMap<OperationDeclaration, Emptiness>();

/**
 * Input checked and normalised by its operation's schema. Empty text for an optional field counts as
 * absent; in a change, null and empty text take away what may be absent, and change nothing else.
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
  throw invalid(problemsOf(operation.input, given));
}

/** One field of an input that only a service can judge. */
export function inputInvalid(path: string, text: Text): AurionError {
  return invalid([{ path, text }]);
}

function invalid(problems: readonly Parameters<typeof located>[0][]): AurionError {
  const [first] = problems;
  return new AurionError('INPUT_INVALID', {
    params: { problem: first ? located(first) : '' },
    details: (language) => problems.map(({ path, text }) => ({ path, message: text[language] })),
  });
}

function withoutEmpty(operation: OperationDeclaration, input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  let emptiness = emptinessOf.get(operation);
  if (!emptiness) emptinessOf.set(operation, (emptiness = readEmptiness(operation)));
  const { optional, clearable, nothing } = emptiness;
  const entries = Object.entries(input);
  if (entries.every(([, value]) => value !== '' && value !== null)) return input;
  return Object.fromEntries(
    entries.flatMap(([name, value]): [string, unknown][] => {
      if (value === '' && clearable.includes(name)) return [[name, null]];
      const isAbsent = value === '' ? optional.includes(name) : nothing.includes(name);
      return isAbsent && (value === '' || value === null) ? [] : [[name, value]];
    }),
  );
}

function readEmptiness({ input, rest }: OperationDeclaration): Emptiness {
  const optional = optionalFields(input);
  const shape = input.shape as Readonly<Record<string, z.ZodType>>;
  const refusesNull = (name: string) => shape[name]?.safeParse(null).success === false;
  return {
    optional,
    clearable: clearableFields(input),
    nothing: rest.method === 'PUT' ? optional.filter(refusesNull) : [],
  };
}
