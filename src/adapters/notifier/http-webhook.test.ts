import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import { createHttpWebhook, isPublic } from './http-webhook';

describe('the webhook', () => {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  async function serve(answer: RequestListener): Promise<number> {
    const server = createServer(answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  async function bodyOf(req: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of req) text += String(chunk);
    return text;
  }

  it('posts JSON to a host that is allowed by name', async () => {
    const heard: unknown[] = [];
    const port = await serve((req, res) => {
      void bodyOf(req).then((body) => {
        heard.push([req.method, req.url, req.headers['content-type'], JSON.parse(body)]);
        res.writeHead(204).end();
      });
    });
    const webhook = createHttpWebhook({ allowedHosts: ['localhost'] });
    await webhook.post(`http://localhost:${port}/send?k=1`, { message: 'Fumée', alertId: 1 });
    assert.deepEqual(heard, [
      ['POST', '/send?k=1', 'application/json; charset=utf-8', { message: 'Fumée', alertId: 1 }],
    ]);
  });

  for (const url of [
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.1:PORT/',
    'http://0.0.0.0:PORT/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://[64:ff9b::7f00:1]/',
  ]) {
    it(`S23: ${url} is refused, and nothing is connected to`, async () => {
      let requests = 0;
      const port = await serve((_req, res) => {
        requests += 1;
        res.end();
      });
      const webhook = createHttpWebhook({ allowedHosts: [], timeoutMs: 2000 });
      const address = url.replace('PORT', String(port));
      await assert.rejects(webhook.post(address, {}), { code: 'ADDRESS_FORBIDDEN' });
      assert.equal(requests, 0);
    });
  }

  it('S23: a name that resolves to a private address, among public ones too, is refused', async () => {
    const resolve = () => Promise.resolve(['93.184.216.34', '127.0.0.1']);
    const webhook = createHttpWebhook({ allowedHosts: [], resolve });
    await assert.rejects(webhook.post('http://rebind.example/', {}), { code: 'ADDRESS_FORBIDDEN' });
  });

  it('S23: the address that was checked is the one connected to: a name is looked up once', async () => {
    let lookups = 0;
    const port = await serve((_req, res) => res.end());
    const resolve = () => {
      lookups += 1;
      return Promise.resolve(['127.0.0.1']);
    };
    const webhook = createHttpWebhook({ allowedHosts: ['only.here.invalid'], resolve });
    await webhook.post(`http://only.here.invalid:${port}/`, {});
    assert.equal(lookups, 1);
  });

  it('S23: a redirect is not followed', async () => {
    let followed = false;
    const inside = await serve((_req, res) => {
      followed = true;
      res.end();
    });
    const port = await serve((_req, res) =>
      res.writeHead(307, { location: `http://127.0.0.1:${inside}/` }).end(),
    );
    const webhook = createHttpWebhook({ allowedHosts: ['localhost'] });
    await assert.rejects(webhook.post(`http://localhost:${port}/`, {}), /answered 307/);
    assert.ok(!followed);
  });

  it('F12: one that hangs, before or behind its name, is given up', async () => {
    const port = await serve(() => undefined);
    const hung = createHttpWebhook({ allowedHosts: ['localhost'], timeoutMs: 100 });
    await assert.rejects(hung.post(`http://localhost:${port}/`, {}), /no answer in time/);
    const resolve = () => new Promise<never>(() => undefined);
    const nameless = createHttpWebhook({ allowedHosts: [], timeoutMs: 100, resolve });
    await assert.rejects(nameless.post('http://slow.example/', {}), /no answer in time/);
  });

  it('an answer without end does no harm', async () => {
    const port = await serve((_req, res) => {
      res.writeHead(200);
      const more = setInterval(() => res.write('x'.repeat(60_000)), 1);
      res.on('close', () => clearInterval(more));
    });
    const webhook = createHttpWebhook({ allowedHosts: ['localhost'], timeoutMs: 2000 });
    await webhook.post(`http://localhost:${port}/`, {});
  });

  it('knows public addresses', () => {
    for (const address of ['93.184.216.34', '2606:2800:220:1::1']) assert.ok(isPublic(address));
    for (const address of ['224.0.0.1', '255.255.255.255', '2002:7f00:1::', '::', 'x']) {
      assert.ok(!isPublic(address), address);
    }
  });
});
