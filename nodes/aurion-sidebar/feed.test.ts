import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { before, beforeEach, describe, it } from 'mocha';
import { FakeClock, settled } from '../../test/support/fake-clock';

interface Told {
  readonly name: string;
  readonly answer?: unknown;
  readonly refusal?: string;
}

interface Feed {
  watch(isWatched: boolean): void;
  stale(...names: string[]): void;
  reset(...kept: string[]): void;
}

type FeedClass = new (options: object) => Feed;

const PAUSE_MS = 300;

describe("the sidebar's feed", () => {
  let FeedOf: FeedClass;
  before(async () => {
    const file = join(__dirname, '..', '..', 'resources', 'sidebar', 'feed.mjs');
    ({ Feed: FeedOf } = (await import(pathToFileURL(file).href)) as { Feed: FeedClass });
  });

  let clock: FakeClock;
  let feed: Feed;
  let asked: string[];
  let told: Told[];
  /** What is answered, and after how long. */
  let answer: () => Promise<unknown>;
  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    told = [];
    answer = () => Promise.resolve(asked.length);
    feed = new FeedOf({
      pauses: { homes: PAUSE_MS, devices: PAUSE_MS },
      ask: (name: string) => {
        asked.push(name);
        return answer();
      },
      hear: (news: Told) => told.push(news),
      clock: {
        now: clock.monotonicMs,
        later: (callback: () => void, delayMs: number) => clock.schedule(delayMs, callback),
        clear: (timer: { cancel(): void } | null) => timer?.cancel(),
      },
    });
  });

  it('asks nothing while nobody looks, and what has become old when somebody does', async () => {
    feed.stale();
    await clock.advance(60_000);
    assert.equal(asked.length, 0);
    feed.watch(true);
    await settled();
    assert.deepEqual(asked.sort(), ['devices', 'homes']);
    feed.watch(false);
    feed.stale('devices');
    await clock.advance(60_000);
    assert.equal(asked.length, 2);
    feed.watch(true);
    await settled();
    assert.deepEqual(asked.slice(2), ['devices']);
  });

  it('asks at once, then at most once a pause, and never misses the last change', async () => {
    feed.watch(true);
    feed.stale('devices');
    await settled();
    assert.equal(asked.length, 1);
    for (let i = 0; i < 10; i++) feed.stale('devices');
    await clock.advance(PAUSE_MS - 1);
    assert.equal(asked.length, 1);
    await clock.advance(1);
    assert.equal(asked.length, 2);
    await clock.advance(60_000);
    assert.equal(asked.length, 2);
  });

  it('asks again for what changed while it was asked for', async () => {
    let arrive: () => void = () => undefined;
    answer = () => new Promise<void>((resolve) => (arrive = resolve));
    feed.watch(true);
    feed.stale('devices');
    feed.stale('devices');
    assert.equal(asked.length, 1);
    arrive();
    await settled();
    await clock.advance(PAUSE_MS);
    assert.equal(asked.length, 2);
  });

  it('asks more seldom where an answer takes long', async () => {
    answer = () => new Promise((resolve) => clock.schedule(1000, () => resolve(1)));
    feed.watch(true);
    feed.stale('devices');
    await clock.advance(1000);
    feed.stale('devices');
    await clock.advance(999);
    assert.equal(asked.length, 1);
    await clock.advance(1);
    assert.equal(asked.length, 2);
  });

  it('tells why something was refused, and asks again when it changes', async () => {
    answer = () => Promise.reject(new Error('no'));
    feed.watch(true);
    feed.stale('devices');
    await settled();
    assert.deepEqual(told, [{ name: 'devices', refusal: 'Error: no' }]);
    answer = () => Promise.resolve('yes');
    feed.stale('devices');
    await clock.advance(PAUSE_MS);
    assert.deepEqual(told.at(-1), { name: 'devices', answer: 'yes' });
  });

  it('forgets answers of another home, and asks for those of this one at once', async () => {
    let arrive: (news: string) => void = () => undefined;
    answer = () => new Promise<string>((resolve) => (arrive = resolve));
    feed.watch(true);
    feed.stale('devices');
    const late = arrive;
    feed.reset('homes');
    feed.stale('devices');
    assert.equal(asked.length, 2);
    late('of the first home');
    arrive('of the second home');
    await settled();
    assert.deepEqual(told, [{ name: 'devices', answer: 'of the second home' }]);
  });
});
