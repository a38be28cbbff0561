import type { z } from 'zod';
import { AurionError } from './errors';
import { clearableFields, optionalFields } from './fields';
import type { Text } from './language';
import { located, problemsOf } from './issue-texts';
import type { OperationDeclaration } from './operation';
import { assertSafeKeys, isForbiddenKey, whyUnsafe } from './safe-input';

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
  return checkSafe(operation, input);
}

/**
 * Input that is a message of a device, sensor or meter, as a flow hands it on: checked as `checkInput` does, but
 * a field with a forbidden name, or one inside it, or nested too deeply, is handed on. The reader of
 * messages leaves them out and counts them, as it does over MQTT (QUALITY M16).
 * @throws INPUT_INVALID with details
 */
export function checkMessage(
  operation: OperationDeclaration,
  input: object,
): Record<string, unknown> {
  const entries = Object.entries(input).map(([name, value]) => [name, standIn(value)] as const);
  const isForbidden = ([name, value]: readonly [string, unknown]) =>
    isForbiddenKey(name) || value === FORBIDDEN;
  const plain = Object.fromEntries(entries.filter((entry) => !isForbidden(entry)));
  const checked = checkSafe(operation, plain);
  // Own properties, whatever they are called.
  return Object.fromEntries([...Object.entries(checked), ...entries.filter(isForbidden)]);
}

const FORBIDDEN = Object.freeze({ $: null });

/** What the reader of messages leaves out for the same reason: nobody looks into it any more. */
function standIn(value: unknown): unknown {
  const problem = whyUnsafe(value);
  if (problem === 'INPUT_KEY_FORBIDDEN') return FORBIDDEN;
  return problem === null ? value : [];
}

function checkSafe(operation: OperationDeclaration, input: unknown): Record<string, unknown> {
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
