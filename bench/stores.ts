import { memoryLogger } from '../test/support/test-store';
import { runSql, startPostgres } from '../test/support/postgres-server';
import { openPostgresStore } from '../src/adapters/store/postgres';
import type { Store } from '../src/ports/store';

/** What the PostgreSQL store does in a second, on a server that flushes to the disk as it should. */

const HOUR_MS = 3_600_000;
const METERS = 200;
const HOURS = 8760;
const START = Date.UTC(2025, 0, 1);

async function main(): Promise<void> {
  const server = await startPostgres([]);
  try {
    const store = await openPostgresStore({
      url: server.url,
      homeKey: 'home',
      logger: memoryLogger(),
    });
    try {
      await inserts(store);
      await points(store);
      await year(store, server.url);
    } finally {
      await store.close();
    }
  } finally {
    await server.remove();
  }
}

let sessions = 0;

async function inserts({ sessions: given, audit: counted }: Store): Promise<void> {
  const session = () =>
    given.insert({ id: `s${(sessions += 1)}`, accountId: 1, createdAt: 0, expiresAt: sessions });
  const line = () =>
    counted.insert({ at: sessions, actor: 'a', action: 'x', target: null, requestId: null });
  const kinds: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['given ids', session],
    ['counted ids', line],
  ];
  for (const [name, insert] of kinds) {
    await perSecond(`inserts one by one, ${name}`, 1000, async () => {
      for (let n = 0; n < 1000; n += 1) await insert();
    });
    await perSecond(`inserts 500 at once, ${name}`, 5000, async () => {
      for (let round = 0; round < 10; round += 1) {
        await Promise.all(Array.from({ length: 500 }, insert));
      }
    });
  }
}

async function points({ readings }: Store): Promise<void> {
  const batches = Array.from({ length: 200 }, (_, batch) =>
    Array.from({ length: 500 }, (__, n) => ({
      series: `sensor:${n % 100}`,
      at: START + batch * 5000 + Math.floor(n / 100) * 1000,
      key: '',
      value: { t: 21.5 + n / 100, q: 0 },
    })),
  );
  await perSecond('points put, batches of 500, one by one', 100_000, async () => {
    for (const batch of batches) await readings.put(batch);
  });
  await perSecond('the same points again', 100_000, async () => {
    for (const batch of batches) await readings.put(batch);
  });
}

async function year({ readings }: Store, url: string): Promise<void> {
  // As they come in: hour by hour, all meters.
  await runSql(
    url,
    `insert into aurion.points_readings (home, series, at, key, value)
     select 'home', 'meter:' || meter, ${START} + hour * ${HOUR_MS}::bigint, '',
       jsonb_build_object('kWh', round((random() * 3)::numeric, 3), 'coverage', 1)
     from generate_series(0, ${HOURS - 1}) hour, generate_series(1, ${METERS}) meter order by hour, meter`,
  );
  await runSql(url, 'vacuum analyze aurion.points_readings');
  const took: number[] = [];
  for (let meter = 1; meter <= 50; meter += 1) {
    const startedAtMs = performance.now();
    const read = await readings.read(`meter:${meter}`, {
      from: START,
      to: START + HOURS * HOUR_MS,
    });
    took.push(performance.now() - startedAtMs);
    if (read.length !== HOURS) throw new Error(`${read.length} points instead of ${HOURS}`);
  }
  const sorted = took.slice(1).sort((a, b) => a - b);
  const ms = (value: number | undefined) => `${value?.toFixed(1)} ms`;
  console.log(
    `one meter's year (${HOURS} points of ${METERS * HOURS}): first ${ms(took[0])}, then median ${ms(sorted[24])}, worst ${ms(sorted.at(-1))}`,
  );
}

async function perSecond(name: string, count: number, run: () => Promise<void>): Promise<void> {
  const startedAtMs = performance.now();
  await run();
  const seconds = (performance.now() - startedAtMs) / 1000;
  console.log(`${name}: ${Math.round(count / seconds)}/s`);
}

void main();
