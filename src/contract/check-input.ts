import { z } from 'zod';
import { AurionError, type ErrorDetail } from './errors';
import { optionalFields, patternInWords } from './fields';
import type { Language, Text } from './language';
import type { OperationDeclaration } from './operation';
import { assertSafeKeys, printable } from './safe-input';

const SPOKEN = {
  fr: spoken('fr', z.locales.fr().localeError, 'champ requis'),
  en: spoken('en', z.locales.en().localeError, 'required'),
};

/** zod's words for an issue, but plain ones for what is simply missing, and those that a schema has of its own. */
function spoken(
  language: Language,
  words: z.core.$ZodErrorMap,
  missing: string,
): z.core.$ZodErrorMap {
  return (issue) => {
    if (issue.code === 'invalid_type' && issue.input === undefined) return missing;
    if (issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1) {
      return missing;
    }
    return ownWords(issue)?.[language] ?? words(issue);
  };
}

function ownWords(issue: z.core.$ZodRawIssue): Text | undefined {
  if (issue.code === 'custom') return issue.params?.['text'] as Text | undefined;
  if (issue.code === 'invalid_format') return patternInWords(String(issue['pattern']));
  return undefined;
}

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
  const details = {
    fr: problems(operation.input, given, 'fr'),
    en: problems(operation.input, given, 'en'),
  };
  throw new AurionError('INPUT_INVALID', {
    params: { problem: { fr: first(details.fr), en: first(details.en) } },
    details: (language) => details[language],
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

function problems(schema: z.ZodType, input: unknown, language: Language): readonly ErrorDetail[] {
  const { error } = schema.safeParse(input, { error: SPOKEN[language] });
  return (error?.issues ?? []).map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message: printable(message, 200),
  }));
}

function first([detail]: readonly ErrorDetail[]): string {
  if (!detail) return '';
  return detail.path === '' ? detail.message : `${printable(detail.path)} – ${detail.message}`;
}
