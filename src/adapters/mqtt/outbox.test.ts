import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../../test/support/fake-clock';
import { Outbox, type OutgoingMessage } from './outbox';

describe('outbox', () => {
  const unavailable = { code: 'BROKER_UNAVAILABLE' };
  let clock: FakeClock;
  let outbox: Outbox;
  let sent: { message: OutgoingMessage; done: (error?: Error) => void }[];
  let stalls: number;

  beforeEach(() => {
    clock = new FakeClock();
    sent = [];
    stalls = 0;
    outbox = new Outbox({
      clock,
      window: 2,
      send: (message, done) => void sent.push({ message, done }),
      onStalled: () => (stalls += 1),
    });
  });
  afterEach(() => {
    outbox.close(new Error('end'));
    assert.equal(clock.timers, 0);
  });

  const payloads = () => sent.map(({ message }) => message.payload);

  it('sends no more at a time than the broker takes, in order', async () => {
    const all = Promise.all(['1', '2', '3', '4'].map((text) => outbox.publish('t', text)));
    assert.deepEqual(payloads(), ['1', '2']);
    sent[0]!.done();
    assert.deepEqual(payloads(), ['1', '2', '3']);
    sent[1]!.done();
    sent[2]!.done();
    sent[3]!.done();
    await all;
  });

  it('a thousand that are done at once do not pile up on the stack', async () => {
    const payloadsSeen: string[] = [];
    const quick = new Outbox({
      clock,
      window: 1,
      send: ({ payload }, done) => {
        payloadsSeen.push(payload);
        done();
      },
      onStalled: () => undefined,
    });
    await Promise.all(Array.from({ length: 1000 }, (_, i) => quick.publish('t', String(i))));
    assert.equal(payloadsSeen.length, 1000);
  });

  it('expiry is told in whole seconds, at least one, rounded up', async () => {
    for (const [leftMs, expiryS] of [
      [1, 1],
      [1000, 1],
      [1001, 2],
      [5000, 5],
    ] as const) {
      const arrived = outbox.publish('t', 'x', { expiresAt: clock.now() + leftMs });
      assert.equal(sent.at(-1)!.message.expiryS, expiryS);
      sent.at(-1)!.done();
      await arrived;
    }
    const arrived = outbox.publish('t', 'x');
    assert.equal(sent.at(-1)!.message.expiryS, undefined);
    sent.at(-1)!.done();
    await arrived;
  });

  it('what expires while it waits is refused and not sent', async () => {
    for (const expiresAt of [NaN, clock.now(), clock.now() - 1]) {
      await assert.rejects(outbox.publish('t', 'x', { expiresAt }), unavailable);
    }
    const before = [outbox.publish('t', '1'), outbox.publish('t', '2')];
    const late = assert.rejects(
      outbox.publish('t', 'late', { expiresAt: clock.now() + 5000 }),
      unavailable,
    );
    await clock.advance(5000);
    for (const { done } of sent) done();
    await late;
    await Promise.all(before);
    assert.deepEqual(payloads(), ['1', '2']);
  });

  it('a refusal by the broker rejects the one it is for', async () => {
    const refused = assert.rejects(outbox.publish('t', '1'), unavailable);
    const taken = outbox.publish('t', '2');
    sent[0]!.done(new Error('Publish error: Not authorized'));
    sent[1]!.done();
    await refused;
    await taken;
  });

  it('no acknowledgement within 10 s: rejects and says so', async () => {
    const refused = assert.rejects(outbox.publish('t', '1'), unavailable);
    await clock.advance(9999);
    assert.equal(stalls, 0);
    await clock.advance(1);
    await refused;
    assert.equal(stalls, 1);
  });

  it('closed, it rejects all, sends nothing and takes nothing', async () => {
    const all = Promise.allSettled(['1', '2', '3'].map((text) => outbox.publish('t', text)));
    outbox.close(new Error('the connection was closed'));
    for (const { done } of sent) done(new Error('Connection closed'));
    assert.ok((await all).every(({ status }) => status === 'rejected'));
    await assert.rejects(outbox.publish('t', '4'), unavailable);
    assert.deepEqual(payloads(), ['1', '2']);
  });
});
