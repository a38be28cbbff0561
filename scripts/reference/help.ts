import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json';
import type { Language } from '../../src/contract/language';

/** The nodes' help: Markdown in the locale files, which the editor shows and the docs pages are made from. */

const ROOT = join(__dirname, '..', '..');

/** Every node type, in the order of the palette. */
export const NODE_TYPES = Object.keys(packageJson['node-red'].nodes);

/** What Node-RED calls our languages. */
export const LOCALES: Readonly<Record<Language, string>> = { en: 'en-US', fr: 'fr' };

const BEGIN = '<!-- generated: operations and errors -->';
const END = '<!-- end -->';

export function helpFile(type: string, language: Language): string {
  return join('nodes', type, 'locales', LOCALES[language], `${type}.html`);
}

/** The Markdown of a node's help as it stands. @throws Error for a file that is anything else */
export function readHelp(type: string, language: Language): string {
  const text = readFileSync(join(ROOT, helpFile(type, language)), 'utf8');
  const [, name, markdown] =
    /^<script type="text\/markdown" data-help-name="([^"]+)">\n([^]*)<\/script>\n$/.exec(text) ??
    [];
  if (name !== type || markdown === undefined) throw new Error(`No help of ${type} (${language})`);
  return markdown;
}

/** A help as its locale file holds it. */
export function asHelpFile(type: string, markdown: string): string {
  return `<script type="text/markdown" data-help-name="${type}">\n${markdown.trim()}\n</script>\n`;
}

/** Puts a text where the help keeps what is generated. */
export function withGenerated(markdown: string, text: string): string {
  const [before, rest] = markdown.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined)
    throw new Error(`No place for what is generated`);
  return `${before}${BEGIN}\n\n${text}\n\n${END}${after}`;
}

/** The help without the part that is generated. */
export function withoutGenerated(markdown: string): string {
  const [before = '', rest = ''] = markdown.split(BEGIN);
  return before + (rest.split(END)[1] ?? '');
}

export interface Property {
  readonly name: string;
  readonly isOptional: boolean;
  readonly types: string;
  readonly meaning: string;
}

const PROPERTY = /^( *): (\*|_)?(.+?)\2? \(([^)]+)\) : (.+)$/;

/** A line of a list of properties, as Node-RED's Markdown writes it: `: _name_ (type) : meaning`; null if it is none. */
export function readProperty(line: string): (Property & { readonly indent: string }) | null {
  const [whole, indent = '', mark, name = '', types = '', meaning = ''] = PROPERTY.exec(line) ?? [];
  if (whole === undefined) return null;
  return { indent, name, isOptional: mark !== undefined, types, meaning };
}
