import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { AurionProcess } from '../test/support/aurion-process';
import { startPostgres } from '../test/support/postgres-server';
import type { Order, Outcome } from './publishers';
import { median } from './quantile';

/** How many device statuses a second come in and are kept, with 20 publishers at QoS 1. */

const PUBLISHERS = 20;
/** With all rounds not more than one device may say at once. */
const MESSAGES_EACH = 2500;
const ROUNDS = 7;

/** On NeDB, and on a PostgreSQL that flushes to the disk as it should; the embedded broker both times. */
export async function ingest(): Promise<void> {
  const rows = [await ingestInto('NeDB', {})];
  const server = await startPostgres([]);
  try {
    rows.push(await ingestInto('PostgreSQL', { AURION_STORE_URL: server.url }));
  } finally {
    await server.remove();
  }
  console.log(`\n${PUBLISHERS} publishers, device status QoS 1 → acknowledged and kept:`);
  console.table(rows);
}

async function ingestInto(
  store: string,
  env: Record<string, string>,
): Promise<Record<string, string | number>> {
  const aurion = await AurionProcess.start({ env });
  const publishers = fork(join(__dirname, 'publishers.ts'), {
    execArgv: ['-r', 'ts-node/register'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  try {
    await aurion.untilReady();
    const token = await aurion.register('ama');
    const deviceIds = await makeDevices(aurion, token);
    const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
    const perSecond: number[] = [];
    const cpuMicros: number[] = [];
    let sent = 0;
    let firstPowerW = 0;
    // The first round warms up.
    for (let round = 0; round <= ROUNDS; round += 1) {
      const cpuBefore = await aurion.cpuMicros();
      const { acknowledged, ms } = await order(publishers, {
        ...{ port: aurion.mqttPort, username, password, prefix: 'aurion' },
        ...{ deviceIds, messagesEach: MESSAGES_EACH, firstPowerW },
      });
      firstPowerW += MESSAGES_EACH;
      sent += acknowledged;
      if (round === 0) continue;
      cpuMicros.push(((await aurion.cpuMicros()) - cpuBefore) / acknowledged);
      perSecond.push((acknowledged * 1000) / ms);
    }
    const wanted = firstPowerW - 1;
    await assertCounted(aurion, sent);
    await assertStates(aurion, token, deviceIds, wanted);
    await aurion.stop('SIGKILL');
    await aurion.launch();
    await aurion.untilReady();
    await assertStates(aurion, token, deviceIds, wanted);
    return {
      store,
      messages: sent,
      lost: 0,
      '/s, median': Math.round(median(perSecond)),
      'min–max': `${Math.round(Math.min(...perSecond))}–${Math.round(Math.max(...perSecond))}`,
      'µs CPU each': median(cpuMicros).toFixed(1),
      'load average': loadavg()[0]?.toFixed(1) ?? '',
    };
  } finally {
    publishers.kill();
    await aurion.remove();
  }
}

async function order(publishers: ChildProcess, what: Order): Promise<Outcome> {
  const answer = once(publishers, 'message') as Promise<[Outcome]>;
  const ended = once(publishers, 'exit').then(() => {
    throw new Error('the publishers failed');
  });
  publishers.send(what);
  const [outcome] = await Promise.race([answer, ended]);
  return outcome;
}

async function makeDevices(aurion: AurionProcess, token: string): Promise<number[]> {
  const ids = [];
  for (let n = 0; n < PUBLISHERS; n += 1) {
    const body = { name: `Prise ${n}`, type: 'appliance', room: 'Salon' };
    const answer = await aurion.request<{ id: number }>('POST', '/devices', { token, body });
    ids.push(answer.body.id);
  }
  return ids;
}

/** In = kept + dropped, and nothing was dropped. */
async function assertCounted(aurion: AurionProcess, sent: number): Promise<void> {
  const { body } = await aurion.request<string>('GET', '/metrics');
  const count = (kind: string) =>
    Number(
      new RegExp(`^aurion_mqtt_messages_${kind}_total(?:{[^}]*})? (\\d+)`, 'm').exec(body)?.[1],
    );
  const [received, kept] = [count('received'), count('kept')];
  if (received !== sent || kept !== sent) {
    throw new Error(`${sent} sent, ${received} received, ${kept} kept`);
  }
}

async function assertStates(
  aurion: AurionProcess,
  token: string,
  deviceIds: readonly number[],
  powerW: number,
): Promise<void> {
  for (const id of deviceIds) {
    const path = `/devices/${id}/status`;
    const { body } = await aurion.request<{ power: number }>('GET', path, { token });
    if (body.power !== powerW) throw new Error(`device ${id}: ${body.power} W, not ${powerW}`);
  }
}
