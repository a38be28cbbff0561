import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { AurionProcess, temporaryFolder } from '../support/aurion-process';
import { Household } from '../support/household';
import { newDatabase } from '../support/postgres';
import { LONG, often } from '../support/often';

const KILLS = often(20, 100);
/** So many homes at the same time: a start is mostly waiting. */
const HOMES = 2;
const ON_POSTGRES = Math.max(4, Math.floor(KILLS / 5));
/** From the line that says that Aurion is up, on a machine that does other things too. */
const READY_WITHIN_MS = 2000;

describe('F3: a whole process that is killed under load', () => {
  it(`NeDB: every 2xx and every acknowledged message is there, nothing twice (kill -9, ${KILLS} times)`, async function () {
    this.timeout(60_000 + KILLS * 15_000);
    const rounds = Math.ceil(KILLS / HOMES);
    const startsMs = await Promise.all(Array.from({ length: HOMES }, () => killOften(rounds, {})));
    tell('NeDB', startsMs.flat());
  });

  it(`PostgreSQL: the same (${ON_POSTGRES} times)`, async function () {
    this.timeout(60_000 + ON_POSTGRES * 15_000);
    tell('PostgreSQL', await killOften(ON_POSTGRES, { AURION_STORE_URL: await newDatabase() }));
  });
});

/** @returns how long each start took, from the process's begin until it was ready */
async function killOften(rounds: number, variables: Record<string, string>): Promise<number[]> {
  const userDir = temporaryFolder();
  const aurion = await AurionProcess.start({ env: variables, userDir });
  const startsMs: number[] = [];
  try {
    await aurion.untilReady();
    const household = await Household.move(aurion, await aurion.register('ama'));
    for (let round = 0; round < rounds; round += 1) {
      await household.begin();
      await household.untilAnswered(20 + Math.floor(Math.random() * 600));
      await aurion.stop('SIGKILL');
      await household.end();
      const startedMs = performance.now();
      await aurion.launch();
      const upMs = performance.now();
      await aurion.untilReady();
      const readyMs = performance.now();
      assert.ok(readyMs - upMs < READY_WITHIN_MS, `ready ${readyMs - upMs} ms after it was up`);
      startsMs.push(readyMs - startedMs);
      await household.check();
    }
    assert.doesNotMatch(aurion.log, /\[error\]/);
    return startsMs;
  } finally {
    await aurion.remove();
  }
}

function tell(store: string, startsMs: readonly number[]): void {
  if (!LONG) return;
  const sorted = startsMs.toSorted((a, b) => a - b).map(Math.round);
  const median = sorted[Math.floor(sorted.length / 2)];
  console.log(
    `    ${store}: ${sorted.length} starts, median ${median} ms, at most ${sorted.at(-1)} ms`,
  );
}
