import assert from 'node:assert/strict';
import mqtt, { type MqttClient } from 'mqtt';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import type { AuditEntry } from '../src/contract/audit';
import type { Device } from '../src/contract/device';
import { HOME_ASPECTS, type HomeAspect } from '../src/home-changes';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { freePort } from './support/free-port';
import { Editor, browserOrSkip, type Locale } from './support/editor';
import { Lamp } from './support/lamp';
import { AurionSidebar } from './support/sidebar';

const LOCALES = ['en-US', 'fr'] as const;
const EVIL = '<img src=x onerror=window.pwned=1>';
const READER_PASSWORD = 'la lagune au soir';

/** The key of a text instead of the text. */
const UNTRANSLATED = /aurion-sidebar[.:]\w|__\w+__|undefined|NaN/;

const WORDS: Record<Locale, Record<'state' | 'noAlert' | 'power' | 'adopt' | 'ack', string>> = {
  'en-US': {
    state: 'The home is running',
    noAlert: 'No active alert.',
    power: '1,200 W',
    adopt: 'Adopt',
    ack: 'Acknowledge',
  },
  fr: {
    state: 'La maison fonctionne',
    noAlert: 'Aucune alerte active.',
    power: '1 200 W',
    adopt: 'Adopter',
    ack: 'Acquitter',
  },
};

/** The sidebar Aurion, in a real browser beside a real home. */
describe('the sidebar Aurion', () => {
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  let installer: MqttClient;
  const sidebars = new Map<Locale, AurionSidebar>();
  const sidebarIn = (locale: Locale) => sidebars.get(locale)!;

  before(async function () {
    browser = await browserOrSkip(this, 'the sidebar');
    aurion = await AurionProcess.start({ env: { AURION_TEST_READER: READER_PASSWORD } });
    const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
    const url = `mqtt://127.0.0.1:${aurion.mqttPort}`;
    installer = await mqtt.connectAsync(url, { username, password, reconnectPeriod: 100 });
    aurion.onRemove.push(() => installer.endAsync(true));
    await Promise.all(LOCALES.map(signIn));
  });
  afterEach(async function () {
    const problems = [...sidebars.values()].flatMap(({ editor }) => editor.problems.splice(0));
    if (this.currentTest?.state === 'failed') {
      for (const [locale, { editor }] of sidebars) {
        await editor.close();
        await signIn(locale);
      }
    }
    assert.deepEqual(problems, []);
  });
  after(async () => {
    await browser?.close();
    // Not there when the tests were skipped.
    await (aurion as AurionProcess | undefined)?.remove();
  });

  async function signIn(locale: Locale): Promise<void> {
    const editor = await Editor.signIn(browser!, aurion, { locale });
    sidebars.set(locale, await AurionSidebar.open(editor));
  }

  async function inBoth(act: (sidebar: AurionSidebar, locale: Locale) => Promise<void>) {
    await Promise.all(LOCALES.map((locale) => act(sidebarIn(locale), locale)));
  }

  async function say(topic: string, payload: object | string): Promise<void> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    await installer.publishAsync(`aurion/${topic}`, text, { qos: 1 });
  }

  /** Does an operation as the editor's user. */
  async function run<T>(operation: string, input: object, homeKey = 'home'): Promise<T> {
    const path = `/aurion/homes/${homeKey}/operations/${operation}`;
    const answer = await aurion.admin('POST', path, input);
    assert.equal(answer.status, 200, operation);
    return (await answer.json()) as T;
  }

  it('shows the demo home in English and in French, in words throughout', async () => {
    await inBoth(async (sidebar, locale) => {
      const { root } = sidebar;
      const { state, noAlert, power } = WORDS[locale];
      await root.getByText(state, { exact: true }).waitFor();
      // Each list comes when it has been asked for.
      await sidebar.device(1).waitFor();
      assert.deepEqual(
        await root.locator('.aurion-section-devices .aurion-place').allInnerTexts(),
        ['Chambre', 'Salon'],
      );
      assert.match(await sidebar.device(1).innerText(), /^Lumière Salon/);
      await sidebar.untilSwitched(1, true);
      await sidebar.untilSwitched(2, false);
      const watts = await sidebar.device(2).locator('.aurion-value').innerText();
      assert.equal(watts.replace(/\s/g, ' '), power);
      assert.match(await sidebar.sensor(2).innerText(), /92.%/);
      await root.getByText(noAlert).waitFor();
      const parts = root.locator('.aurion-parts li');
      assert.deepEqual(
        await parts.evaluateAll((all) => all.map((part) => part.getAttribute('data-state'))),
        ['ok', 'ok', 'ok', 'ok'],
      );
      const words = await sidebar.words();
      assert.doesNotMatch(words, UNTRANSLATED);
    });
  });

  it('shows what was not measured as a dash that says why, and the missing hours as gaps', async () => {
    const sidebar = sidebarIn('fr');
    const value = sidebar.sensor(1).locator('.aurion-value');
    assert.equal(await value.innerText(), '–');
    assert.equal(await value.getAttribute('title'), "Il n'a encore rien dit");
    const svg = sidebar.root.locator('.aurion-curve svg');
    await svg.waitFor();
    assert.ok((await svg.locator('.aurion-gap').count()) >= 20);
    assert.equal(await svg.locator('.aurion-hour title').count(), 24);
  });

  it('switches a lamp, and every sidebar follows it', async () => {
    const lamp = await Lamp.plugIn(aurion, 2);
    await lamp.report({ status: false });
    await sidebarIn('en-US').switchOf(2).click();
    await inBoth((sidebar) => sidebar.untilSwitched(2, true));
    assert.deepEqual(
      lamp.commands.map(({ status }) => status),
      [true],
    );
    const audit = await run<AuditEntry[]>('audit.list', { limit: 1 });
    assert.deepEqual(
      audit.map(({ actor, action, target }) => [actor, action, target]),
      [['editor:admin', 'devices.command', 'device:2']],
    );
    // Somebody presses its button.
    await lamp.report({ status: false });
    await inBoth((sidebar) => sidebar.untilSwitched(2, false));
    await lamp.say('offline');
    await inBoth(async (sidebar) => {
      await sidebar.device(2).locator('.aurion-offline').waitFor();
      assert.equal(await sidebar.switchOf(2).isDisabled(), true);
    });
    await lamp.say('online');
    await inBoth(async (sidebar) => {
      await sidebar.device(2).locator('.aurion-offline').waitFor({ state: 'detached' });
    });
    await lamp.unplug();
  });

  it('waits for the lamp, and says in words why it did not obey', async () => {
    const sidebar = sidebarIn('fr');
    const lamp = await Lamp.plugIn(aurion, 3, () => null);
    await lamp.report({ status: true });
    const received = new Promise((resolve) => lamp.client.once('message', resolve));
    await sidebar.switchOf(3).click();
    await received;
    assert.equal(await sidebar.switchOf(3).getAttribute('aria-busy'), 'true');
    assert.equal(await sidebar.switchOf(3).isDisabled(), true);
    await lamp.report({ status: true, commandId: lamp.commands[0]!.commandId });
    const refusal = sidebar.device(3).locator('.aurion-refusal');
    await refusal.waitFor();
    assert.equal(await refusal.innerText(), "L'appareil a refusé la commande");
    await sidebar.untilSwitched(3, true);
    // Of an answer 502 every browser complains by itself.
    assert.match(sidebar.editor.problems.splice(0).join(), /^console: .* 502 /);
    await lamp.unplug();
  });

  it('shows an alert as it is raised, acknowledged and over', async () => {
    await say('sensors/2/data', { smoke: true });
    await inBoth(async (sidebar) => {
      await sidebar.alert('Fumée').waitFor();
      assert.equal(await sidebar.alert('Fumée').getAttribute('data-severity'), 'critical');
      await sidebar.sensor(2).locator('.aurion-noticed').waitFor();
    });
    await say('sensors/2/data', { smoke: true });
    await sidebarIn('en-US').alert('Fumée').getByText('×2').waitFor();
    await sidebarIn('fr').alert('Fumée').getByRole('button', { name: WORDS.fr.ack }).click();
    await inBoth(async (sidebar, locale) => {
      const alert = sidebar.alert('Fumée');
      await alert.getByText('editor:admin').waitFor();
      const button = alert.getByRole('button', { name: WORDS[locale].ack });
      await button.waitFor({ state: 'hidden' });
    });
    await say('sensors/2/data', { smoke: false });
    await inBoth((sidebar) => sidebar.alert('Fumée').waitFor({ state: 'detached' }));
  });

  it('adopts a device and a sensor that spoke', async () => {
    await say('devices/lampe-chevet/status', { status: true, brightness: 40 });
    await say('sensors/cave/data', { leak: false, battery: 71 });
    await inBoth(async (sidebar) => {
      await sidebar.found('lampe-chevet').getByText('"brightness":40').waitFor();
      await sidebar.found('cave').waitFor();
    });
    const adopt = async (sidebar: AurionSidebar, key: string, locale: Locale, where: string) => {
      const row = sidebar.found(key);
      const { adopt: name } = WORDS[locale];
      await row.getByRole('button', { name }).click();
      const form = row.locator('form');
      await form.locator('input').first().fill(`Chez ${key}`);
      await form.locator('input').last().fill(where);
      await form.getByRole('button', { name }).click();
      await row.waitFor({ state: 'detached' });
    };
    await adopt(sidebarIn('en-US'), 'lampe-chevet', 'en-US', 'Chambre');
    await adopt(sidebarIn('fr'), 'cave', 'fr', 'Cave');
    await inBoth(async (sidebar, locale) => {
      await sidebar.untilSwitched(4, true);
      const brightness = locale === 'fr' ? 'Luminosité 40' : 'Brightness 40';
      await sidebar.device(4).getByText(brightness).waitFor();
      assert.match(await sidebar.device(4).innerText(), /^Chez lampe-chevet/);
      await sidebar.sensor(3).getByText('71').waitFor();
      await sidebar.found('cave').waitFor({ state: 'detached' });
    });
    const devices = await run<Device[]>('devices.list', {});
    const { type, room, key } = devices.find(({ id }) => id === 4)!;
    assert.deepEqual([type, room, key], ['light', 'Chambre', 'lampe-chevet']);
  });

  it('adopts what speaks under a name that is no key under one of the installer’s choice, and says why', async () => {
    await say('devices/4711/status', { status: true });
    await say('devices/Prise Küche/status', { status: true, power: 7 });
    const why: Record<Locale, RegExp> = {
      'en-US': /a number alone is an id: adopt it under a key of your choice/,
      fr: /un nombre seul est un id : adoptez-le sous une clé de votre choix/,
    };
    await inBoth((sidebar, locale) => sidebar.found('4711').getByText(why[locale]).waitFor());
    const input = { key: '4711', name: 'Prise', type: 'light', room: 'Salon' };
    const path = '/aurion/homes/home/operations/devices.adopt';
    const { code, details } = (await (await aurion.admin('POST', path, input)).json()) as {
      code: string;
      details: { path: string }[];
    };
    assert.deepEqual([code, details[0]?.path], ['INPUT_INVALID', 'key']);
    const row = sidebarIn('fr').found('Prise Küche');
    await row.getByRole('button', { name: WORDS.fr.adopt }).click();
    const form = row.locator('form');
    await form.locator('input').nth(1).fill('Cuisine');
    assert.equal(await form.locator('input').nth(2).inputValue(), 'prise-kuche');
    await form.locator('input').nth(2).fill('prise-cuisine');
    await form.getByRole('button', { name: WORDS.fr.adopt }).click();
    await row.waitFor({ state: 'detached' });
    const devices = await run<Device[]>('devices.list', {});
    const { name, power } = devices.find((device) => device.key === 'prise-cuisine')!;
    assert.deepEqual([name, power], ['Prise Küche', 7]);
  });

  it('shows power, energy and cost once a meter speaks', async () => {
    const meter = { name: 'Compteur', type: 'meter', room: 'Entrée', main: true };
    const { id } = await run<Device>('devices.create', meter);
    const before = new Date(Date.now() - 600_000).toISOString();
    await say(`energy/${id}/data`, { power: 1200, energy: 10, timestamp: before });
    await say(`energy/${id}/data`, { power: 1234.5, energy: 10.2 });
    await inBoth(async (sidebar, locale) => {
      const now = locale === 'fr' ? '1,235 kW' : '1.235 kW';
      await sidebar.figure('now').getByText(now.replace(' ', '\u00a0')).waitFor();
      assert.match(await sidebar.figure('today').innerText(), /kWh$/);
      assert.match(await sidebar.figure('cost').innerText(), /CFA/);
      assert.equal(await sidebar.switchOf(id).count(), 0);
    });
  });

  it('S20: runs nothing of what somebody wrote into a name, a message or a topic', async () => {
    await run('devices.create', { name: EVIL, type: 'other', room: EVIL });
    await run('sensors.create', { name: EVIL, type: 'other', location: EVIL });
    await run('alerts.raise', { source: 'evil', message: EVIL });
    await say('devices/evil/status', { text: EVIL });
    await inBoth(async ({ root, editor }) => {
      await root.locator('.aurion-device', { hasText: EVIL }).waitFor();
      await root.locator('.aurion-sensor', { hasText: EVIL }).waitFor();
      await root.locator('.aurion-alert', { hasText: EVIL }).waitFor();
      await root.locator('.aurion-found .aurion-sample', { hasText: EVIL }).waitFor();
      assert.equal(await editor.page.locator('img[src="x"]').count(), 0);
      assert.equal(await editor.page.evaluate('window.pwned'), undefined);
    });
    await run('alerts.resolve', { source: 'evil' });
  });

  it('asks nothing while it is hidden, and shows what is new when it is seen again', async () => {
    const sidebar = sidebarIn('en-US');
    const { page } = sidebar.editor;
    await sidebar.hide();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/aurion/homes')) asked.push(request.url());
    });
    await run('devices.command', { id: 1, status: false });
    // The other one is seen, and has heard the same by now.
    await sidebarIn('fr').untilSwitched(1, false);
    assert.deepEqual(asked, []);
    await sidebar.show();
    await sidebar.untilSwitched(1, false);
    assert.ok(asked.length > 0);
    page.removeAllListeners('request');
  });

  it('finds a device among 5,000 and draws a hundred at most', async () => {
    const sidebar = sidebarIn('fr');
    const { page } = sidebar.editor;
    const [one] = await run<Device[]>('devices.list', {});
    const devices = Array.from({ length: 5000 }, (_, i) => ({
      ...one!,
      ...{ id: i + 1, name: `Lampe ${i + 1}`, room: `Pièce ${i % 50}` },
    }));
    await page.route('**/operations/devices.list', (route) => route.fulfill({ json: devices }));
    await run('devices.command', { id: 1, status: true });
    const rows = sidebar.root.locator('.aurion-device');
    await sidebar
      .section('devices')
      .getByText(/4.900 de plus/)
      .waitFor();
    assert.equal(await rows.count(), 100);
    await sidebar.root.locator('.aurion-filter').fill('lampe 4711');
    await sidebar.device(4711).waitFor();
    assert.equal(await rows.count(), 1);
    await page.unroute('**/operations/devices.list');
    await sidebar.root.locator('.aurion-filter').fill('');
    await run('devices.command', { id: 1, status: false });
    await sidebar.device(2).waitFor();
    await sidebar.device(4711).waitFor({ state: 'detached' });
  });

  it('goes on through deploys: with the same home, without one, and with two', async () => {
    const lamp = await Lamp.plugIn(aurion, 2);
    await aurion.deploy(fullBackend());
    await lamp.report({ status: true });
    await inBoth((sidebar) => sidebar.untilSwitched(2, true));
    await aurion.deploy([{ id: 'empty', type: 'tab', label: 'Empty' }]);
    await inBoth(async ({ root }) => {
      await root.getByText(/full-backend/).waitFor();
      await root.locator('.aurion-section').first().waitFor({ state: 'hidden' });
    });
    await lamp.unplug();
    await aurion.deploy([...fullBackend(), await attic()]);
    await inBoth(async ({ root }) => {
      await root.locator('.aurion-homes option').nth(1).waitFor({ state: 'attached' });
    });
    const sidebar = sidebarIn('fr');
    const select = sidebar.root.locator('.aurion-homes');
    assert.deepEqual((await select.locator('option').allTextContents()).sort(), [
      'Grenier (attic)',
      'home',
    ]);
    await select.selectOption('attic');
    await sidebar.root
      .getByText(/attic\/devices\//)
      .first()
      .waitFor();
    await run('devices.create', { name: 'Lanterne', type: 'light', room: 'Toit' }, 'attic');
    await sidebar.root.locator('.aurion-device', { hasText: 'Lanterne' }).waitFor();
    await sidebar.editor.page.reload();
    await sidebar.show();
    await sidebar.root.locator('.aurion-device', { hasText: 'Lanterne' }).waitFor();
    // The other one looks at another home.
    await sidebarIn('en-US').device(2).waitFor();
  });

  async function attic(): Promise<FlowNode> {
    return {
      ...{ id: 'attic-home', type: 'aurion-home', name: 'Grenier', key: 'attic', demo: '0' },
      ...{ basePath: '/attic', wsPath: '/attic-ws', topicPrefix: 'attic' },
      ...{ mqttPort: String(await freePort()), mqttWsPort: '0' },
    };
  }

  it('comes back by itself when Node-RED does, and shows what happened meanwhile', async () => {
    await sidebarIn('en-US').untilSwitched(1, false);
    await aurion.stop();
    await aurion.launch();
    await run('devices.command', { id: 1, status: true });
    await sidebarIn('en-US').untilSwitched(1, true);
    await run('devices.command', { id: 1, status: false });
    await sidebarIn('en-US').untilSwitched(1, false);
    // The other one looks at the attic.
    await run('devices.create', { name: 'Vigie', type: 'light', room: 'Toit' }, 'attic');
    await sidebarIn('fr').root.locator('.aurion-device', { hasText: 'Vigie' }).waitFor();
    // What the browser says of a server that goes: nobody answers, or one that is stopping does.
    const whileItGoes =
      /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|status of (404|503)/;
    for (const { editor } of sidebars.values()) {
      for (const problem of editor.problems.splice(0)) assert.match(problem, whileItGoes);
    }
  });

  it('S26: who may only look sees everything and changes nothing', async () => {
    const user = { name: 'reader', password: READER_PASSWORD };
    const editor = await Editor.signIn(browser!, aurion, { user });
    try {
      const sidebar = await AurionSidebar.open(editor);
      await say('devices/neuf/status', { status: true });
      await sidebar.found('neuf').waitFor();
      const reason = /flows\.write/;
      for (const control of [sidebar.switchOf(1), sidebar.found('neuf').getByRole('button')]) {
        assert.equal(await control.isDisabled(), true);
        assert.match((await control.getAttribute('title')) ?? '', reason);
      }
      const status = await editor.page.evaluate(
        `new Promise((resolve) => $.ajax({
          method: 'POST', url: 'aurion/homes/home/operations/devices.command',
          contentType: 'application/json', data: '{"id":1,"status":true}',
        }).always((a, b, c) => resolve((c && c.status) || a.status)))`,
      );
      // Node-RED's own answer to who lacks a permission.
      assert.equal(status, 401);
      await sidebar.untilSwitched(1, false);
      await editor.page.evaluate(
        `window.hints = [], RED.comms.subscribe('aurion/#', (...hint) => hints.push(hint))`,
      );
      await run('devices.command', { id: 1, status: true });
      await sidebar.untilSwitched(1, true);
      // What every signed-in user hears: that something changed, and no word of what.
      const hints = await editor.page.evaluate<[string, { aspects: HomeAspect[] }][]>('hints');
      assert.ok(hints.some(([topic]) => topic === 'aurion/changed/home'));
      for (const [, { aspects, ...more }] of hints) {
        assert.deepEqual([more, aspects.filter((each) => !HOME_ASPECTS.includes(each))], [{}, []]);
      }
      assert.match(editor.problems.splice(0).join(), /^console: .* 401 /);
    } finally {
      await editor.close();
    }
  });
});
