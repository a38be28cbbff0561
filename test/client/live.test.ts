import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { createAurionClient, memoryStorage, type Live, type LiveOptions } from '../../client/index';
import { FakeClock, settled } from '../support/fake-clock';
import { ScriptedSocket } from './scripted-socket';

describe('the live connection of the client', () => {
  let clock: FakeClock;
  let told: unknown[];
  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    ScriptedSocket.all = [];
  });

  function open(
    options: LiveOptions & { token?: string | null; onSignInNeeded?: () => Promise<unknown> } = {},
  ): Live {
    const { token = 't1', onSignInNeeded, ...live } = options;
    const client = createAurionClient({
      baseUrl: 'https://maison.tg/aurion/api/',
      storage: memoryStorage(token),
      onSignInNeeded,
      WebSocket: ScriptedSocket,
      clock,
      random: () => 1,
    }).live(live);
    client.on('device.status', ({ id }) => told.push(id));
    client.on('reset', () => told.push('reset'));
    client.on('state', (state) => told.push(state));
    return client;
  }

  const event = (id: number, cursor = `c${id}`) => ({
    ...{
      type: 'event',
      event: 'device.status',
      data: { id },
      timestamp: '2026-11-22T12:00:00.000Z',
      cursor,
    },
  });
  const firstSaid = () => ScriptedSocket.last.said[0]!;
  const sockets = (): number => ScriptedSocket.all.length;

  it('signs in by its first frame, beside the API, and narrows what it hears', () => {
    open({ events: ['device.status'] });
    const socket = ScriptedSocket.last.opens();
    assert.equal(socket.url, 'wss://maison.tg/aurion/ws');
    assert.deepEqual(socket.said, [
      { type: 'auth', token: 't1' },
      { type: 'subscribe', events: ['device.status'] },
    ]);
    socket.isReady('c0');
    socket.gets(event(1));
    assert.deepEqual(told, ['ready', 1]);
  });

  it('skips what it did not ask for, which a replay may hold, and does not ask for it again', async () => {
    open({ events: [] });
    ScriptedSocket.last.isReady('c0').gets(event(1));
    assert.deepEqual(told, ['ready']);
    ScriptedSocket.last.breaks();
    await clock.advance(1000);
    ScriptedSocket.last.opens();
    assert.equal(firstSaid()['cursor'], 'c1');
  });

  it('comes back with its last cursor, and not with that of a ready that promises a replay or a reset', async () => {
    open();
    ScriptedSocket.last.isReady('c0').gets(event(1));
    ScriptedSocket.last.breaks();
    await clock.advance(1000);
    ScriptedSocket.last.isReady('elsewhere').breaks();
    await clock.advance(1000);
    ScriptedSocket.last.opens();
    assert.equal(firstSaid()['cursor'], 'c1');
    ScriptedSocket.last.isReady('new').gets({ type: 'reset', cursor: 'new' });
    ScriptedSocket.last.breaks();
    await clock.advance(1000);
    ScriptedSocket.last.opens();
    assert.equal(firstSaid()['cursor'], 'new');
    assert.equal(told.filter((each) => each === 'reset').length, 1);
  });

  it('hears nothing of a socket it has let go of', async () => {
    open();
    const [old] = [ScriptedSocket.last.isReady('c0')];
    old.breaks();
    await clock.advance(1000);
    ScriptedSocket.last.isReady('c0');
    old.gets(event(1));
    old.breaks();
    ScriptedSocket.last.gets(event(2));
    assert.deepEqual(told, ['ready', 'connecting', 'ready', 2]);
  });

  it('F1: tries again after 1 s doubled up to 30 s, and from 1 s once it was ready', async () => {
    open();
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      const before = sockets();
      ScriptedSocket.last.breaks();
      await clock.advance(seconds * 1000 - 1);
      assert.equal(sockets(), before);
      await clock.advance(1);
      assert.equal(sockets(), before + 1, `${seconds} s`);
    }
    ScriptedSocket.last.isReady('c0').breaks();
    const before = sockets();
    await clock.advance(1000);
    assert.equal(sockets(), before + 1);
  });

  it('waits half a minute longer after 4429', async () => {
    open();
    ScriptedSocket.last.breaks(4429);
    await clock.advance(30_999);
    assert.equal(sockets(), 1);
    await clock.advance(1);
    assert.equal(sockets(), 2);
  });

  it('gives up a socket that is not ready in 10 s, or says nothing for 25 s and then no pong in 5 s', async () => {
    open();
    await clock.advance(10_000);
    assert.ok(ScriptedSocket.all[0]!.closed);
    await clock.advance(1000);
    const socket = ScriptedSocket.last.isReady('c0');
    await clock.advance(25_000);
    assert.deepEqual(socket.said.at(-1), { type: 'ping' });
    socket.gets({ type: 'pong' });
    await clock.advance(29_999);
    assert.equal(socket.closed, false);
    await clock.advance(1);
    assert.equal(socket.closed, true);
  });

  it('asks to sign in after 4401, and stays signed out when nobody does', async () => {
    let asked = 0;
    const live = open({ onSignInNeeded: () => Promise.resolve(asked++) });
    ScriptedSocket.last.isReady('c0').breaks(4401);
    await settled();
    assert.deepEqual([asked, live.state, clock.timers], [1, 'signed-out', 0]);
  });

  it('holds events until the page has loaded, and loads again after a reset', async () => {
    let finish: (error?: Error) => void = () => undefined;
    const load = () => {
      told.push('load');
      return new Promise<void>((resolve, reject) => {
        finish = (error) => (error ? reject(error) : resolve());
      });
    };
    open({ load });
    const socket = ScriptedSocket.last.isReady('c0');
    socket.gets(event(1));
    await settled();
    assert.deepEqual(told.splice(0), ['ready', 'load']);
    finish();
    await settled();
    socket.gets(event(2));
    assert.deepEqual(told.splice(0), [1, 2]);
    // What is held when a reset comes, the load that follows has seen.
    socket.gets({ type: 'reset', cursor: 'n0' });
    await settled();
    socket.gets(event(3));
    socket.gets({ type: 'reset', cursor: 'n1' });
    finish();
    await settled();
    socket.gets(event(4));
    assert.deepEqual(told.splice(0), ['reset', 'load', 'reset', 'load']);
    finish();
    await settled();
    assert.deepEqual(told.splice(0), [4]);
    socket.gets({ type: 'reset', cursor: 'n2' });
    await settled();
    socket.gets(event(5));
    finish(new Error('no network'));
    await settled();
    assert.deepEqual(told.splice(0), ['reset', 'load', 'connecting']);
    await clock.advance(1000);
    ScriptedSocket.last.opens();
    assert.equal(firstSaid()['cursor'], undefined);
    ScriptedSocket.last.isReady('n5');
    await settled();
    finish();
    await settled();
    assert.deepEqual(told, ['ready', 'load']);
  });

  it('leaves no timer and no socket when it is closed, whatever it was doing', async () => {
    const waiting = open();
    ScriptedSocket.last.breaks();
    const ready = open();
    ScriptedSocket.last.isReady('c0');
    const connecting = open();
    const socket = ScriptedSocket.last;
    for (const live of [waiting, ready, connecting]) live.close();
    assert.equal(clock.timers, 0);
    assert.ok(socket.closed);
    const before = sockets();
    socket.breaks();
    await clock.advance(60_000);
    assert.equal(sockets(), before);
  });
});
