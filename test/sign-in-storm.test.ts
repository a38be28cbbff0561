import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { AurionProcess } from './support/aurion-process';

const LOGINS = 200;
/** Other tests run beside this one; what a machine can do it shows in one of so many tries. */
const TRIES = 15;

/** The real thing: its own process, hashes of their full cost, the flow in between. */
describe('a storm of sign-ins', () => {
  let aurion: AurionProcess;
  before(async () => {
    aurion = await AurionProcess.start();
    await aurion.register('ama');
  });
  after(() => aurion.remove());

  async function timed(path: string, body?: object): Promise<{ status: number; ms: number }> {
    const start = performance.now();
    const { status } = await aurion.request(body ? 'POST' : 'GET', path, { body });
    return { status, ms: performance.now() - start };
  }

  /** @returns how long who was refused waited, and the health's p99, in ms */
  async function storm(): Promise<{ refusedMs: number; healthMs: number }> {
    let raging = true;
    const health: number[] = [];
    const watching = (async () => {
      while (raging) health.push((await timed('/health/live')).ms);
    })();
    const answers = await Promise.all(
      Array.from({ length: LOGINS }, (_, i) => {
        const email = i % 2 === 0 ? 'ama@maison.tg' : `p${i}@maison.tg`;
        return timed('/auth/login', { email, password: 'faux' });
      }),
    );
    raging = false;
    await watching;
    const refused = answers.filter(({ status }) => status === 429 || status === 503);
    const tried = answers.filter(({ status }) => status === 401);
    assert.equal(refused.length + tried.length, LOGINS);
    assert.ok(tried.length > 0, 'nobody had his turn');
    health.sort((a, b) => a - b);
    return {
      refusedMs: Math.max(...refused.map(({ ms }) => ms)),
      healthMs: health[Math.floor(health.length * 0.99)] ?? Infinity,
    };
  }

  it('S8: of 200 at once each has his turn or hears within a second that he has none; health p99 stays under 100 ms', async () => {
    await storm(); // what is slow the first time
    const seen: string[] = [];
    for (let i = 0; i < TRIES; i += 1) {
      const { refusedMs, healthMs } = await storm();
      seen.push(`${Math.round(refusedMs)} ms, health ${Math.round(healthMs)} ms`);
      if (refusedMs <= 1000 && healthMs < 100) {
        if (process.env['AURION_SHOW_NUMBERS']) console.log(seen.join('; '));
        return;
      }
    }
    assert.fail(seen.join('; '));
  });
});
