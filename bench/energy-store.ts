import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../src/open-store';
import { moveStore } from '../src/services/store-move';
import { AurionProcess, temporaryFolder } from '../test/support/aurion-process';
import { EnergyRig } from '../test/support/energy-rig';
import { startPostgres } from '../test/support/postgres-server';
import { memoryLogger } from '../test/support/test-store';
import { spread } from './quantile';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const METERS = 20;
const LAMPS = 10;
const DAYS = 365;
/** Of these the raw readings are there in the end. */
const KEPT_DAYS = 10;
const ASKED = 20;

const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
const isoOf = (at: number) => new Date(at).toISOString();

/** A home's year: what it takes in the embedded store, and how long questions about it take. */
export async function energyStore(): Promise<void> {
  const userDir = temporaryFolder();
  const postgres = await startPostgres();
  try {
    await fill(join(userDir, 'aurion', 'home'));
    await ask('NeDB', userDir, {});
    await ask('PostgreSQL', temporaryFolder(), await moved(userDir, postgres.url));
  } finally {
    await postgres.remove();
    rmSync(userDir, { recursive: true, force: true });
  }
}

/**
 * A year of readings a minute, the last day written minute by minute, as a home does. What is older than
 * the readings that are kept leaves the same whether it came every minute or every quarter of an hour.
 */
async function fill(folder: string): Promise<void> {
  const start = now - DAYS * DAY_MS;
  const rig = await EnergyRig.open({ start: isoOf(now - DAY_MS), folder });
  const meters: number[] = [];
  for (let i = 0; i < METERS; i += 1) meters.push(await rig.meter({ intervalS: 60 }));
  const say = (at: number) => {
    for (const [i, meter] of meters.entries()) {
      const kWh = (at - start) * 1e-8 * (1 + 0.3 * Math.sin(at / 4e6 + i));
      const energy = Math.round((1000 + i + kWh) * 1000) / 1000;
      const power = Math.round((300 + 200 * Math.sin(at / 1e7 + i)) * 10) / 10;
      rig.say(meter, { energy, power, timestamp: at });
    }
  };
  const began = performance.now();
  for (let day = start; day < now - DAY_MS; day += DAY_MS) {
    const everyMs = day < now - (KEPT_DAYS + 1) * DAY_MS ? 15 * MINUTE_MS : MINUTE_MS;
    for (let at = day; at < day + DAY_MS; at += everyMs) say(at);
    await rig.settle();
  }
  console.log(
    `\nA year of ${METERS} meters, in ${seconds(began)} s; then a day of a reading a minute:`,
  );
  for (let i = 0; i < LAMPS; i += 1) {
    await rig.devices.create({ name: `Lampe ${i}`, type: 'light', room: 'Salon', power: 9 + i });
  }
  let [peak, sum] = [0, 0];
  const days = performance.now();
  for (let minute = 0; minute < 1440; minute += 1) {
    say(rig.clock.now());
    await rig.settle();
    await rig.clock.advance(MINUTE_MS);
    const bytes = size(join(folder, 'store'));
    [peak, sum] = [Math.max(peak, bytes), sum + bytes];
  }
  console.log(`on disk ${mb(sum / 1440)} MB on average, ${mb(peak)} at most; ${seconds(days)} s`);
  await rig.close();
  await rig.store.close();
  const files = readdirSync(join(folder, 'store'))
    .map((file) => [file, statSync(join(folder, 'store', file)).size] as const)
    .filter(([, bytes]) => bytes > 50_000);
  console.table(Object.fromEntries(files.map(([file, bytes]) => [file, `${mb(bytes)} MB`])));
}

async function moved(userDir: string, url: string): Promise<Record<string, string>> {
  const folder = join(userDir, 'aurion', 'home');
  const logger = memoryLogger();
  const open = (to: string | undefined) => openStore({ url: to, homeKey: 'home', folder, logger });
  const [from, to] = [await open(undefined), await open(url)];
  await moveStore(from, to);
  await Promise.all([from.close(), to.close()]);
  return { AURION_STORE_URL: url };
}

/** Questions over REST, one after the other. */
async function ask(store: string, userDir: string, env: Record<string, string>): Promise<void> {
  const aurion = await AurionProcess.start({ userDir, env });
  try {
    await aurion.untilReady();
    const email = 'ama@maison.tg';
    const password = 'ama aime la mer';
    const login = await aurion.request<{ token: string }>('POST', '/auth/login', {
      body: { email, password },
    });
    const token = login.status === 200 ? login.body.token : await aurion.register('ama');
    // What it does at its start is not what is measured.
    await sleep(3000);
    const year = `from=${isoOf(now - DAYS * DAY_MS)}&to=${isoOf(now)}`;
    const rows = [];
    for (const path of [
      'history?period=12m',
      `history?${year}&step=day`,
      `history?${year}&step=hour`,
      'history?period=24h',
      'consumption',
      'stats?period=month',
      'stats?period=year',
      'devices?period=month',
      'devices?period=year',
      'forecast',
    ]) {
      const took: number[] = [];
      for (let n = 0; n < ASKED; n += 1) {
        const at = performance.now();
        const { status } = await aurion.request('GET', `/energy/${path}`, { token });
        took.push(performance.now() - at);
        if (status !== 200) throw new Error(`${path}: ${status}`);
      }
      rows.push(spread(path.replace(year, 'a year'), took));
    }
    console.log(
      `\n${store}, ms over REST, ${ASKED} times each (load ${loadavg()[0]?.toFixed(1)}):`,
    );
    console.table(rows);
  } finally {
    await aurion.stop();
  }
}

function size(folder: string): number {
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}
