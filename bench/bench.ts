import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AurionProcess } from '../test/support/aurion-process';
import { Lamp } from '../test/support/lamp';
import { energyStore } from './energy-store';
import { ingest } from './ingest';
import { Load } from './load';
import { median, spread } from './quantile';

const ROUNDS = 9;
const ROUND_MS = 750;
const WARM_UP_MS = 2000;
const CONNECTIONS = 16;
const HOMES = [3, 200];
const LAMPS = 10;
const TOGGLES_A_SECOND = 50;
const TOGGLES = TOGGLES_A_SECOND * 5;

interface Device {
  readonly id: number;
}

interface Server {
  readonly name: string;
  readonly load: Load;
  cpuMicros(): Promise<number>;
}

interface Round {
  /** µs of the server's CPU for one request. */
  readonly cpu: number;
  readonly perSecond: number;
}

/** The hand-written server Aurion is measured beside, as its own process. */
class ExpressSample {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly token: string,
  ) {}

  static async start(): Promise<ExpressSample> {
    const child = fork(join(__dirname, 'express-sample.ts'), {
      execArgv: ['-r', 'ts-node/register'],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    const [{ port, token }] = (await once(child, 'message')) as [{ port: number; token: string }];
    return new ExpressSample(child, port, token);
  }

  async serve(devices: readonly Device[]): Promise<void> {
    await this.ask({ devices });
  }

  async cpuMicros(): Promise<number> {
    const { user, system } = (await this.ask('cpu')) as NodeJS.CpuUsage;
    return user + system;
  }

  stop(): void {
    this.child.disconnect();
  }

  private async ask(question: object | string): Promise<unknown> {
    const answer = once(this.child, 'message') as Promise<[unknown]>;
    this.child.send(question);
    return (await answer)[0];
  }
}

/** What can be measured alone: `npm run bench -- ingest`. */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  requests,
  ingest,
  energy: energyStore,
};

async function main(wanted: readonly string[]): Promise<void> {
  for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
    const part = PARTS[name];
    if (!part) throw new Error(`${name}? There are ${Object.keys(PARTS).join(', ')}`);
    await part();
  }
}

/** CPU a request beside Express, and how long a toggle takes. */
async function requests(): Promise<void> {
  const express = await ExpressSample.start();
  const aurion = await AurionProcess.start();
  try {
    await aurion.untilReady();
    const token = await aurion.register('ama');
    console.log(
      `Node ${process.version}, ${CONNECTIONS} connections, ${ROUNDS} × ${ROUND_MS} ms\n`,
    );
    const rows = [];
    for (const count of HOMES) rows.push(await compare(aurion, token, express, count));
    console.table(rows);
    await toggles(aurion, token);
  } finally {
    express.stop();
    await aurion.remove();
  }
}

/** Lists the same devices from both, in turn. */
async function compare(
  aurion: AurionProcess,
  token: string,
  express: ExpressSample,
  count: number,
): Promise<Record<string, string | number>> {
  const devices = await furnish(aurion, token, count);
  await express.serve(devices);
  const servers: readonly [Server, Server] = [
    {
      name: 'Aurion',
      load: new Load(aurion.port, token, '/api/devices', CONNECTIONS),
      cpuMicros: () => aurion.cpuMicros(),
    },
    {
      name: 'Express',
      load: new Load(express.port, express.token, '/api/devices', CONNECTIONS),
      cpuMicros: () => express.cpuMicros(),
    },
  ];
  const [bodyOfAurion, bodyOfExpress] = await Promise.all(servers.map(({ load }) => load.body()));
  if (bodyOfAurion !== bodyOfExpress) throw new Error('the two do not answer the same');

  for (const { load } of servers) await load.run(WARM_UP_MS);
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await measure(servers[0]));
    theirs.push(await measure(servers[1]));
  }
  for (const { load } of servers) load.close();
  const ratios = ours.map(({ cpu }, i) => cpu / (theirs[i]?.cpu ?? NaN));
  return {
    devices: count,
    bytes: bodyOfAurion?.length ?? 0,
    'Aurion µs CPU': Math.round(median(ours.map(({ cpu }) => cpu))),
    'Express µs CPU': Math.round(median(theirs.map(({ cpu }) => cpu))),
    ratio: median(ratios).toFixed(2),
    'ratio min–max': `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
    'Aurion /s': Math.round(median(ours.map(({ perSecond }) => perSecond))),
    'Express /s': Math.round(median(theirs.map(({ perSecond }) => perSecond))),
  };
}

async function measure(server: Server): Promise<Round> {
  const before = await server.cpuMicros();
  const startedMs = performance.now();
  const requests = await server.load.run(ROUND_MS);
  const seconds = (performance.now() - startedMs) / 1000;
  return { cpu: ((await server.cpuMicros()) - before) / requests, perSecond: requests / seconds };
}

/** Makes the home have this many devices, which have never reported. */
async function furnish(aurion: AurionProcess, token: string, count: number): Promise<Device[]> {
  const list = async () => (await aurion.request<Device[]>('GET', '/devices', { token })).body;
  const there = await list();
  if (there.length > count) throw new Error(`more than ${count} devices`);
  for (let n = there.length; n < count; n += 1) {
    const body = { name: `Lampe ${n}`, type: 'light', room: `Chambre ${n % 8}`, power: 9 };
    const { status } = await aurion.request('POST', '/devices', { token, body });
    if (status !== 201) throw new Error(`create: ${status}`);
  }
  return list();
}

/** From the start of a toggle request to the lamp holding the command, at a steady pace. */
async function toggles(aurion: AurionProcess, token: string): Promise<void> {
  const devices = (await furnish(aurion, token, Math.max(...HOMES))).slice(-LAMPS);
  const latencies: number[] = [];
  const answers: number[] = [];
  const lamps = await Promise.all(
    devices.map(async ({ id }) => {
      const asked: number[] = [];
      const lamp = await Lamp.plugIn(aurion, id, ({ status, commandId }) => {
        const since = asked.shift();
        if (since !== undefined) latencies.push(performance.now() - since);
        return { status, commandId };
      });
      await lamp.report({ status: false });
      return { id, asked };
    }),
  );
  const toggle = async ({ id, asked }: (typeof lamps)[number]) => {
    const since = performance.now();
    asked.push(since);
    const { status } = await aurion.request('POST', `/devices/${id}/toggle`, { token });
    if (status !== 200) throw new Error(`toggle: ${status}`);
    answers.push(performance.now() - since);
  };
  for (const lamp of [...lamps, ...lamps]) await toggle(lamp);
  latencies.length = 0;
  answers.length = 0;

  const own = monitorEventLoopDelay({ resolution: 1 });
  own.enable();
  const startedMs = performance.now();
  const underWay: Promise<void>[] = [];
  for (let n = 0; n < TOGGLES; n += 1) {
    const dueMs = startedMs + (n * 1000) / TOGGLES_A_SECOND;
    await sleep(Math.max(0, dueMs - performance.now()));
    const lamp = lamps[n % LAMPS];
    if (lamp) underWay.push(toggle(lamp));
  }
  await Promise.all(underWay);
  own.disable();
  console.log(`\nToggle at ${TOGGLES_A_SECOND}/s, ${LAMPS} lamps over MQTT, ms:`);
  console.table([spread('→ command at the lamp', latencies), spread('→ answer', answers)]);
  // A machine that is busy otherwise shows here too.
  const late = [own.percentile(50), own.percentile(99), own.max].map((ns) => (ns / 1e6).toFixed(1));
  console.log(`The benchmark's own event loop, p50 / p99 / max: ${late.join(' / ')} ms`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
