import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { fullBackend, ROOT, temporaryFolder } from '../test/support/aurion-process';
import { HOME_VARIABLES, prepareStart, type DefaultStart } from './settings';

/** Every variable of the README's table of settings. */
function variables(): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, table = ''] = /\n## Settings\n([^]*?)\n## /.exec(readme) ?? [];
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  const names = rows.flatMap((row) => row.split('|')[1]?.match(/[A-Z][A-Z_]+[A-Z]/g) ?? []);
  return [...new Set(names)];
}

describe('the settings of the default start', () => {
  const home = process.cwd();
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  });

  /** What can be compared: a hash has a salt, and functions are made anew. */
  function plain(start: DefaultStart): unknown {
    return JSON.parse(
      JSON.stringify({ ...start, isNew: false }, (key, value: unknown) =>
        key === 'users' ? '' : value,
      ),
    );
  }

  it('S28: a variable that is there and empty is the default, whichever it is', () => {
    const normal = prepareStart({});
    assert.equal(normal.host, '127.0.0.1');
    assert.equal(normal.port, 5000);
    assert.match(normal.userDir, /\.aurion$/);
    assert.ok(variables().length > 30);
    for (const empty of ['', ' ', '\t']) {
      for (const name of variables()) {
        assert.deepEqual(plain(prepareStart({ [name]: empty })), plain(normal), name);
      }
      const all = Object.fromEntries(variables().map((name) => [name, empty]));
      assert.deepEqual(plain(prepareStart(all)), plain(normal));
    }
  });

  it('S28: an empty password is never kept, nor one that was kept empty used', () => {
    mkdirSync('.aurion');
    const empty = { editorPassword: '', setupCode: '', mqttUsername: '', mqttPassword: '' };
    writeFileSync('.aurion/ways-in.json', JSON.stringify({ ...empty, credentialSecret: '' }));
    const { waysIn } = prepareStart({ AURION_MQTT_PASSWORD: '', AURION_EDITOR_PASSWORD: '' });
    for (const [name, value] of Object.entries(waysIn) as [string, string][]) {
      assert.ok(value.length >= 9, name);
    }
    assert.deepEqual(JSON.parse(readFileSync('.aurion/ways-in.json', 'utf8')), waysIn);
    // What is kept stays, whatever is empty at the next start.
    assert.deepEqual(prepareStart({ AURION_MQTT_PASSWORD: '' }).waysIn, waysIn);
  });

  it('a variable that makes no sense is named, not shown, and nothing is made', () => {
    const wrong: Record<string, string> = {
      PORT: '5e3',
      AURION_TZ: 'Mars/Base',
      AURION_MQTT_PORT: '70000',
      AURION_DEMO: 'perhaps',
      AURION_LOCALE: 'de',
      AURION_MQTT_URL: 'mqtt://ama:geheim@broker.example',
      AURION_STORE_URL: 'redis://ama:geheim@store.example',
      AURION_SMTP_URL: 'ama:geheim@mail.example',
      AURION_EDITOR_PASSWORD: `geheim${'x'.repeat(70)}`,
      AURION_LOG: 'loud',
      AURION_MQTT_PASSWORD: 'geheim',
      AURION_SETUP_CODE: 'geheim7',
      AURION_TOKEN_TTL: '0s',
    };
    for (const [name, value] of Object.entries(wrong)) {
      assert.throws(
        () => prepareStart({ [name]: value }),
        ({ message }: Error) => message.startsWith(name) && !message.includes('geheim'),
        name,
      );
      assert.equal(existsSync('.aurion'), false, name);
    }
  });

  it('S7: a password too short is refused and never kept, also the editor’s and the setup code; one kept earlier is made anew', () => {
    for (const name of ['AURION_EDITOR_PASSWORD', 'AURION_SETUP_CODE', 'AURION_MQTT_PASSWORD']) {
      assert.throws(() => prepareStart({ [name]: 'seven77' }), new RegExp(`^Error: ${name} `));
      assert.equal(existsSync('.aurion'), false, name);
    }
    for (const never of ['0s', '0m', '0h', '000d']) {
      assert.throws(() => prepareStart({ AURION_TOKEN_TTL: never }), /AURION_TOKEN_TTL/);
    }
    mkdirSync('.aurion');
    const short = { editorPassword: 'seven77', setupCode: 'seven77', mqttPassword: 'seven77' };
    const rest = { mqttUsername: 'installer', credentialSecret: 'kept as it is' };
    writeFileSync('.aurion/ways-in.json', JSON.stringify({ ...short, ...rest }));
    // An outside broker may have such a password.
    const outside = prepareStart({ AURION_MQTT_URL: 'mqtt://broker.example' }).waysIn;
    assert.equal(outside.mqttPassword, 'seven77');
    const { waysIn } = prepareStart({});
    assert.ok(Object.values(waysIn).every((value: string) => value.length >= 8));
    assert.equal(waysIn.credentialSecret, 'kept as it is');
    assert.deepEqual(prepareStart({}).waysIn, waysIn);
    const eight = prepareStart({ AURION_MQTT_PASSWORD: 'eight888' }).waysIn;
    assert.equal(eight.mqttPassword, 'eight888');
  });

  it('are those that the full-backend flow takes', () => {
    const node = fullBackend().find(({ type }) => type === 'aurion-home') ?? {};
    const taken = Object.entries(node).flatMap(([setting, value]) => {
      const [, name] = /^\$\{(\w+)\}$/.exec(String(value)) ?? [];
      return name === undefined ? [] : [[setting, name] as const];
    });
    assert.deepEqual(Object.fromEntries(taken), HOME_VARIABLES);
  });
});
