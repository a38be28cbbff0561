import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { AurionProcess, ROOT } from './support/aurion-process';
import { freePort } from './support/free-port';
import { browserOrSkip } from './support/editor';
import { Lamp } from './support/lamp';

const GUIDE = readFileSync(join(ROOT, 'docs', 'frontend.md'), 'utf8');

function block(language: string): string {
  const [, text] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(GUIDE) ?? [];
  assert.ok(text);
  return text;
}

/** What docs/frontend.md tells people to write, as it stands there. */
describe('docs/frontend.md', () => {
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  let pages: Server | undefined;
  let mqttWsPort: number;
  let lamp: Lamp;
  let token: string;

  before(async () => {
    mqttWsPort = await freePort();
    aurion = await AurionProcess.start({ env: { AURION_MQTT_WS_PORT: String(mqttWsPort) } });
    token = await aurion.register('ama');
    lamp = await Lamp.plugIn(aurion, 1, ({ status, commandId }) => ({ status, commandId }));
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    await aurion.remove();
  });

  it('its page signs in, switches, and sees what others switch', async function () {
    browser = await browserOrSkip(this, 'the page of docs/frontend.md');
    const html = block('html').replace('http://localhost:5000', `http://localhost:${aurion.port}`);
    pages = createServer((_req, res) => res.setHeader('Content-Type', 'text/html').end(html));
    pages.listen(0, 'localhost');
    await once(pages, 'listening');
    const page = await browser.newPage();
    page.setDefaultTimeout(8000);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`http://localhost:${(pages.address() as AddressInfo).port}`);

    await lamp.report({ status: true });
    await page.fill('[name=email]', 'ama@maison.tg');
    await page.fill('[name=password]', 'ama aime la mer');
    await page.click('text=Sign in');
    await page.click('text=Lumière Salon: on');
    await page.waitForSelector('text=Lumière Salon: off');
    assert.equal(lamp.commands.length, 1);
    await lamp.report({ status: true });
    await page.waitForSelector('text=Lumière Salon: on');
    assert.equal(await page.locator('#devices button').count(), 3);

    await lamp.say('offline');
    await page.click('text=Lumière Salon: offline');
    await page.waitForSelector('text=The device is offline');
    // The page lets a refused switch go by; nothing else may have gone wrong.
    assert.deepEqual(problems.splice(0), ['Error: DEVICE_OFFLINE']);

    await lamp.say('online');
    await page.waitForSelector('text=Lumière Salon: on');
    await aurion.stop();
    await aurion.launch();
    await lamp.report({ status: false });
    await page.waitForSelector('text=Lumière Salon: off');
  });

  it('its MQTT client hears a device, with a person’s token', async () => {
    const script = block('js').replace('9001', String(mqttWsPort));
    const heard = new Promise((resolve) => {
      const print = { log: (topic: string, message: unknown) => resolve([topic, message]) };
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is our own documentation
      const run = new Function('mqtt', 'token', 'console', `${script}; return client;`) as (
        ...given: unknown[]
      ) => mqtt.MqttClient;
      const client = run(mqtt, token, print);
      aurion.onRemove.push(() => client.endAsync(true));
      client.on('packetreceive', ({ cmd }) => {
        if (cmd === 'suback') void lamp.report({ status: true });
      });
    });
    assert.deepEqual(await heard, ['aurion/devices/1/status', { status: true }]);
  });
});
