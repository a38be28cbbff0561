import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, it } from 'mocha';
import packageJson from '../package.json';
import { COST_REASONS } from '../src/contract/energy';
import { HOME_EVENT_NAMES } from '../src/contract/events';
import { HOME_SETTINGS, readHomeSettings } from '../src/contract/home-settings';
import { ALERT_TYPES, SEVERITIES } from '../src/contract/alert';
import { DEVICE_TYPES } from '../src/contract/device';
import { PARTS, PART_STATES } from '../src/contract/health';
import { OPERATION_GROUPS } from '../src/contract/operation';
import { ROLES } from '../src/contract/role';
import { SENSOR_TYPES } from '../src/contract/sensor';
import { OPERATIONS } from '../src/operations/registry';
import { SHARED } from './runtime/texts';

/** What people read in the editor: every text is there, in both languages, and the dialogs agree with the code. */

const ROOT = join(__dirname, '..');
const TYPES = Object.keys(packageJson['node-red'].nodes);
const SIDEBAR = 'aurion-sidebar';
const HOME = 'aurion-home';
const LANGUAGES = ['en-US', 'fr'] as const;
const CORE = 'node-red:';
const EDITOR_SCRIPT = 'resources/aurion-editor.js';
/** As the home's page loads them. */
const HOME_SCRIPTS = all(
  read('nodes', HOME, `${HOME}.html`),
  /<script src="resources\/node-red-contrib-aurion\/([^"]+)"/g,
).map((name) => `resources/${name}`);
/** What the dialogs share beside. */
const SCRIPTS = ['migrations', 'operations', 'pickers'].map(
  (name) => `resources/aurion-${name}.js`,
);

type Language = (typeof LANGUAGES)[number];
type Texts = ReadonlyMap<string, string>;

interface Definition {
  readonly category: string;
  readonly icon?: string;
  readonly inputs?: number;
  readonly outputs?: number;
  readonly defaults: Readonly<Record<string, { value: string; validate?: Validate }>>;
  readonly credentials?: object;
  readonly label: () => string;
  readonly paletteLabel: () => string;
  readonly inputLabels?: (index: number) => string;
  readonly outputLabels?: (index: number) => string;
}

type Validate = (value: unknown, options: object) => boolean | string;

function read(...path: readonly string[]): string {
  return readFileSync(join(ROOT, ...path), 'utf8');
}

/** A node's page, with the rows that dialogs share, and the home's sections, in their places. */
function dialog(type: string): string {
  const page = editorScript().withRows(read('nodes', type, `${type}.html`));
  if (type !== HOME) return page;
  const sections = homeScripts().aurionHome.settings().template();
  return page.replace('<div data-aurion-sections></div>', () => sections);
}

interface HomeScripts {
  readonly aurionHome: { settings(): { template(): string } };
}

/** What the home's page loads, in another order than it says: so does Node-RED. In a browser `window` is the global object. */
function homeScripts(): HomeScripts {
  const scope: Record<string, unknown> = { URL };
  scope['window'] = scope;
  for (const script of HOME_SCRIPTS.toReversed()) runInNewContext(read(script), scope);
  return scope as unknown as HomeScripts;
}

interface EditorScript {
  withRows(template: string): string;
}

function editorScript(): EditorScript {
  const window: { aurionEditor?: EditorScript } = {};
  runInNewContext(read(EDITOR_SCRIPT), { window });
  return window.aurionEditor!;
}

function texts(type: string, language: Language): Texts {
  return flatten(JSON.parse(read('nodes', type, 'locales', language, `${type}.json`)));
}

function coreTexts(language: Language): Texts {
  const messages = require.resolve(`@node-red/nodes/locales/${language}/messages.json`);
  return flatten(JSON.parse(readFileSync(messages, 'utf8')));
}

function flatten(value: unknown, path = ''): Texts {
  if (typeof value === 'string') return new Map([[path, value]]);
  const entries = Object.entries(value as object);
  return new Map(
    entries.flatMap(([key, inner]) => [...flatten(inner, path === '' ? key : `${path}.${key}`)]),
  );
}

/** Fails unless a key, as the editor or the runtime asks for it, is there in each language. */
function assertThere(type: string, key: string): void {
  for (const language of LANGUAGES) {
    const known = key.startsWith(CORE) ? coreTexts(language) : texts(ownerOf(type, key), language);
    assert.ok(known.has(key.split(':').at(-1)!), `${type} (${language}): ${key}`);
  }
}

/** Whose text a key is: another node's where it says so. */
function ownerOf(type: string, key: string): string {
  return /^node-red-contrib-aurion\/([\w-]+):/.exec(key)?.[1] ?? type;
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1]!);
}

function sources(): string[] {
  return readdirSync(join(ROOT, 'nodes'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => read('nodes', file));
}

/** Fails unless every element is closed where it was opened. */
function assertBalanced(html: string, where: string): void {
  const open: string[] = [];
  const markup = html.replace(/<script>[^]*?<\/script>/g, '');
  for (const [tag, closing, name] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (['input', 'br', 'img', 'hr', 'link'].includes(name!)) continue;
    if (closing === '/') assert.equal(open.pop(), name, `${where}: ${tag}`);
    else open.push(name!);
  }
  assert.deepEqual(open, [], where);
}

/** A node's definition as its page registers it. Its `_` fails for a text that is not there. */
function definition(type: string): Definition & { _(key: string): string } {
  const registered: Definition[] = [];
  const window = {};
  const context = {
    window,
    URL,
    // The page itself: its templates are read from the file.
    $: () => ({ text: () => '' }),
    RED: {
      events: { on: () => undefined },
      nodes: { registerType: (_type: string, made: Definition) => registered.push(made) },
    },
  };
  for (const script of [EDITOR_SCRIPT, ...SCRIPTS]) runInNewContext(read(script), context);
  Object.assign(context, type === HOME ? homeScripts() : {}, window);
  for (const script of all(dialog(type), /<script>([^]*?)<\/script>/g)) {
    runInNewContext(script, context);
  }
  const [made, ...others] = registered;
  assert.ok(made);
  assert.deepEqual(others, []);
  const translate = (key: string): string => {
    assertThere(type, key);
    return texts(type, 'en-US').get(key)!;
  };
  return Object.assign(made, { _: translate });
}

function optionsOf(type: string, name: string): string[] {
  const [select = ''] = all(
    dialog(type),
    new RegExp(`<select id="node-input-${name}"([^]*?)</select>`, 'g'),
  );
  return all(select, /<option value="([^"]*)"/g);
}

describe('the texts of the nodes', () => {
  for (const type of [...TYPES, ...Object.keys(packageJson['node-red'].plugins)]) {
    it(`${type}: has the same texts in each language, all filled in`, () => {
      const [english, french] = LANGUAGES.map((language) => texts(type, language));
      assert.deepEqual([...english!.keys()].sort(), [...french!.keys()].sort());
      for (const [key, text] of [...english!, ...french!]) {
        assert.match(key, new RegExp(`^${type}\\.`));
        assert.notEqual(text.trim(), '', key);
        // The editor puts them in as HTML.
        assert.doesNotMatch(text, /[<&]/, key);
        const blanks = (each: string) => all(each, /__(\w+?)__/g);
        assert.deepEqual(blanks(english!.get(key)!), blanks(french!.get(key)!), key);
      }
    });
  }

  for (const type of TYPES) {
    it(`${type}: finds every text its dialog names`, () => {
      for (const keys of all(dialog(type), /data-i18n="([^"]+)"/g)) {
        for (const key of keys.split(';')) assertThere(type, key.replace(/^\[\w+\]/, ''));
      }
      for (const key of all(dialog(type), /\._\(['`]([^'`$]+)['`]/g)) assertThere(type, key);
    });
  }

  it('has every text the runtime asks for', () => {
    const asked = sources().flatMap((source) => all(source, /RED\._\(\s*['"`]([^'"`]+)['"`]/g));
    assert.ok(asked.length > 0);
    for (const key of asked) {
      if (key.startsWith('${SHARED}.')) assertThere(HOME, key.replace('${SHARED}', SHARED));
      else if (key.startsWith('${type}.')) {
        for (const type of TYPES)
          if (type !== HOME) assertThere(type, key.replace('${type}', type));
      } else {
        assertThere(key.split('.')[0]!, key);
      }
    }
  });

  it('has every text the shared editor scripts ask for', () => {
    const script = [EDITOR_SCRIPT, ...SCRIPTS].map((path) => read(path)).join('\n');
    const ofEach = all(script, /\b_\(`\$\{type\}\.([^`$]+)`/g);
    assert.deepEqual([...new Set(ofEach)], ['palette']);
    for (const type of TYPES) assertThere(type, `${type}.palette`);
    for (const { id } of OPERATIONS) assertThere(HOME, `${HOME}.noun.${id.split('.', 1)[0]}`);
    for (const kind of ['device', 'meter', 'sensor', 'alert'])
      assertThere(HOME, `${HOME}.kind.${kind}`);
    const shared = all(script, /\$\{SHARED\}\.([a-zA-Z.-]+)[`"]/g);
    assert.ok(shared.length > 0);
    for (const key of shared) assertThere(HOME, `${HOME}.${key}`);
  });
});

describe('the texts of the sidebar', () => {
  const scripts = readdirSync(join(ROOT, 'resources', 'sidebar'))
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => read('resources', 'sidebar', file));

  /** What its texts tell apart by a word of the home's. */
  const WORDS: Readonly<Record<string, readonly string[]>> = {
    status: ['ok', 'degraded', 'unavailable'],
    cost: COST_REASONS,
    part: PARTS,
    'part-state': PART_STATES,
    severity: SEVERITIES,
    'device-type': DEVICE_TYPES,
    'sensor-type': SENSOR_TYPES,
  };

  it('are there for everything it asks for, and none is left over', () => {
    const asked = scripts.flatMap((script) => all(script, /\btext\(\s*'([\w.-]+)'/g));
    const byWord = Object.entries(WORDS).flatMap(([of, words]) =>
      words.map((word) => `${of}.${word}`),
    );
    for (const key of [...asked, ...byWord]) assertThere(SIDEBAR, `${SIDEBAR}.${key}`);
    const written = scripts.join('\n');
    const isMentioned = (key: string) =>
      byWord.includes(key) ||
      [key, key.split('.').at(-1)!].some((each) => written.includes(`'${each}'`));
    const keys = [...texts(SIDEBAR, 'en-US').keys()].map((key) => key.slice(SIDEBAR.length + 1));
    assert.deepEqual(
      keys.filter((key) => !isMentioned(key)),
      [],
    );
  });

  it('offer the types there are', async () => {
    const url = pathToFileURL(join(ROOT, 'resources', 'sidebar', 'discovered-view.mjs')).href;
    const offered = (await import(url)) as Record<string, readonly string[]>;
    assert.deepEqual(offered['DEVICE_TYPES'], DEVICE_TYPES);
    assert.deepEqual(offered['SENSOR_TYPES'], SENSOR_TYPES);
  });

  it('S20: only ever go in as text', () => {
    for (const script of scripts) {
      assert.doesNotMatch(script, /\.html\(|innerHTML|outerHTML|insertAdjacentHTML/);
      // What jQuery is given in brackets may be markup: only names of tags are.
      for (const given of all(script, /\$\(([^)]*)\)/g)) assert.equal(given, '`<${tag}>`');
    }
    assert.doesNotMatch(read('nodes', SIDEBAR, `${SIDEBAR}.html`), /\son\w+\s*=|javascript:/i);
  });
});

describe("the texts of the home's scripts", () => {
  it('are there, in each language', () => {
    const asked = HOME_SCRIPTS.flatMap((script) => {
      const within = /aurion-home\.(\w+)\.\$\{key\}`/.exec(read(script))?.[1];
      return all(read(script), /\bt\(\s*'([^']+)'/g).map((key) =>
        [within, key].filter(Boolean).join('.'),
      );
    });
    assert.ok(asked.length > 30);
    for (const key of asked) assertThere(HOME, `${HOME}.${key}`);
    const kinds = ['flat', 'tou', 'tranches'].map((kind) => `kind.${kind}`);
    const heads = ['band', 'days', 'from', 'to', 'price'];
    const fields = ['currency', 'validFrom', 'upTo', 'price', 'monthlyFee', 'name', 'from', 'to'];
    const bills = ['bill', 'bill-with-fee', ...fields.map((field) => `field.${field}`)];
    for (const key of [...kinds, ...heads, ...bills]) assertThere(HOME, `${HOME}.tariff.${key}`);
  });
});

describe('the dialogs of the nodes', () => {
  for (const type of TYPES) {
    it(`${type}: is well formed and has no inline handler`, () => {
      const html = dialog(type);
      assertBalanced(html, type);
      assert.match(html, new RegExp(`^<script type="text/html" data-template-name="${type}">`));
      assert.doesNotMatch(html, /\son\w+\s*=|javascript:|\.html\(/i);
      const ids = all(html, /\sid="([^"]+)"/g);
      assert.equal(new Set(ids).size, ids.length);
      const labelled = all(html, /<label for="([^"]+)"/g);
      assert.deepEqual(
        labelled.filter((id) => !ids.includes(id)),
        [],
      );
    });

    it(`${type}: shows each of its properties, and says what it is`, () => {
      const made = definition(type);
      const prefix = type === HOME ? 'node-config-input' : 'node-input';
      const names = Object.keys({ ...made.defaults, ...made.credentials }).filter(
        // What made the node: nobody types it.
        (name) => name !== 'version',
      );
      const ids = all(dialog(type), new RegExp(`\\sid="${prefix}-([^"]+)"`, 'g'));
      assert.deepEqual(ids.sort(), names.sort());
      assert.notEqual(made.paletteLabel(), '');
      assert.equal(made.label.call({ ...made, name: 'Salon' }), 'Salon');
      assert.notEqual(made.label.call({ ...made, name: '' }), '');
      if (type === HOME) return;
      assert.equal(made.category, 'Aurion');
      assert.match(read('nodes', type, 'icons', made.icon!), /^<svg width="40" height="60"/);
      for (let input = 0; input < made.inputs!; input++) {
        assert.notEqual(made.inputLabels!(input), '');
      }
      for (let output = 0; output < made.outputs!; output++) {
        assert.notEqual(made.outputLabels!(output), '');
      }
    });
  }

  it('offer the groups, the events and the roles there are', () => {
    assert.deepEqual(optionsOf('aurion-request', 'group'), ['', ...OPERATION_GROUPS]);
    assert.deepEqual(optionsOf('aurion-event', 'event'), ['', ...HOME_EVENT_NAMES]);
    assert.deepEqual(optionsOf('aurion-auth-guard', 'role'), ['', ...ROLES]);
    assert.deepEqual(optionsOf('aurion-account', 'role'), ROLES);
    const types = ['device', 'sensor', 'alert', 'energy', 'settings'];
    for (const type of types.map((name) => `aurion-${name}`)) {
      assert.deepEqual(optionsOf(type, 'role'), ROLES);
    }
    assert.deepEqual(optionsOf('aurion-alert', 'alertType'), ALERT_TYPES);
    const [ofSensors = ''] = all(dialog('aurion-alert'), /SENSOR_TYPES = (\[[^;]+\]);/g);
    assert.deepEqual(all(ofSensors, /'(\w+)'/g), SENSOR_TYPES);
    assert.deepEqual(optionsOf('aurion-alert', 'severity').sort(), [...SEVERITIES].sort());
  });
});

describe("the home's dialog", () => {
  const home = definition(HOME);
  const SAMPLES = [
    ['', '   ', '${AURION_ANYTHING}', ' ${AURION_ANYTHING} ', '${A}b'],
    ['home', 'Home', ' home', 'a'.repeat(32), 'a'.repeat(33), 'a'.repeat(256)],
    ['/api', 'api', '/', '/a/b/c/d', '/a/b/c/d/e', 'aurion', 'a/b', 'a/#', 'é'],
    ['fr', 'en', 'de', 'auto', 'open', 'closed', '7d', '7', '7 d', '1234567d'],
    ['0', '1', 'on', 'off', 'true', 'false', 'yes', '65535', '65536', '-1', '1.5'],
    ['https://maison.example', 'https://maison.example/', 'https://a.example/path', 'maison'],
    [
      'https://a.example, http://b.example:8080',
      'https://a.example,',
      'ftp://a.example',
      'http://',
    ],
    ['Africa/Lome', 'Europe/Paris', 'europe/paris', 'UTC', '+01:00', 'Europe/Nowhere', 'Etc/GMT-1'],
    [
      '6.13, 1.22',
      ' 6.13,1.22 ',
      '-90, -180',
      '90.1, 0',
      '0, 180.5',
      '6,13; 1,22',
      '6.13',
      '1e1, 2',
    ],
    ['XOF', 'EUR', 'xof', 'ZZZ', 'weather.lan, 192.168.1.7', '[::1]', '::1', 'a,,b', 'a b'],
    [null, undefined],
  ].flat();

  it('asks for the settings of a home', () => {
    const ofEachNode = ['name', 'version'];
    const settings = Object.keys(home.defaults).filter((name) => !ofEachNode.includes(name));
    assert.deepEqual(settings.sort(), [...HOME_SETTINGS].sort());
  });

  it('begins with the defaults of a home', () => {
    const values = Object.entries(home.defaults).map(([name, { value }]) => [name, value]);
    assert.deepEqual(
      readHomeSettings(Object.fromEntries(values) as Record<string, string>),
      readHomeSettings({}),
    );
  });

  for (const setting of HOME_SETTINGS) {
    it(`takes for ${setting} what the home takes, else gives the reason`, () => {
      const { validate } = home.defaults[setting]!;
      // Node-RED takes a text as a reason only from a function of two parameters.
      assert.equal(validate!.length, 2);
      for (const sample of SAMPLES) {
        const verdict = validate!.call(home, sample, {});
        const expected = accepts(setting, sample) || home._(`${HOME}.invalid.${setting}`);
        assert.equal(verdict, expected, JSON.stringify(sample));
      }
    });
  }

  function accepts(setting: string, value: unknown): boolean {
    try {
      readHomeSettings({ [setting]: value });
      return true;
    } catch {
      return false;
    }
  }
});
