import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import type { Browser, Page } from 'playwright-core';
import { WebSocket } from 'ws';
import {
  AurionClientError,
  createAurionClient,
  type AurionClient,
  type Device,
  type Live,
} from '../client/index';
import { AurionProcess, ROOT } from './support/aurion-process';
import { browserOrSkip } from './support/editor';
import { Lamp } from './support/lamp';
import { tap } from './support/tap';

const AMA = { email: 'ama@maison.tg', password: 'ama aime la mer' };

function refusal(code: string, status: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AurionClientError, String(error));
    assert.deepEqual([error.code, error.status], [code, status]);
    assert.match(error.requestId ?? '', /^[\w-]{36}$/);
    return true;
  };
}

describe('the client in Node', () => {
  let aurion: AurionProcess;
  let lamp: Lamp;
  const lives: Live[] = [];
  before(async () => {
    aurion = await AurionProcess.start();
    await aurion.register('ama');
    lamp = await Lamp.plugIn(aurion, 1);
    await lamp.report({ status: true });
  });
  after(async () => {
    for (const live of lives) live.close();
    await aurion.remove();
  });

  const open = (options: Partial<Parameters<typeof createAurionClient>[0]> = {}): AurionClient =>
    createAurionClient({ baseUrl: aurion.api, language: 'en', WebSocket, ...options });

  it('is the package’s, by import and by require', () => {
    const use = `createAurionClient({ baseUrl: '${aurion.api}' }).auth.login(${JSON.stringify(AMA)}).then(({ user }) => console.log(user.name))`;
    const run = (type: string, take: string): string =>
      execFileSync(process.execPath, [`--input-type=${type}`, '-e', `${take}; ${use}`], {
        cwd: ROOT,
        encoding: 'utf8',
      });
    const name = 'node-red-contrib-aurion/client';
    assert.equal(run('module', `import { createAurionClient } from '${name}'`), 'ama\n');
    assert.equal(run('commonjs', `const { createAurionClient } = require('${name}')`), 'ama\n');
  });

  it('signs in, lists, switches; a header field is part of the input', async () => {
    const client = open();
    const { user } = await client.auth.login(AMA);
    assert.equal(user.role, 'admin');
    const devices = await client.devices.list({ room: 'Salon' });
    assert.deepEqual(
      devices.map(({ id }) => id),
      [1, 3],
    );
    const before = lamp.commands.length;
    const first = await client.devices.toggle({ id: 1, idempotencyKey: 'client-1' });
    assert.deepEqual(await client.devices.toggle({ id: 1, idempotencyKey: 'client-1' }), first);
    assert.equal(first.status, false);
    assert.equal((await client.devices.command({ id: 1, status: true })).status, true);
    assert.equal(lamp.commands.length, before + 2);
    const made = await client.devices.create({ name: 'Lampe', type: 'light', room: 'Cour' });
    await client.devices.delete({ id: made.id });
    await assert.rejects(client.devices.get({ id: made.id }), refusal('DEVICE_NOT_FOUND', 404));
    await client.auth.logout();
    await assert.rejects(client.devices.list(), refusal('TOKEN_MISSING', 401));
  });

  it('says what went wrong: code, status, details, in the language asked for', async () => {
    const client = open();
    await assert.rejects(client.auth.login({ ...AMA, password: 'non' }), (error) => {
      refusal('CREDENTIALS_WRONG', 401)(error);
      assert.equal((error as Error).message, 'Wrong e-mail or password');
      return true;
    });
    await client.auth.login(AMA);
    await assert.rejects(client.devices.get({ id: 999 }), refusal('DEVICE_NOT_FOUND', 404));
    await assert.rejects(
      client.devices.create({ name: '', type: 'light', room: 'Cour' }),
      (error) => {
        refusal('INPUT_INVALID', 400)(error);
        assert.deepEqual(
          (error as AurionClientError).details.map(({ path }) => path),
          ['name'],
        );
        return true;
      },
    );
    await assert.rejects(open({ baseUrl: 'http://127.0.0.1:1/api', clock: HASTY }).devices.list(), {
      name: 'AurionNetworkError',
      code: 'NETWORK_FAILED',
    });
  });

  it('S4: after its session was ended, asks to sign in once for all that waits, and goes on, live too', async () => {
    let asked = 0;
    const client = open({
      onSignInNeeded: async () => {
        asked++;
        await client.auth.login(AMA);
      },
    });
    await client.auth.login(AMA);
    const live = client.live();
    lives.push(live);
    const states: string[] = [];
    live.on('state', (state) => states.push(state));
    await until(() => states.includes('ready'));
    const other = open();
    await other.auth.login(AMA);
    await other.auth.logoutAll();
    const lists = await Promise.all([
      client.devices.list(),
      client.auth.me(),
      client.devices.list(),
    ]);
    assert.equal(lists[1].name, 'ama');
    assert.equal(asked, 1);
    await until(() => states.filter((state) => state === 'ready').length === 2);
    assert.equal(asked, 1);
    await client.auth.logout();
    await until(() => live.state === 'signed-out');
    assert.equal(asked, 1, 'who signs out is not asked to sign in');
  });

  it('M8: a switch whose answer was lost is asked for again, and switched once', async () => {
    const line = await tap(aurion.port);
    await lamp.unplug();
    lamp = await Lamp.plugIn(aurion, 1, ({ status, commandId }) => {
      line.close();
      setTimeout(() => line.open(), 200);
      return { status, commandId };
    });
    const client = open({ baseUrl: `http://127.0.0.1:${line.port}/api` });
    await client.auth.login(AMA);
    const before = (await client.devices.get({ id: 1 })).status;
    const { status } = await client.devices.toggle({ id: 1 });
    assert.equal(status, !before);
    assert.equal(lamp.commands.length, 1);
  });
});

/** Runs at once what would only wait. */
const HASTY = {
  schedule: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs >= 30_000 ? delayMs : 0);
    return { cancel: () => clearTimeout(timer) };
  },
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

/** What the page noted, in its order. */
type Noted = { event: number } | { load: number } | { reset: true } | { state: string };

const PAGE = (api: string): string => `<!doctype html><meta charset="utf-8"><script type="module">
  import { createAurionClient, webStorage } from './client/index.js';
  const aurion = createAurionClient({ baseUrl: '${api}', storage: webStorage(localStorage) });
  const noted = [];
  Object.assign(window, { aurion, noted, start() {
    const live = aurion.live({
      events: ['device.status'],
      load: async () => noted.push({ load: (await aurion.devices.get({ id: 1 })).power }),
    });
    live.on('device.status', ({ id, power }) => id === 1 && noted.push({ event: power }));
    live.on('reset', () => noted.push({ reset: true }));
    live.on('state', (state) => noted.push({ state }));
    window.live = live;
  } });
</script>`;

describe('the client in Chromium', () => {
  let browser: Browser | undefined;
  let aurion: AurionProcess;
  let lamp: Lamp;
  let site: Server;
  /** What the page talks to. */
  let apiPort = 0;
  let power = 0;

  before(async function () {
    browser = await browserOrSkip(this, 'the client in a browser');
    aurion = await AurionProcess.start();
    await aurion.register('ama');
    lamp = await Lamp.plugIn(aurion, 1);
    await lamp.report({ status: true, power });
    site = createServer(({ url = '/' }, res) => {
      const name = /^\/client\/(\w+\.js)$/.exec(url)?.[1];
      const folder = join(ROOT, 'dist', 'client');
      const isScript = name !== undefined && readdirSync(folder).includes(name);
      res.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      if (isScript) res.end(readFileSync(join(folder, name)));
      else res.end(PAGE(`http://127.0.0.1:${apiPort}/api`));
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
  });
  after(async () => {
    // Not there when the tests were skipped.
    if (!browser) return;
    await browser.close();
    site.close();
    await aurion.remove();
  });

  async function openPage(port: number): Promise<Page> {
    apiPort = port;
    const page = await browser!.newPage();
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.waitForFunction('window.aurion');
    await page.evaluate(`aurion.auth.login(${JSON.stringify(AMA)})`);
    await page.evaluate('start()');
    await page.waitForFunction('noted.some(({ load }) => load !== undefined)');
    return page;
  }

  const notes = (page: Page): Promise<Noted[]> => page.evaluate('noted');
  const report = (): Promise<void> => lamp.report({ status: true, power: ++power });
  const untilShown = (page: Page, watts: number): Promise<unknown> =>
    page.waitForFunction(
      (wanted) =>
        (window as unknown as { noted: { event?: number; load?: number }[] }).noted.some(
          ({ event = -1, load = -1 }) => Math.max(event, load) >= wanted,
        ),
      watts,
    );

  /** Fails if an event came twice or out of order, or if one is missing that no load made up for. */
  function judge(noted: readonly Noted[], upTo: number): void {
    let lastEvent = -1;
    let known = -1;
    for (const note of noted) {
      if ('load' in note) known = Math.max(known, note.load);
      if (!('event' in note)) continue;
      assert.ok(note.event > lastEvent, `${note.event} after ${lastEvent}`);
      assert.ok(note.event <= known + 1, `${known} to ${note.event}: missed`);
      lastEvent = note.event;
      known = Math.max(known, note.event);
    }
    assert.equal(known, upTo);
  }

  it('signs in from another origin, stays signed in when loaded anew, and switches', async () => {
    const page = await openPage(aurion.port);
    await page.reload();
    await page.waitForFunction('window.aurion');
    const before = await page.evaluate<Device>('aurion.devices.get({ id: 1 })');
    const after = await page.evaluate<Device>('aurion.devices.toggle({ id: 1 })');
    assert.equal(after.status, !before.status);
    assert.equal(
      await page.evaluate(
        'aurion.devices.get({ id: 999 }).catch(({ name, code, status }) => name + code + status)',
      ),
      'AurionClientErrorDEVICE_NOT_FOUND404',
    );
    await page.close();
  });

  it('F3, F11: over a stop and a kill of Aurion no event is missed or doubled, and each time reset is told once', async () => {
    const page = await openPage(aurion.port);
    let running = true;
    const driving = (async () => {
      while (running) {
        await report();
        await delay(5);
      }
    })();
    const resets = 'noted.filter(({ reset }) => reset).length';
    for (const [index, signal] of (['SIGTERM', 'SIGKILL'] as const).entries()) {
      await untilShown(page, power + 20);
      await aurion.stop(signal);
      await aurion.launch();
      await page.waitForFunction(`${resets} === ${index + 1}`);
    }
    await untilShown(page, power + 20);
    running = false;
    await driving;
    await untilShown(page, power);
    const noted = await notes(page);
    judge(noted, power);
    assert.equal(await page.evaluate(resets), 2);
    assert.equal(noted.filter((note) => 'load' in note).length, 3);
    await page.evaluate('live.close()');
    assert.equal(await page.evaluate('live.state'), 'closed');
    await page.close();
  });

  it('over a cut of the network each event comes exactly once, without a reset', async () => {
    const line = await tap(aurion.port);
    const page = await openPage(line.port);
    for (let cut = 0; cut < 3; cut++) {
      for (let i = 0; i < 20; i++) {
        await report();
        if (i === 10) line.close();
      }
      line.open();
      await untilShown(page, power);
    }
    const noted = await notes(page);
    judge(noted, power);
    assert.deepEqual(
      noted.flatMap((note) => ('event' in note ? [note.event] : [])),
      Array.from({ length: 60 }, (_, i) => power - 59 + i),
    );
    assert.ok(!noted.some((note) => 'reset' in note));
    await page.close();
  });
});
