#!/usr/bin/env node
import { once } from 'node:events';
import {
  copyFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  symlinkSync,
  rmSync,
  lstatSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import RED from 'node-red';
import { packageRoot } from '../nodes/runtime/package';
import { Homes } from '../nodes/runtime/homes';
import { createHomeLogger } from '../nodes/runtime/home-log';
import { createLastAnswer } from '../src/adapters/http/last-answer';
import { prepareStart, type DefaultStart, type Environment } from './settings';

/** `npm start`: a Node-RED with the full-backend flow on the embedded defaults. */

const STOP_WITHIN_MS = 9000;

type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

async function main(): Promise<void> {
  // Node-RED writes flows, the editor's sessions and contexts as its process may: for the owner alone.
  process.umask(0o077);
  const start = prepareStart(process.env);
  installInto(start.userDir);
  // Node-RED's own app is the root, since its `http in` reaches into its parent as Express 4 is built.
  const last = createLastAnswer(createHomeLogger(RED as never, 'http'), start.language);
  const server = createServer((req, res) => {
    const app = RED.httpNode as unknown as Middleware;
    app(req, res, (error) => last.answer(req, res, error));
  });
  RED.init(server, start.nodeRed as never);
  RED.httpNode.use('/admin', RED.httpAdmin);
  await listen(server, start);
  stopOnSignals(server);
  const flowsStarted = once(RED.events, 'flows:started');
  await RED.start();
  await flowsStarted;
  await Homes.of(RED as never).started();
  tell(start);
}

/** Makes this package and its flow known to the Node-RED of a user directory. */
function installInto(userDir: string): void {
  const modules = join(userDir, 'node_modules');
  mkdirSync(modules, { recursive: true });
  const link = join(modules, 'node-red-contrib-aurion');
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(link);
  if (!existsSync(link)) symlinkSync(packageRoot(), link, 'junction');
  const flows = join(userDir, 'flows.json');
  if (existsSync(flows)) return;
  copyFileSync(join(packageRoot(), 'examples', 'full-backend.json'), flows);
  chmodSync(flows, 0o600);
}

function listen(
  server: ReturnType<typeof createServer>,
  { host, port }: DefaultStart,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function stopOnSignals(server: ReturnType<typeof createServer>): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    stopAll(server).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

async function stopAll(server: ReturnType<typeof createServer>): Promise<void> {
  server.close();
  await RED.stop();
  await Homes.of(RED as never).stopAll();
  server.closeIdleConnections();
}

/** Where everything is. What lets somebody in is shown once, and only to somebody who looks at a terminal. */
function tell({ host, port, waysIn, waysInPath, isNew, userDir }: DefaultStart): void {
  const at = `http://${host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host}:${port}`;
  const lines = [
    '',
    `Aurion is up. Data: ${userDir}`,
    `  REST API       ${at}/api   (${apiPage(at)})`,
    `  WebSocket      ${at.replace('http', 'ws')}/ws`,
    `  Node-RED       ${at}/admin   (user admin)`,
    `  MQTT           ${mqttAddress(process.env)}   (user ${waysIn.mqttUsername})`,
    '',
  ];
  if (isNew && process.stdout.isTTY) {
    lines.push(
      'Made for you, shown once:',
      `  editor password   ${waysIn.editorPassword}`,
      `  MQTT password     ${waysIn.mqttPassword}`,
      `  setup code        ${waysIn.setupCode}   (to make the first account from another machine)`,
      '',
    );
  }
  lines.push(`Passwords and setup code are kept in ${waysInPath}`, '');
  console.log(lines.join('\n'));
}

/** Where one reads what the API can do. */
function apiPage(at: string): string {
  const isOff = /^(0|off|false)$/.test(process.env['AURION_DOCS'] ?? '');
  return isOff ? `OpenAPI: ${at}/api/openapi.json` : `docs: ${at}/api/docs`;
}

/** Where the broker is, without what its URL may say of passwords. */
function mqttAddress(env: Environment): string {
  const outside = env['AURION_MQTT_URL'];
  if (!outside) return `mqtt://localhost:${env['AURION_MQTT_PORT'] ?? '1883'}`;
  return URL.canParse(outside) ? new URL(outside).host : 'AURION_MQTT_URL';
}

main().catch((error: unknown) => {
  console.error(`Aurion did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
