import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { fullBackend, ROOT, temporaryFolder } from './support/aurion-process';
import { freePort } from './support/free-port';

/** A Node-RED of somebody's own, with what its settings file may say of HTTP. */
describe('in a Node-RED whose settings file', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(settings: object): Promise<{ port: number; log: string[] }> {
    const userDir = temporaryFolder();
    ends.push(() => rm(userDir, { recursive: true, force: true }));
    mkdirSync(join(userDir, 'node_modules'));
    symlinkSync(ROOT, join(userDir, 'node_modules', 'node-red-contrib-aurion'), 'junction');
    writeFileSync(join(userDir, 'flows.json'), JSON.stringify(fullBackend()));
    const [port, mqttPort] = [await freePort(), await freePort()];
    const all = { uiHost: '127.0.0.1', uiPort: port, flowFile: 'flows.json', ...settings };
    writeFileSync(join(userDir, 'settings.js'), `module.exports = ${JSON.stringify(all)};`);
    const nodeRed: ChildProcess = spawn(
      process.execPath,
      [join(ROOT, 'node_modules', 'node-red', 'red.js'), '--userDir', userDir],
      {
        env: {
          PATH: process.env['PATH'] ?? '',
          AURION_MQTT_PORT: String(mqttPort),
          AURION_MQTT_WS_PORT: '0',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    ends.push(async () => {
      const exit = once(nodeRed, 'exit');
      nodeRed.kill();
      await exit;
    });
    const log: string[] = [];
    const lines = createInterface({ input: nodeRed.stdout! });
    lines.on('line', (line) => log.push(line));
    while (!log.some((line) => line.includes('Running: '))) await once(lines, 'line');
    return { port, log };
  }

  it('moves what flows serve, everything of a home is there: REST, WebSocket, docs, and what the log says', async () => {
    const { port, log } = await start({ httpNodeRoot: '/red/' });
    const at = `http://127.0.0.1:${port}`;
    const openApi = (await (await fetch(`${at}/red/api/openapi.json`)).json()) as {
      servers: unknown;
    };
    assert.deepEqual(openApi.servers, [{ url: '/red/api' }]);
    assert.equal((await fetch(`${at}/red/api/docs`)).status, 200);
    assert.equal((await fetch(`${at}/api/health/live`)).status, 404);
    assert.match(
      log.find((line) => line.includes('Running: ')) ?? '',
      /REST at \/red\/api \(documented at \/red\/api\/docs\), WebSocket at \/red\/ws,/,
    );
    // Where it was before is where some clients still go.
    for (const path of ['/red/ws', '/red/ws/', '/ws']) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
      await once(socket, 'open');
      socket.terminate();
    }
  });

  it('asks for a password of its own before every request: says so, and what to do', async () => {
    const { port, log } = await start({ httpNodeAuth: { user: 'ama', pass: '$2b$04$x' } });
    assert.equal((await fetch(`http://127.0.0.1:${port}/api/health/live`)).status, 401);
    const warnings = log.filter((line) => line.includes('httpNodeAuth'));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /\[warn\] \[aurion-home:.*Remove httpNodeAuth/);
  });

  it('lets other nodes have upgrades of their own: theirs is never touched', async () => {
    const { port } = await start({ inboundWebSocketTimeout: 1500 });
    const socket = createConnection(port, '127.0.0.1');
    socket.write(
      'GET /theirs HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    // Node-RED itself ends in silence what nobody took in its time.
    assert.equal(await text(socket), '');
  });
});
