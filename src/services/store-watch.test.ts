import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { memoryLogger } from '../../test/support/test-store';
import { AurionError } from '../contract/errors';
import type { SettingRow, Repository } from '../ports/store';
import { Health } from './health';
import { StoreWatch } from './store-watch';

describe('F2: the watch over the store', () => {
  let clock: FakeClock;
  let logger: ReturnType<typeof memoryLogger>;
  let health: Health;
  let watch: StoreWatch;
  let storeAway: boolean;
  let isFoldFailing: boolean;

  beforeEach(() => {
    clock = new FakeClock();
    logger = memoryLogger();
    [storeAway, isFoldFailing] = [false, false];
    health = new Health(clock, logger);
    health.works('store');
    const get = () =>
      storeAway ? Promise.reject(new AurionError('STORE_UNAVAILABLE')) : Promise.resolve(null);
    watch = new StoreWatch({
      ...{ clock, health, store: { settings: { get } as unknown as Repository<SettingRow> } },
      intake: {
        get isFoldFailing() {
          return isFoldFailing;
        },
      },
    });
    watch.start();
  });
  afterEach(() => watch.stop());

  const state = () => health.parts.store.state;

  it('says within 5 s that it is away, also when nobody writes, and within a second that it is back', async () => {
    storeAway = true;
    await clock.advance(5000);
    assert.equal(state(), 'away');
    assert.equal(health.parts.store.error?.code, 'STORE_UNAVAILABLE');
    await clock.advance(60_000);
    storeAway = false;
    await clock.advance(1000);
    assert.equal(state(), 'ok');
    assert.equal(logger.lines.length, 2, 'told once, and once that it is over');
  });

  it('does not call it well while what came in cannot be written', async () => {
    isFoldFailing = true;
    health.fails('store', new AurionError('STORE_FULL'));
    await clock.advance(20_000);
    assert.equal(state(), 'away');
  });

  it('ends', async () => {
    await watch.stop();
    assert.equal(clock.timers, 0);
  });
});
