import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../../test/support/fake-clock';
import { freePort } from '../../../test/support/free-port';
import { until } from './message-link.suite';
import { PortWatch } from './port-watch';

const LOST = new Error('the connection was closed');
const REFUSED = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

describe('the watch on a broker’s port', () => {
  let clock: FakeClock;
  let port: number;
  let server: Server | undefined;
  let watch: PortWatch | undefined;
  let visits: number;
  let backs: number;

  beforeEach(async () => {
    clock = new FakeClock();
    port = await freePort();
    [visits, backs] = [0, 0];
  });
  afterEach(async () => {
    watch?.stop();
    assert.equal(clock.timers, 0);
    await goAway();
  });

  async function listen(): Promise<void> {
    server = createServer((socket) => {
      visits += 1;
      socket.on('error', () => undefined);
      socket.resume();
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  }
  async function goAway(): Promise<void> {
    if (!server) return;
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
  }
  const begin = (cause: Error) => {
    watch = new PortWatch({
      ...{ host: '127.0.0.1', port, cause, clock },
      onBack: () => void (backs += 1),
    });
  };
  /** Looks once; resolves when it is planned when to look next, or that it is over. */
  async function look(): Promise<void> {
    await clock.advance(2000);
    const socket = () => (watch as unknown as { socket: unknown }).socket;
    await until(() => socket() === undefined);
  }

  it('tells once when somebody listens where nobody did', async () => {
    begin(REFUSED);
    await look();
    await look();
    assert.equal(backs, 0);
    await listen();
    await look();
    assert.equal(backs, 1);
    await clock.advance(60_000);
    assert.equal(visits, 1);
  });

  it('does not take a broker that was there all the time for one that is back, and leaves it alone', async () => {
    await listen();
    begin(LOST);
    await look();
    await clock.advance(60_000);
    assert.deepEqual([visits, backs], [1, 0]);
  });

  it('knows a broker that went after the connection was lost', async () => {
    begin(LOST);
    await look();
    await listen();
    await look();
    assert.equal(backs, 1);
  });

  it('is over when it is stopped, also while it looks', async () => {
    await listen();
    begin(REFUSED);
    const looking = clock.advance(2000);
    watch!.stop();
    await looking;
    await clock.advance(60_000);
    assert.equal(backs, 0);
  });
});
