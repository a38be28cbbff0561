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
import { refuseUpgradesNobodyTakes } from '../nodes/runtime/upgrades';
import { portProblem } from '../src/adapters/broker/port-verdict';
import { errnoOf } from '../src/adapters/files/files';
import { createLastAnswer } from '../src/adapters/http/last-answer';
import { banner } from './banner';
import { isForFrontPage, showFrontPage, type FrontPagePlaces } from './front-page';
import { prepareStart, type DefaultStart } from './settings';

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
  let started = false;
  const areFlowsThere = () => started && Homes.of(RED as never).areFlowsThere;
  const logger = createHomeLogger(RED as never, 'http');
  const last = createLastAnswer(logger, start.language, areFlowsThere);
  const server = createServer((req, res) => {
    const app = RED.httpNode as unknown as Middleware;
    app(req, res, (error) => {
      // After every flow: their own page at the root wins.
      if (!error && !res.headersSent && areFlowsThere() && isForFrontPage(req)) {
        showFrontPage(req, res, places(), start.language);
      } else last.answer(req, res, error);
    });
  });
  RED.init(server, start.nodeRed as never);
  RED.httpNode.use('/admin', RED.httpAdmin);
  refuseUpgradesNobodyTakes(server, () => (areFlowsThere() ? 404 : 503));
  await listen(server, start);
  stopOnSignals(server);
  const flowsStarted = once(RED.events, 'flows:started');
  await RED.start();
  await flowsStarted;
  started = true;
  await Homes.of(RED as never).started();
  assertStoresAreOurs();
  await tell(start);
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

function listen(server: ReturnType<typeof createServer>, start: DefaultStart): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenProblem(error, start)));
    server.listen(start.port, start.host, resolve);
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

function places(): FrontPagePlaces {
  const [settings] = Homes.of(RED as never)
    .all()
    .map(({ home }) => home.settings);
  const { basePath = null, docs = false } = settings ?? {};
  return {
    docs: basePath !== null && docs ? `${basePath}/docs` : null,
    editor: '/admin',
    ready: basePath === null ? null : `${basePath}/health/ready`,
  };
}

/** What is up and where, and what is not. What lets somebody in is shown once, and only to somebody who looks at a terminal. */
async function tell(start: DefaultStart): Promise<void> {
  const homes = Homes.of(RED as never);
  const shown = homes.all().map(async ({ home }) => ({
    settings: home.settings,
    health: home.healthReport,
    problems: home.problemTexts,
    isEmpty: await home.isEmpty().catch(() => null),
  }));
  console.log(
    banner({
      start,
      homes: await Promise.all(shown),
      refusals: homes.refusals.map(({ message }) => message),
      showWaysIn: start.isNew && process.stdout.isTTY,
    }),
  );
}

/** @throws Error if another process has the store of a home: two can't serve it, and this one never will while that lives */
function assertStoresAreOurs(): void {
  for (const { home } of Homes.of(RED as never).all()) {
    const { error } = home.healthReport.parts.store;
    if (error?.code !== 'STORE_LOCKED') continue;
    throw new Error(`${error.message}. Stop that one, or choose another folder by AURION_DATA`, {
      cause: error,
    });
  }
}

/** Node's own words name an address, not what to do. */
function listenProblem(error: unknown, { host, port }: DefaultStart): Error {
  const problem = portProblem(errnoOf(error), { host, port });
  if (!problem) return error as Error;
  const hint = 'HOST and PORT choose another place';
  return new Error(
    errnoOf(error) === 'EADDRINUSE'
      ? `another program has port ${port} (an Aurion that runs already? On macOS, AirPlay has 5000). ${hint}`
      : `${problem.en}. ${hint}`,
    { cause: error },
  );
}

main().catch((error: unknown) => {
  console.error(`Aurion did not start: ${error instanceof Error ? error.message : String(error)}`);
  // What has opened by now is given back; whatever that runs into, this ends.
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  void Promise.resolve(RED.stop() as unknown)
    .then(() => Homes.of(RED as never).stopAll())
    .catch(() => undefined)
    .finally(() => process.exit(1));
});
