import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { WebSocket } from 'ws';
import { AurionProcess } from '../test/support/aurion-process';
import { spread } from './quantile';

/** How many messages sensors send a second, all in all. */
const RATES = [50, 2000];
/** Of them, so many a second are smoke: each raises an alert. */
const TRIGGERS_A_SECOND = 10;
const SECONDS = 20;
const WARM_UP_SECONDS = 3;
const THERMOMETERS = 400;

/**
 * From the publishing of a sensor's message to the page that has it: as a reading (event), and, where
 * it raises an alert, as a notification.
 */
async function main(): Promise<void> {
  const aurion = await AurionProcess.start();
  try {
    await aurion.untilReady();
    const token = await aurion.register('ama');
    const add = async (type: string, name: string) => {
      const body = { name, type, location: 'Banc', key: name };
      const { status } = await aurion.request('POST', '/security/sensors', { token, body });
      if (status !== 201) throw new Error(`create: ${status}`);
      return name;
    };
    const thermometers: string[] = [];
    for (let n = 0; n < THERMOMETERS; n += 1) {
      thermometers.push(await add('temperature', `temperature-${n}`));
    }
    const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${aurion.mqttPort}`, {
      username,
      password,
    });
    const page = await openPage(aurion, token);
    console.log(
      `Node ${process.version}, NeDB, embedded broker, QoS 1; ${THERMOMETERS} thermometers, ${TRIGGERS_A_SECOND} alerts/s, ${SECONDS} s\n`,
    );
    for (const rate of RATES) {
      const smoke: string[] = [];
      for (let n = 0; n < TRIGGERS_A_SECOND * (SECONDS + WARM_UP_SECONDS); n += 1) {
        smoke.push(await add('smoke', `smoke-${rate}-${n}`));
      }
      await run({ rate, thermometers, smoke, client, page });
    }
    page.terminate();
    await client.endAsync(true);
  } finally {
    await aurion.remove();
  }
}

async function openPage(aurion: AurionProcess, token: string): Promise<WebSocket> {
  const page = new WebSocket(`ws://127.0.0.1:${aurion.port}/ws`);
  page.on('error', console.error);
  await once(page, 'open');
  page.send(JSON.stringify({ type: 'auth', token }));
  await once(page, 'message');
  return page;
}

async function run({
  rate,
  thermometers,
  smoke,
  client,
  page,
}: {
  readonly rate: number;
  readonly thermometers: readonly string[];
  readonly smoke: readonly string[];
  readonly client: MqttClient;
  readonly page: WebSocket;
}): Promise<void> {
  const sentAt = new Map<string, number>();
  const readings: number[] = [];
  const notifications: number[] = [];
  let measuring = false;
  const hear = (data: Buffer) => {
    const now = performance.now();
    const frame = JSON.parse(data.toString()) as {
      type: string;
      event?: string;
      message?: string;
      data?: { key?: string };
    };
    const isReading = frame.event === 'sensor.reading';
    if (!isReading && frame.type !== 'notification') return;
    const name = isReading
      ? (frame.data?.key ?? '')
      : (/smoke-\d+-\d+/.exec(frame.message ?? '')?.[0] ?? '');
    const since = sentAt.get(name);
    if (since !== undefined && measuring) (isReading ? readings : notifications).push(now - since);
  };
  page.on('message', hear);
  const own = monitorEventLoopDelay({ resolution: 1 });
  own.enable();
  const total = rate * (SECONDS + WARM_UP_SECONDS);
  const everyNth = rate / TRIGGERS_A_SECOND;
  const startedMs = performance.now();
  for (let n = 0; n < total; n += 1) {
    const dueMs = startedMs + (n * 1000) / rate;
    if (dueMs - performance.now() > 1) await sleep(dueMs - performance.now());
    if (n === rate * WARM_UP_SECONDS) measuring = true;
    const triggers = n % everyNth === 0;
    const name = triggers
      ? (smoke[n / everyNth] ?? '')
      : (thermometers[n % thermometers.length] ?? '');
    const said = triggers ? { smoke: true } : { temperature: 20 + (n % 100) / 10, seq: n };
    sentAt.set(name, performance.now());
    client.publish(`aurion/sensors/${name}/data`, JSON.stringify(said), { qos: 1 });
  }
  const seconds = (performance.now() - startedMs) / 1000;
  await sleep(2000);
  page.off('message', hear);
  own.disable();
  console.log(
    `\n${rate} messages/s (sent: ${Math.round(total / seconds)}/s), ms from publishing to the page:`,
  );
  console.table([
    spread('→ event sensor.reading', readings),
    spread('→ notification', notifications),
  ]);
  const late = [own.percentile(50), own.percentile(99), own.max].map((ns) => (ns / 1e6).toFixed(1));
  console.log(`The benchmark's own event loop, p50 / p99 / max: ${late.join(' / ')} ms`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
