import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { compileInto } from '../../../../test/support/compile';
import { memoryLogger } from '../../../../test/support/test-store';
import { openNedbStore } from './nedb-store';
import { LOCK_FILE } from './lock';
import { often } from '../../../../test/support/often';

const KILLS = often(20, 100);
/** So many homes at the same time. */
const HOMES = 4;
const SERIES = 5;

describe('NeDB store of a process that is killed', () => {
  let folder: string;
  let compiled: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aurion-kill-'));
    compiled = compileInto(folder, join(__dirname, 'nedb-store.ts'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true });
  });

  const startWriter = (home: string, from: number): ChildProcess => {
    const child = spawn(execPath, ['-e', WRITER, compiled, join(folder, home), String(from)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };

  it(`F3: what was acknowledged is there, nothing twice, and it opens at once (kill -9, ${KILLS} times)`, async function () {
    this.timeout(60_000 + 5000 * KILLS);
    const rounds = Math.ceil(KILLS / HOMES);
    await Promise.all(
      Array.from({ length: HOMES }, async (_, home) => {
        const told = new Told();
        for (let round = 0; round < rounds; round += 1) {
          const writer = startWriter(`${home}`, round * 1_000_000);
          await told.listen(writer, 40 + Math.floor(Math.random() * 400));
          await check(join(folder, `${home}`), told);
        }
      }),
    );
  });

  it('F6: a process that was stopped and lost the folder meanwhile writes nothing into it any more', async () => {
    const writer = startWriter('stopped', 0);
    const at = join(folder, 'stopped');
    const told = new Told();
    await told.listen(writer, 20, 'SIGSTOP');
    // As it looks from another container: its process cannot be seen there.
    const lockFile = join(at, LOCK_FILE);
    const owner = JSON.parse(await readFile(lockFile, 'utf8')) as object;
    await writeFile(lockFile, JSON.stringify({ ...owner, pidNamespace: 'pid:[1]' }));
    const options = {
      folder: at,
      logger: memoryLogger(),
      lock: { heartbeatMs: 100, staleMs: 2500 },
    };
    const store = await openNedbStore(options);
    const rows = await store.audit.list();
    const files = ['audit.db', 'settings.db', 'readings.db', 'counters.json'];
    const read = (): Promise<Buffer[]> =>
      Promise.all(files.map((file) => readFile(join(at, file))));
    const before = await read();
    const refused = (async () => {
      for await (const line of createInterface({ input: writer.stdout! })) {
        if (line === 'STORE_LOCKED;') return;
      }
      assert.fail('The writer ended by itself');
    })();
    writer.kill('SIGCONT');
    await refused;
    assert.deepEqual(await read(), before);
    await store.audit.insert({ at: 1, actor: 'x', action: 'mine', target: null, requestId: null });
    await store.close();
    await check(at, told);
    const reopened = await openNedbStore(options);
    assert.equal(await reopened.audit.count(), rows.length + 1);
    await reopened.close();
  });
});

/** What writers said is written. */
class Told {
  readonly audit = new Set<string>();
  readonly points = new Set<number>();
  /** The highest value each setting was told to have. */
  readonly settings = new Map<string, number>();

  /** Hears a writer out until it said so many things, and then sends it a signal. */
  async listen(writer: ChildProcess, count: number, signal: NodeJS.Signals = 'SIGKILL') {
    let heard = 0;
    const ended = once(writer, 'exit');
    for await (const line of createInterface({ input: writer.stdout! })) {
      if (!line.endsWith(';')) continue; // The last one may be torn.
      const [kind, text = '', value] = line.slice(0, -1).split(' ');
      if (kind === 'audit') this.audit.add(text);
      if (kind === 'points') this.points.add(Number(text));
      if (kind === 'setting') this.settings.set(text, Number(value));
      heard += 1;
      if (heard === count) writer.kill(signal);
      if (heard === count && signal !== 'SIGKILL') return;
    }
    await ended;
    assert.ok(heard >= count, 'the writer ended by itself');
  }
}

async function check(folder: string, told: Told): Promise<void> {
  const logger = memoryLogger();
  const startedAt = performance.now();
  const store = await openNedbStore({ folder, logger });
  const openMs = performance.now() - startedAt;
  try {
    assert.ok(openMs < 2000, `${openMs} ms to open`);
    assert.deepEqual(
      logger.lines.filter((line) => line.startsWith('error')),
      [],
    );
    const rows = await store.audit.list();
    const actions = new Set(rows.map((row) => row.action));
    assert.equal(actions.size, rows.length, 'nothing twice');
    for (const action of told.audit) assert.ok(actions.has(action), action);
    for (const [id, value] of told.settings) {
      const written = (await store.settings.get(id))?.value;
      assert.ok(typeof written === 'number' && written >= value, `${id} was ${value}`);
    }
    const ofSeries = await Promise.all(
      Array.from({ length: SERIES }, (_, n) => store.readings.read(`s${n}`)),
    );
    const times = ofSeries.map((points) => points.map((point) => point.at));
    for (const some of times) assert.deepEqual(some, times[0], 'all points of a call or none');
    const there = new Set(times[0]);
    for (const at of told.points) assert.ok(there.has(at), `points at ${at}`);
  } finally {
    await store.close();
  }
}

/** Writes without end into several tables, and says each thing once it is told that it is written. */
const WRITER = `
  const [, compiled, folder, from] = process.argv;
  const logger = { debug() {}, info() {}, warn: console.error, error() {} };
  const { openNedbStore } = require(compiled);
  const say = (text) => process.stdout.write(text + ';\\n');
  openNedbStore({ folder, logger, compactAfterWrites: 60 }).then(async (store) => {
    let n = Number(from);
    const forever = async (write) => {
      for (;;) await write((n += 1)).catch((error) => say(error.code));
    };
    for (let writer = 0; writer < 4; writer += 1) {
      void forever(async (n) => {
        const action = 'action-' + n + '-' + 'x'.repeat(n % 300);
        await store.audit.insert({ at: n, actor: 'x', action, target: null, requestId: null });
        say('audit ' + action);
      });
      const id = 'setting-' + writer;
      await store.settings.insertIfAbsent({ id, value: 0 });
      void forever(async (n) => {
        await store.settings.update(id, { value: n });
        say('setting ' + id + ' ' + n);
      });
    }
    void forever(async (n) => {
      const points = Array.from({ length: ${SERIES} }, (_, s) => ({ series: 's' + s, at: n * 1000, key: '', value: n }));
      await store.readings.put(points);
      say('points ' + n * 1000);
    });
  });
`;
