import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { readBrokerUrl } from './broker-address';
import { describeFailure } from './failure';
import { until } from './message-link.suite';
import { MqttSocket } from './mqtt-socket';

const CONNACK = Buffer.from('2003000000', 'hex');
const SESSION_TAKEN_OVER = Buffer.from('e0028e00', 'hex');
const SERVER_SHUTTING_DOWN = Buffer.from('e0028b00', 'hex');
const NONSENSE = Buffer.from('f5ff', 'hex');

describe('MQTT socket (MQTT 5)', () => {
  let server: Server;
  let socket: MqttSocket;
  let losses: Error[];
  let lost: Promise<Error>;

  /** A broker that says this to whoever comes, and nothing more. */
  const openOn = async (...answers: readonly Buffer[]): Promise<Socket> => {
    server.once('connection', (peer: Socket) => {
      peer.on('error', () => undefined);
      peer.once('data', () => peer.write(Buffer.concat(answers)));
    });
    const connected = once(server, 'connection') as Promise<[Socket]>;
    lost = new Promise((resolve) => {
      socket = new MqttSocket({
        address: readBrokerUrl(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`),
        ...{ clientId: 'x', version: 5, persistent: false },
        onLost: (cause) => {
          losses.push(cause);
          resolve(cause);
        },
      });
    });
    return (await connected)[0];
  };

  beforeEach(async () => {
    losses = [];
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    socket.kill();
    const closed = once(server, 'close');
    server.close();
    await closed;
    assert.ok(losses.length <= 1);
  });

  it('is lost with the reason that the broker gives', async () => {
    await openOn(CONNACK, SESSION_TAKEN_OVER);
    assert.deepEqual(describeFailure(await lost), {
      text: 'another client came with the same client id',
      isRefusal: true,
    });
  });

  it('a broker that shuts down is away: no refusal', async () => {
    await openOn(CONNACK, SERVER_SHUTTING_DOWN);
    assert.equal(describeFailure(await lost).isRefusal, false);
  });

  it('is lost when the broker sends what is no MQTT', async () => {
    const peer = await openOn(CONNACK, NONSENSE);
    await lost;
    await until(() => peer.destroyed);
  });

  it('before it was opened: `opened` rejects', async () => {
    await openOn(NONSENSE);
    await assert.rejects(socket.opened);
    assert.equal(losses.length, 1);
  });

  it('killed, it tells nobody', async () => {
    const peer = await openOn(CONNACK);
    await socket.opened;
    socket.kill();
    await until(() => peer.destroyed);
    assert.deepEqual(losses, []);
  });
});
