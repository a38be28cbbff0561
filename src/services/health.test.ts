import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { memoryLogger } from '../../test/support/test-store';
import { AurionError } from '../contract/errors';
import type { PartHealth } from '../contract/health';
import { Health } from './health';

describe('the health of a home’s parts', () => {
  let clock: FakeClock;
  let logger: ReturnType<typeof memoryLogger>;
  let health: Health;
  beforeEach(() => {
    clock = new FakeClock();
    logger = memoryLogger();
    health = new Health(clock, logger);
  });

  const away = () => new AurionError('BROKER_UNAVAILABLE', { cause: new Error('ECONNREFUSED') });

  it('knows since when a part is as it is', async () => {
    const start = clock.now();
    assert.deepEqual(health.parts.broker, { state: 'starting', since: start, error: null });
    await clock.advance(1000);
    health.fails('broker', away());
    await clock.advance(1000);
    health.fails('broker', away());
    const { state, since, error } = health.parts.broker as PartHealth;
    assert.deepEqual([state, since, error?.code], ['away', start + 1000, 'BROKER_UNAVAILABLE']);
    await clock.advance(1000);
    health.works('broker');
    assert.deepEqual(health.parts.broker, { state: 'ok', since: start + 3000, error: null });
  });

  it('F1: tells once that a part is away and why, and once that it is back', () => {
    for (let times = 0; times < 3; times += 1) health.fails('broker', away());
    assert.equal(health.problemTexts.length, 1);
    for (let times = 0; times < 3; times += 1) health.works('broker');
    assert.deepEqual(health.problemTexts, []);
    assert.deepEqual(logger.lines, [
      'error: The broker does not work: The MQTT broker is unreachable – ECONNREFUSED',
      'info: The broker works again',
    ]);
  });

  it('keeps silent about what ends with everything', () => {
    health.silence();
    health.fails('broker', away());
    assert.deepEqual(logger.lines, []);
  });

  it('S19: what is no error of ours is an internal error outside', () => {
    health.fails('store', new TypeError('/home/ama is not a function'));
    assert.equal(health.parts.store.error?.code, 'INTERNAL_ERROR');
  });

  it('calls back on changes until told to stop', () => {
    let calls = 0;
    const end = health.onChange(() => (calls += 1));
    health.works('store');
    health.closes('websocket');
    end();
    health.works('broker');
    assert.equal(calls, 2);
  });
});
