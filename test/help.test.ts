import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { HOME_SETTINGS } from '../src/contract/home-settings';
import { HOME_EVENT_NAMES } from '../src/contract/events';
import { isErrorCode } from '../src/contract/errors';
import { LANGUAGES, type Language } from '../src/contract/language';
import { findOperation, OPERATIONS } from '../src/operations/registry';
import {
  LOCALES,
  NODE_TYPES,
  readHelp,
  readProperty,
  withoutGenerated,
} from '../scripts/reference/help';
import { errorsOf, generatedHelp, operationsOf } from '../scripts/reference/nodes';
import { AurionProcess, ROOT, type FlowNode } from './support/aurion-process';
import { Editor, browserOrSkip } from './support/editor';

/** The help in the editor: both languages say the same, and nothing that the code does not know. */

/** The sections there are, in their order. */
const SECTIONS: Readonly<Record<Language, readonly string[]>> = {
  en: ['Inputs', 'Outputs', 'Settings', 'The rule', 'Details', 'Example', 'Operations', 'Errors'],
  fr: ['Entrées', 'Sorties', 'Réglages', 'La règle', 'Détails', 'Exemple', 'Opérations', 'Erreurs'],
};
/** A line of code that is longer is cut off in a sidebar of the usual width. */
const CODE_LINE_MAX = 34;

function help(type: string, language: Language): string {
  return readHelp(type, language);
}

/** What people wrote of a help. */
function written(type: string, language: Language): string {
  return withoutGenerated(help(type, language));
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1]!);
}

function sections(markdown: string): string[] {
  return all(markdown, /^### (.+)$/gm);
}

/** The text of a section. */
function section(markdown: string, title: string): string {
  const [, text = ''] = markdown.split(new RegExp(`^### ${title}$`, 'm'));
  return text.split(/^### /m)[0]!;
}

function codeBlocks(markdown: string): string[] {
  return all(markdown, /^```\w*\n([^]*?)\n```$/gm);
}

function codeSpans(markdown: string): string[] {
  return all(markdown.replace(/^```[^]*?^```$/gm, ''), /`([^`\n]+)`/g);
}

function messages(markdown: string): { operation?: string; payload?: object }[] {
  return all(markdown, /^```json\n([^]*?)\n```$/gm).map(
    (text) => JSON.parse(text) as { operation?: string },
  );
}

/** A help without its words: the kinds of its lines, and the names of properties of messages. */
function shape(markdown: string): string[] {
  return markdown.split('\n').flatMap((line) => {
    const property = readProperty(line);
    if (property) return [/^[a-z]/.test(property.name) ? `: ${property.name}` : ':'];
    const [kind] = /^ *(###|```\w*|[-*] |\d+\.)/.exec(line) ?? [];
    if (kind) return [kind];
    return line === '' ? [] : ['text'];
  });
}

/** The sources of a node and what all nodes share, without comments. */
function sourcesOf(type: string): string {
  return globSync(`nodes/{${type},runtime}/*.ts`, { cwd: ROOT })
    .filter((file) => !file.endsWith('.test.ts'))
    .map(codeOf)
    .join('\n');
}

function codeOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[^]*?\*\/|^ *\/\/.*$/gm, '');
}

/** The texts of all dialogs in a language. */
function dialogTexts(language: Language): string[] {
  return globSync(`nodes/*/locales/${LOCALES[language]}/*.json`, { cwd: ROOT }).flatMap((file) =>
    all(readFileSync(join(ROOT, file), 'utf8'), /": "(.+)",?$/gm),
  );
}

describe('the help of the nodes', () => {
  for (const type of NODE_TYPES) {
    it(`${type}: says the same in both languages, section by section`, () => {
      const [english, french] = [help(type, 'en'), help(type, 'fr')];
      assert.deepEqual(shape(french), shape(english));
      const places = (language: Language) =>
        sections(help(type, language)).map((title) => SECTIONS[language].indexOf(title));
      const found = places('en');
      assert.deepEqual(places('fr'), found);
      assert.deepEqual(
        found,
        [...new Set(found)].sort((one, other) => one - other),
      );
      const ports = type === 'aurion-home' ? ['Settings'] : ['Inputs', 'Outputs'];
      for (const title of [...ports, 'Details', 'Example', 'Errors']) {
        assert.ok(sections(english).includes(title), title);
      }
      const known = (markdown: string) =>
        codeSpans(markdown).filter((span) => /^(aurion-|[a-z]+\.[a-z-]+$|[A-Z_]{5,}$)/.test(span));
      assert.deepEqual(known(french).sort(), known(english).sort());
    });

    for (const language of LANGUAGES) {
      it(`${type} (${language}): begins with what it is for, and is written as the editor reads it`, () => {
        const markdown = help(type, language);
        assert.match(markdown, /^[^#:\n-].+\.\n\n### /);
        for (const line of markdown.split('\n')) {
          if (!/^ *:/.test(line)) continue;
          const property = readProperty(line);
          assert.ok(property, line);
          // Else the editor ends the list there.
          assert.doesNotMatch(property.meaning, /:/, line);
          assert.match(property.types, /^[^:]+$/, line);
        }
        for (const line of codeBlocks(markdown).flatMap((block) => block.split('\n'))) {
          assert.ok(line.length <= CODE_LINE_MAX, line);
        }
      });

      it(`${type} (${language}): names no node, operation, event or error that there is not`, () => {
        const markdown = help(type, language);
        const sources = globSync('{src,nodes}/**/*.ts', {
          cwd: ROOT,
          exclude: ['**/*.test.ts', 'src/contract/errors.ts'],
        });
        const able = new Set<string>(errorsOf(type));
        for (const span of codeSpans(markdown)) {
          if (span.startsWith('aurion-')) assert.ok(NODE_TYPES.includes(span), span);
          // Node.js's own variables are no errors of ours.
          if (/^(?!NODE_)[A-Z]+_[A-Z_]+$/.test(span)) {
            assert.ok(isErrorCode(span), span);
            if (operationsOf(type).length > 0) assert.ok(able.has(span), span);
            else
              assert.ok(
                sources.some((file) => codeOf(file).includes(`'${span}'`)),
                span,
              );
          }
          if (/^[a-z]+\.[a-z-]+$/.test(span) && !span.startsWith('msg.')) {
            const isOperation = OPERATIONS.some(({ id }) => id === span);
            assert.ok(isOperation || HOME_EVENT_NAMES.some((name) => name === span), span);
          }
        }
      });

      it(`${type} (${language}): shows messages that its operations take`, () => {
        const found = messages(written(type, language));
        assert.ok(found.length > 0);
        const mayDo = operationsOf(type);
        for (const { operation, payload } of found) {
          if (operation === undefined) continue;
          const { id, input } = findOperation(operation);
          if (mayDo.length > 0)
            assert.ok(
              mayDo.some((each) => each.id === id),
              id,
            );
          assert.equal(input.safeParse(payload).error, undefined, id);
        }
        if (mayDo.length > 0) assert.ok(found.some(({ operation }) => operation !== undefined));
      });

      it(`${type} (${language}): names properties of messages that the node reads or sets`, () => {
        const code = sourcesOf(type);
        const ports = [0, 1].map((index) =>
          section(help(type, language), SECTIONS[language][index]!),
        );
        const named = ports
          .join('\n')
          .split('\n')
          .flatMap((line) => readProperty(line)?.name.split(', ') ?? []);
        if (type !== 'aurion-home') assert.ok(named.length > 0);
        for (const name of named) {
          assert.match(code, new RegExp(`\\bmessage\\.${name}\\b|[{,]\\s*${name}\\s*[:,}=]`), name);
        }
      });

      it(`${type} (${language}): calls the fields of dialogs by their names`, () => {
        const texts = dialogTexts(language);
        const named = all(written(type, language), /\*\*([^*\n]+)\*\*/g);
        for (const name of named) {
          assert.ok(
            texts.some((text) => text.startsWith(name)),
            name,
          );
        }
      });
    }
  }

  it('tells of every operation and of every error that an operation declares, in the help of one node', () => {
    const told = NODE_TYPES.flatMap((type) => operationsOf(type).map(({ id }) => id));
    assert.deepEqual(told.sort(), OPERATIONS.map(({ id }) => id).sort());
    for (const type of NODE_TYPES.filter((each) => operationsOf(each).length > 0)) {
      for (const language of LANGUAGES) {
        const spans = codeSpans(generatedHelp(type, language)!);
        for (const { id, errors } of operationsOf(type)) {
          for (const each of [id, ...errors]) assert.ok(spans.includes(each), `${type}: ${each}`);
        }
      }
    }
  });

  it('knows as the operations of a node what its code does', () => {
    for (const type of NODE_TYPES) {
      const code = codeOf(join('nodes', type, `${type}.ts`));
      const [group] = all(code, /(?:group: |registerOperationNode\(RED, '[a-z-]+', )'([a-z]+)'/g);
      const [nouns] = all(code, /(?:nouns: |NOUNS = )\[([^\]]*)\]/g);
      const isDone = (id: string) => !nouns || all(nouns, /'(\w+)'/g).includes(id.split('.')[0]!);
      const done = OPERATIONS.filter((each) => each.group === group && isDone(each.id));
      assert.deepEqual(operationsOf(type), done, type);
    }
  });

  it('tells of every event', () => {
    for (const language of LANGUAGES) {
      const told = help('aurion-event', language)
        .split('\n')
        .flatMap((line) => readProperty(line)?.name ?? []);
      for (const name of HOME_EVENT_NAMES) assert.ok(told.includes(name), name);
    }
  });

  it('tells of every setting of a home', () => {
    for (const language of LANGUAGES) {
      const file = join('nodes/aurion-home/locales', LOCALES[language], 'aurion-home.json');
      const { label } = (
        JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as {
          'aurion-home': { label: Record<string, string> };
        }
      )['aurion-home'];
      const told = help('aurion-home', language)
        .split('\n')
        .flatMap((line) => readProperty(line)?.name ?? []);
      for (const name of HOME_SETTINGS) assert.ok(told.includes(label[name]!), label[name]);
    }
  });
});

describe('the examples of the help', () => {
  let aurion: AurionProcess;

  before(async () => {
    aurion = await AurionProcess.start();
    const token = await aurion.register('ama');
    const meter = { name: 'Compteur', type: 'meter', room: 'Entrée', main: true };
    const { body } = await aurion.request<{ id: number }>('POST', '/devices', {
      token,
      body: meter,
    });
    assert.equal(body.id, 4, 'the meter of the example');
  });
  after(() => aurion.remove());

  /** A page that gives a node this message, and shows what comes out of it. */
  function trial(type: string, message: object, path: string): FlowNode[] {
    const id = (name: string) => `${path}-${name}`;
    const given = `return { ...${JSON.stringify(message)}, res: msg.res };`;
    const node = (name: string, more: { type: string; [property: string]: unknown }): FlowNode => ({
      id: id(name),
      z: 'trials',
      name: '',
      ...more,
    });
    return [
      node('in', { type: 'http in', url: `/${path}`, method: 'get', wires: [[id('give')]] }),
      node('give', { type: 'function', func: given, outputs: 1, wires: [[id('do')]] }),
      node('do', { type, home: 'aurion-home-1', role: 'admin', wires: [[id('out')]] }),
      node('caught', { type: 'catch', scope: [id('do')], wires: [[id('told')]] }),
      node('told', {
        type: 'function',
        func: 'return { res: msg.res, statusCode: 500, payload: msg.error };',
        outputs: 1,
        wires: [[id('out')]],
      }),
      node('out', { type: 'http response', wires: [] }),
    ];
  }

  it('do in a flow what they say', async () => {
    const examples = NODE_TYPES.flatMap((type) =>
      messages(written(type, 'en')).map((message, index) => ({
        type,
        message,
        path: `${type}-${index}`,
      })),
    ).filter(({ type, message }) => message.operation && operationsOf(type).length > 0);
    assert.ok(examples.length > 0);
    const tab: FlowNode = { id: 'trials', type: 'tab', label: 'trials' };
    const flows = examples.flatMap(({ type, message, path }) => trial(type, message, path));
    await aurion.deploy([...(await aurion.flows()), tab, ...flows]);
    for (const { path, message } of examples) {
      const { status, body } = await aurion.request<{ code?: string }>(
        'GET',
        `http://127.0.0.1:${aurion.port}/${path}`,
      );
      // The weather is asked of a service that may not be within reach.
      if (body.code === 'WEATHER_UNAVAILABLE') continue;
      assert.equal(status, 200, `${message.operation!}: ${JSON.stringify(body)}`);
    }
  });
});

describe('the help in the editor', () => {
  let aurion: AurionProcess | undefined;
  let browser: Browser | undefined;

  before(async function () {
    browser = await browserOrSkip(this, 'the help in the editor');
    aurion = await AurionProcess.start();
  });
  after(async () => {
    await Promise.all([browser?.close(), aurion?.remove()]);
  });

  for (const language of LANGUAGES) {
    it(`shows headings, lists and code in ${LOCALES[language]}`, async () => {
      const locale = LOCALES[language] as 'en-US' | 'fr';
      const editor = await Editor.signIn(browser!, aurion!, { locale });
      for (const type of NODE_TYPES) {
        const shown = await editor.help(type);
        const markdown = help(type, language);
        const properties = markdown.split('\n').flatMap((line) => readProperty(line) ?? []);
        assert.deepEqual(shown.headings, sections(markdown), type);
        assert.deepEqual(
          shown.properties,
          properties.map(({ name, types }) => `${name} ${types}`),
          type,
        );
        assert.equal(shown.items, all(markdown, /^(?:- |\d+\. )(.)/gm).length, type);
        assert.deepEqual(shown.code, codeBlocks(markdown), type);
        // What is left of Markdown was not understood.
        assert.doesNotMatch(shown.text, /\*\*|`|^#|<!--| : .*\n : /m, type);
      }
      assert.deepEqual(editor.problems, []);
      await editor.close();
    });
  }
});
