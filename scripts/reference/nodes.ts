import type { z } from 'zod';
import type { ErrorCode } from '../../src/contract/errors';
import { ERRORS } from '../../src/contract/errors';
import type { Language } from '../../src/contract/language';
import type { OperationDeclaration, OperationGroup } from '../../src/contract/operation';
import { OPERATIONS } from '../../src/operations/registry';
import { NODE_TYPES, readHelp, readProperty, withoutGenerated } from './help';
import { code, table } from './markdown';
import { anchor } from './rest';
import { REMEDIES } from './remedies';

/** Which operations each node does, as its code says it. */
const COMPETENCES: Readonly<
  Record<string, { readonly group: OperationGroup; readonly nouns?: readonly string[] }>
> = {
  'aurion-account': { group: 'accounts' },
  'aurion-device': { group: 'devices' },
  'aurion-sensor': { group: 'security', nouns: ['sensors'] },
  'aurion-alert': { group: 'security', nouns: ['alerts', 'notifications', 'security'] },
  'aurion-energy': { group: 'energy' },
  'aurion-settings': { group: 'settings' },
};

/** What any operation can fail with in a flow. */
const OF_ALL: readonly ErrorCode[] = [
  'INPUT_INVALID',
  'INPUT_KEY_FORBIDDEN',
  'OPERATION_UNKNOWN',
  'TOKEN_MISSING',
  'ACCESS_DENIED',
  'SERVICE_UNAVAILABLE',
  'STORE_UNAVAILABLE',
  'STORE_FULL',
  'INTERNAL_ERROR',
];

const WORDS = {
  en: {
    operations: 'Operations',
    errors: 'Errors',
    caught:
      'Errors go to a Catch node, with `msg.error.code` and `msg.error.message`. Where there is no Catch node, the request is answered with the error.',
    operationColumns: ['Operation', 'What it does', 'Role', 'Input', 'REST'],
    errorColumns: ['Code', 'HTTP', 'Text', 'What to do'],
    optional: 'optional',
    colon: ':',
    none: 'none',
  },
  fr: {
    operations: 'Opérations',
    errors: 'Erreurs',
    caught:
      "Les erreurs vont à un nœud Catch, avec `msg.error.code` et `msg.error.message`. Sans nœud Catch, la requête reçoit l'erreur en réponse.",
    operationColumns: ['Opération', "Ce qu'elle fait", 'Rôle', 'Entrée', 'REST'],
    errorColumns: ['Code', 'HTTP', 'Texte', 'Que faire'],
    optional: 'facultatif',
    colon: ' :',
    none: 'aucune',
  },
} as const;

/** The operations a node does, in the order of the docs; none for a node of another kind. */
export function operationsOf(type: string): readonly OperationDeclaration[] {
  const competence = COMPETENCES[type];
  if (!competence) return [];
  const { group, nouns } = competence;
  return OPERATIONS.filter(
    ({ id, group: of }) => of === group && (!nouns || nouns.includes(id.split('.')[0] ?? '')),
  );
}

/** Every code a node can fail with that does operations: those of its kind first. */
export function errorsOf(type: string): readonly ErrorCode[] {
  const own = operationsOf(type).flatMap(({ errors }) => errors);
  return [...new Set([...own, ...OF_ALL])];
}

/** The part of a node's help that follows from its operations; null for a node that does none. */
export function generatedHelp(type: string, language: Language): string | null {
  const operations = operationsOf(type);
  if (operations.length === 0) return null;
  const words = WORDS[language];
  return [
    `### ${words.operations}`,
    operations
      .map(({ id, role, summary }) => `- ${code(id)} (${role}) – ${summary[language]}`)
      .join('\n'),
    `### ${words.errors}`,
    words.caught,
    errorsOf(type)
      .map((each) => `- ${code(each)} (${ERRORS[each].status}) – ${meaningOf(each, language)}`)
      .join('\n'),
  ].join('\n\n');
}

/** The page of all nodes: their help, with what the registry knows of their operations and errors. */
export function nodesReference(language: Language): string {
  const sections = NODE_TYPES.map((type) => {
    const help = linked(type, asPage(withoutGenerated(readHelp(type, language)), language));
    return [`## ${type}`, help.trim(), ...tables(type, language)].join('\n\n');
  });
  const contents = NODE_TYPES.map((type) => `- [${code(type)}](#${type})`).join('\n');
  return [contents, ...sections].join('\n\n');
}

function tables(type: string, language: Language): string[] {
  const operations = operationsOf(type);
  if (operations.length === 0) return [];
  const words = WORDS[language];
  const operationRows = operations.map(({ id, summary, role, input, rest }) => [
    `[${code(id)}](rest.md#${anchor(id)})`,
    summary[language],
    role,
    inputOf(input) || words.none,
    code(`${rest.method} ${rest.path}`),
  ]);
  const errorRows = errorsOf(type).map((each) => [
    code(each),
    String(ERRORS[each].status),
    ERRORS[each][language],
    remedyOf(each, language),
  ]);
  return [
    `### ${words.operations}`,
    table(words.operationColumns, operationRows),
    `### ${words.errors}`,
    words.caught,
    table(words.errorColumns, errorRows),
  ];
}

/** The input's fields, with a `?` behind those that may be left out. */
function inputOf({ shape }: OperationDeclaration['input']): string {
  return Object.entries(shape)
    .map(([name, field]) => code(mayMiss(field as z.ZodType) ? `${name}?` : name))
    .join(', ');
}

function mayMiss(field: z.ZodType): boolean {
  return field.safeParse(undefined).success;
}

/** An error's text without what is filled in, and what to do. */
function meaningOf(each: ErrorCode, language: Language): string {
  const text = ERRORS[each][language]
    .replace(/ \(\{\w+\}\)/g, '')
    .replace(/ ?: \{\w+\}$/, '')
    .replace(/\{\w+\}/g, '…');
  return `${text}. ${remedyOf(each, language)}`;
}

function remedyOf(each: ErrorCode, language: Language): string {
  const remedy = REMEDIES[each];
  if (!remedy) throw new Error(`What to do about ${each}? Say it in scripts/reference/remedies.ts`);
  return remedy[language];
}

/** Lists of properties as any Markdown knows them; the editor's own notation is known to the editor only. */
function asPage(markdown: string, language: Language): string {
  const { optional, colon } = WORDS[language];
  return markdown
    .split('\n')
    .map((line) => {
      const property = readProperty(line);
      if (!property) return line;
      const { indent, name, isOptional, types, meaning } = property;
      const about = `_${types}_${isOptional ? `, ${optional}` : ''}`;
      return `${indent}- ${labelOf(name)} (${about})${colon} ${meaning}`;
    })
    .join('\n');
}

/** Properties of messages are code, fields of a dialog are words. */
function labelOf(name: string): string {
  const names = name.split(', ');
  return names.every((each) => /^[a-z][\w.]*$/.test(each))
    ? names.map(code).join(', ')
    : `**${name}**`;
}

/** Names of other nodes lead to their sections. */
function linked(type: string, markdown: string): string {
  return markdown.replace(/`(aurion-[a-z-]+)`/g, (whole, name: string) =>
    name !== type && NODE_TYPES.includes(name) ? `[${whole}](#${name})` : whole,
  );
}
