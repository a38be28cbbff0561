import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { AurionProcess, fullBackend } from './support/aurion-process';

/** The default start from its first moment on, and what nobody in it answers. */
describe('while Aurion starts', () => {
  let aurion: AurionProcess | undefined;
  afterEach(async () => {
    await aurion?.remove();
    aurion = undefined;
  });

  /** Asks for these until the work is done. @returns each answer that was another than the one before, by path */
  async function watch(paths: readonly string[], work: Promise<unknown>) {
    let isDone = false;
    const ends = work.finally(() => (isDone = true));
    const seen = new Map(paths.map((path) => [path, [] as string[]]));
    const asking = paths.map(async (path) => {
      const answers = seen.get(path) ?? [];
      for (let isLast = false; !isLast;) {
        isLast = isDone;
        // A deploy can leave a request to Node-RED's own `http in` without an answer.
        const signal = AbortSignal.timeout(2000);
        const url = `http://127.0.0.1:${aurion!.port}${path}`;
        const answer = await fetch(url, { signal }).catch(() => null);
        // Nobody listens yet.
        if (!answer) continue;
        await answer.arrayBuffer();
        const retry = answer.headers.has('retry-after') ? ' retry' : '';
        const now = `${answer.status}${retry}`;
        if (answers.at(-1) !== now) answers.push(now);
      }
    });
    await Promise.all([ends, ...asking]);
    return seen;
  }

  it('E10: what is not there yet is 503 with Retry-After, and 404 only what never comes', async () => {
    aurion = await AurionProcess.prepare();
    const paths = [
      '/api/health/ready',
      '/api/health/live',
      '/api/devices',
      '/api/nothing',
      '/mine',
    ];
    const seen = await watch(paths, aurion.launch());
    assert.deepEqual(seen.get('/api/health/ready'), ['503 retry', '200']);
    assert.deepEqual(seen.get('/api/health/live'), ['200']);
    assert.deepEqual(seen.get('/api/devices'), ['503 retry', '401']);
    assert.deepEqual(seen.get('/api/nothing'), ['503 retry', '404']);
    assert.deepEqual(seen.get('/mine'), ['503 retry', '404']);
  });

  it('F7: a flow’s own page is 503 while it is deployed, and never 404', async () => {
    const page = [
      { id: 'tab', type: 'tab', label: 'Mine' },
      { ...{ id: 'in', type: 'http in', z: 'tab', url: '/mine', method: 'get' }, wires: [['out']] },
      { id: 'out', type: 'http response', z: 'tab', statusCode: '200', wires: [] },
    ];
    aurion = await AurionProcess.start({ flows: [...fullBackend(), ...page] });
    const deploys = (async () => {
      for (let i = 0; i < 5; i += 1) await aurion.deploy(await aurion.flows());
    })();
    const seen = (await watch(['/mine'], deploys)).get('/mine') ?? [];
    assert.deepEqual(
      seen.filter((answer) => answer !== '200' && answer !== '503 retry'),
      [],
    );
  });

  it('S13: an upgrade goes to /ws with or without a slash at its end; what nobody takes is 404 at once', async () => {
    const listener = [
      { id: 'tab', type: 'tab', label: 'Mine' },
      { id: 'mine', type: 'websocket-listener', path: '/mine', wholemsg: 'false' },
      { ...{ id: 'in', type: 'websocket in', z: 'tab', server: 'mine', client: '' }, wires: [[]] },
    ];
    aurion = await AurionProcess.start({ flows: [...fullBackend(), ...listener] });
    const { port } = aurion;
    for (const path of ['/ws', '/ws/', '/ws/?x=1', '/mine', '/admin/comms']) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
      await once(socket, 'open');
      // Whoever took it still has it.
      socket.ping();
      await once(socket, 'pong');
      socket.terminate();
    }
    for (const path of ['/', '/foo', '/wsx', '/ws/x', '/api/ws']) {
      const socket = createConnection(port, '127.0.0.1');
      const since = performance.now();
      socket.write(
        [
          `GET ${path} HTTP/1.1`,
          ...['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'],
          ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''],
        ].join('\r\n'),
      );
      assert.match(await text(socket), /^HTTP\/1\.1 404 /, path);
      // Node-RED itself cuts off, in silence, after 5 s.
      assert.ok(performance.now() - since < 4000, path);
    }
  });

  it('shows a browser at / what is where, in its language, and lets a flow’s own page win', async () => {
    aurion = await AurionProcess.start();
    const root = `http://127.0.0.1:${aurion.port}/`;
    const visit = (headers: Record<string, string>) =>
      fetch(root, { headers: { accept: 'text/html,*/*;q=0.8', ...headers } });
    const page = await visit({});
    assert.equal(page.headers.get('content-security-policy')?.includes("default-src 'none'"), true);
    const french = await page.text();
    assert.match(french, /<html lang="fr">/);
    const links = [...french.matchAll(/href="([^"]+)"/g)].map(([, path]) => path);
    assert.deepEqual(links, ['/api/docs', '/admin', '/api/health/ready']);
    for (const link of links) {
      assert.equal((await fetch(new URL(link, root))).status, 200, link);
    }
    assert.match(await (await visit({ 'accept-language': 'en' })).text(), /<html lang="en">/);
    // A program that asks for whatever there is hears that nothing is.
    assert.equal((await fetch(root)).status, 404);
    await aurion.deploy([
      ...(await aurion.flows()),
      { id: 'tab', type: 'tab', label: 'Mine' },
      { ...{ id: 'in', type: 'http in', z: 'tab', url: '/', method: 'get' }, wires: [['my']] },
      { ...{ id: 'my', type: 'template', z: 'tab', template: 'mine' }, wires: [['out']] },
      { id: 'out', type: 'http response', z: 'tab', statusCode: '200', wires: [] },
    ]);
    assert.equal(await (await visit({})).text(), 'mine');
  });
});
