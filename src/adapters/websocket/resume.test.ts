import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { idsOf, LiveTest, type Frame, type Page } from './live-test.suite';
import { often } from '../../../test/support/often';

describe('coming back over WebSocket', () => {
  let test: LiveTest;
  let published = 0;
  beforeEach(async () => {
    test = await LiveTest.open();
    published = 0;
  });
  afterEach(() => test.remove());

  function publish(count: number, name?: string): void {
    for (let i = 0; i < count; i++) test.endpoint.publish(test.event((published += 1), name));
  }

  it('replays to an old client what it missed, by the cursor in its auth frame', async () => {
    const page = await test.signIn();
    publish(2);
    const [first] = await page.sync();
    page.socket.terminate();
    publish(3);
    const back = await test.signIn('ama', first!.cursor);
    assert.equal(back.cursor, first!.cursor, 'ready claims nothing that has not come yet');
    publish(1);
    assert.deepEqual(idsOf(await back.sync()), [2, 3, 4, 5, 6]);
  });

  it('replays by a resume frame, the very frames the others got', async () => {
    const witness = await test.signIn();
    publish(3);
    const back = await test.signIn();
    back.send({ type: 'resume', cursor: witness.cursor });
    assert.deepEqual(await back.sync(), await witness.sync());
  });

  it('sends each event once when live ones come before older ones, also if one resumes twice', async () => {
    const { cursor } = await test.signIn();
    publish(3);
    const back = await test.signIn();
    publish(2);
    back.send({ type: 'resume', cursor });
    back.send({ type: 'resume', cursor });
    const frames = await back.sync();
    assert.deepEqual(idsOf(frames), [4, 5, 1, 2, 3]);
    const again = await test.signIn('ama', frames.at(-1)!.cursor);
    assert.deepEqual(await again.sync(), []);
  });

  it('tells by the cursor what a replay that broke off left out', async () => {
    const { cursor } = await test.signIn();
    publish(3);
    const back = await test.signIn();
    publish(2);
    back.send({ type: 'resume', cursor });
    const cut = (await back.sync())[2]!;
    publish(1);
    const again = await test.signIn('ama', cut.cursor);
    assert.deepEqual(idsOf(await again.sync()), [2, 3, 6]);
  });

  it('replays the last 1,000 events, and answers reset with where one stands for more', async () => {
    const { cursor } = await test.signIn();
    publish(1);
    const reader = await test.signIn();
    publish(999);
    assert.equal(idsOf(await (await test.signIn('ama', cursor)).sync()).length, 1000);
    publish(1);
    const tooLate = await test.signIn('ama', cursor);
    const [reset, ...rest] = await tooLate.sync();
    assert.deepEqual([reset?.type, rest], ['reset', []]);
    assert.equal(idsOf(await (await test.signIn('ama', reader.cursor)).sync()).length, 1000);
    publish(1);
    assert.deepEqual(idsOf(await (await test.signIn('ama', reset!.cursor)).sync()), [1002]);
  });

  it('answers reset for a cursor of another run or process, and for nonsense', async () => {
    const other = await LiveTest.open();
    const { cursor } = await other.signIn();
    await other.remove();
    const [run] = Buffer.from((await test.signIn()).cursor, 'base64url')
      .toString()
      .split(':');
    const forged = [`${run}:99`, `${run}:0:5-4`, `${run}:1e9`, `${run}`, `${run}:-1`, ':0'].map(
      (text) => Buffer.from(text).toString('base64url'),
    );
    for (const nonsense of ['', 'x', '__proto__', 'é'.repeat(100), cursor, ...forged]) {
      const page = await test.signIn();
      page.send({ type: 'resume', cursor: nonsense });
      assert.deepEqual(
        (await page.sync()).map(({ type }) => type),
        ['reset'],
        nonsense,
      );
      page.socket.terminate();
      await page.closed;
    }
  });

  it('respects the subscription, also in the replay; notifications come all the same', async () => {
    const page = await test.signIn();
    const { cursor } = page;
    page.send({ type: 'subscribe', events: ['device.status'] });
    await page.sync();
    publish(1);
    publish(1, 'something.else');
    test.endpoint.notify({ message: 'Fumée', timestamp: 'now', severity: 'critical', alertId: 3 });
    assert.deepEqual(
      (await page.sync()).map(({ type, event }) => event ?? type),
      ['device.status', 'notification'],
    );
    const back = await test.signIn();
    back.send({ type: 'subscribe', events: ['device.status'] });
    back.send({ type: 'resume', cursor });
    assert.deepEqual(idsOf(await back.sync()), [1]);
    back.send({ type: 'subscribe', events: [] });
    await back.sync();
    publish(1);
    assert.deepEqual(await back.sync(), []);
  });

  it('has room for a replay of many large events', async () => {
    const { cursor } = await test.signIn();
    for (let id = 1; id <= 1000; id++) {
      const event = { ...test.event(id), data: { id, text: 'x'.repeat(20_000) } };
      test.endpoint.publish(event as never);
    }
    const back = await test.signIn('ama', cursor);
    assert.equal(idsOf(await back.sync()).length, 1000);
  });

  it('every event comes exactly once, or a reset, however often the connection breaks', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({
        kind: fc.constant('reconnect' as const),
        how: fc.constantFrom('auth' as const, 'resume' as const),
        missed: fc.integer({ min: 0, max: 8 }),
        live: fc.integer({ min: 0, max: 3 }),
        /** How many frames of the replay come through before it breaks again; null: all. */
        cutAfter: fc.option(fc.integer({ min: 1, max: 6 })),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const live = await LiveTest.open({ replayEvents: 12 });
        let last = 0;
        const publishSome = (count: number) => {
          for (let i = 0; i < count; i++) live.endpoint.publish(live.event((last += 1)));
        };
        let page: Page = await live.signIn();
        let cursor = page.cursor;
        let since = 0;
        const seen: number[] = [];
        const read = (frames: readonly Frame[]) => {
          for (const frame of frames) {
            cursor = frame.cursor ?? cursor;
            // What it does not know is asked for anew.
            if (frame.type === 'reset') since = last;
            seen.push(...idsOf([frame]));
          }
        };
        const leave = async () => {
          page.socket.terminate();
          await live.until(() => live.endpoint.clients === 0);
        };
        for (const todo of steps) {
          if (todo.kind === 'publish') {
            publishSome(todo.count);
            read(await page.sync());
            continue;
          }
          await leave();
          publishSome(todo.missed);
          if (todo.how === 'auth') {
            page = await live.signIn('ama', cursor);
            read([{ type: 'ready', cursor: page.cursor }]);
          } else {
            page = await live.signIn();
            publishSome(todo.live);
            const overtaking = await page.sync();
            page.send({ type: 'resume', cursor });
            seen.push(...idsOf(overtaking));
            const answer = await page.sync();
            if (answer.length === 0) cursor = overtaking.at(-1)?.cursor ?? cursor;
            read(answer.slice(0, todo.cutAfter ?? undefined));
            if (todo.cutAfter !== null) {
              await leave();
              page = await live.signIn('ama', cursor);
            }
            continue;
          }
          publishSome(todo.live);
          read((await page.sync()).slice(0, todo.cutAfter ?? undefined));
          if (todo.cutAfter !== null) {
            await leave();
            page = await live.signIn('ama', cursor);
          }
        }
        read(await page.sync());
        assert.equal(new Set(seen).size, seen.length, `twice: ${seen.join()}`);
        const missing = Array.from({ length: last }, (_, index) => index + 1).filter(
          (id) => id > since && !seen.includes(id),
        );
        assert.deepEqual(missing, [], `since ${since}, seen ${seen.join()}`);
        await live.remove();
      }),
      { numRuns: often(60) },
    );
  });
});
