import assert from 'node:assert/strict';
import { createServer, request, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Page } from 'playwright-core';
import { OPERATIONS } from '../src/operations/registry';
import { AurionProcess } from './support/aurion-process';
import { authorise, tryOut } from './support/docs-page';
import { browserOrSkip } from './support/editor';

/** The docs page as people use it, in a real browser. */
describe('the docs page in a browser', () => {
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  let proxy: Server | undefined;
  let token: string;
  const problems: string[] = [];
  const elsewhere: string[] = [];

  before(async function () {
    browser = await browserOrSkip(this, 'the docs page');
    aurion = await AurionProcess.start();
    token = await aurion.register('ama');
  });
  afterEach(() => {
    assert.deepEqual(problems.splice(0), []);
    assert.deepEqual(elsewhere.splice(0), []);
  });
  after(async () => {
    await browser?.close();
    proxy?.close();
    await (aurion as AurionProcess | undefined)?.remove();
  });

  async function open(url: string, locale = 'en-US'): Promise<Page> {
    const page = await browser!.newPage({ locale });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (sent) => {
      if (!/^(http:\/\/127\.0\.0\.1|data:)/.test(sent.url())) elsewhere.push(sent.url());
    });
    await page.goto(url);
    await page.locator('.opblock').first().waitFor();
    return page;
  }

  it('shows every operation, without an error, and asks nothing of the world', async () => {
    const page = await open(`${aurion.api}/docs`);
    // Operations, and the pages beside them: OpenAPI, live, ready, metrics.
    assert.equal(await page.locator('.opblock').count(), OPERATIONS.length + 4);
    await page.close();
  });

  it('tries an operation with a token, and still has it after a reload', async () => {
    const page = await open(`${aurion.api}/docs`);
    await authorise(page, token);
    const first = await tryOut(page, 'devices.list');
    assert.match(first.answer, /"name": "Lumière Salon"/);
    assert.equal(first.url, `${aurion.api}/devices`);
    await page.reload();
    assert.match((await tryOut(page, 'devices.list')).answer, /"name": "Lumière Salon"/);
    await page.close();
  });

  it('speaks the browser’s language, or the one that was chosen, also where something is tried', async () => {
    const summary = (page: Page) =>
      page.locator('.opblock[id$="devices\\\\.toggle"] .opblock-summary-description').innerText();
    const language = (page: Page) => page.locator('html').getAttribute('lang');
    const english = await open(`${aurion.api}/docs`);
    assert.equal(await language(english), 'en');
    assert.equal(await summary(english), 'Switches a device on or off');
    await english.close();

    const page = await open(`${aurion.api}/docs`, 'fr');
    assert.equal(await language(page), 'fr');
    assert.equal(await summary(page), 'Allume ou éteint un appareil');
    assert.match((await tryOut(page, 'devices.list')).answer, /"message": "Token manquant"/);
    await page.getByRole('link', { name: 'English' }).click();
    await page.locator('.opblock').first().waitFor();
    assert.equal(await summary(page), 'Switches a device on or off');
    assert.match((await tryOut(page, 'devices.list')).answer, /"message": "Token missing"/);
    await page.close();
    // The browser tells that what was tried without a token was refused.
    problems.splice(0);
  });

  it('works behind a proxy that puts a prefix before everything', async () => {
    const prefix = '/maison/1';
    proxy = createServer((req, res) => {
      const path = (req.url ?? '').slice(prefix.length);
      const { method, headers } = req;
      const onward = request({ port: aurion.port, host: '127.0.0.1', path, method, headers });
      onward.on('response', (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      });
      onward.on('error', () => res.destroy());
      req.pipe(onward);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const outside = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${prefix}/api`;
    const page = await open(`${outside}/docs/`);
    assert.equal(page.url(), `${outside}/docs`);
    await authorise(page, token);
    const { answer, url } = await tryOut(page, 'devices.list');
    assert.match(answer, /"name": "Lumière Salon"/);
    assert.equal(url, `${outside}/devices`);
    await page.close();
  });
});
