import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import mqtt, { type IConnackPacket, type IPublishPacket, type MqttClient } from 'mqtt';
import type { BrokerAddress } from './broker-address';
import { DisconnectError } from './failure';
import type { OutgoingMessage } from './outbox';

const KEEPALIVE_S = 30;
/** As long as the broker keeps what is for us while we are away (MQTT 5; before, it decides). */
const SESSION_EXPIRY_S = 3600;
/** What the broker may hand us in one packet (MQTT 5); it drops what is larger. */
const PACKET_BYTES_MAX = 256 * 1024;

export type ProtocolVersion = 4 | 5;

export interface SocketOptions {
  readonly address: BrokerAddress;
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly version: ProtocolVersion;
  /** True: the broker keeps subscriptions, and what is for them, while we are away. */
  readonly persistent: boolean;
  readonly will?: { readonly topic: string; readonly payload: string };
  /** Takes a message in before it is acknowledged. If it throws, it is not, and the socket is lost. */
  readonly take?: (packet: IPublishPacket) => void;
  /** Called once when the socket is lost or could not be opened; not after `kill` or `end`. */
  readonly onLost: (cause: Error) => void;
}

/**
 * One network connection to a broker. It is never used for a second one: mqtt.js would send from its
 * store what was not acknowledged on the first.
 */
export class MqttSocket {
  /** Rejects when the broker refuses or can't be reached. */
  readonly opened: Promise<IConnackPacket>;
  private readonly client: MqttClient;
  private isOver = false;
  private isKilled = false;

  constructor(private readonly options: SocketOptions) {
    const { address, clientId, username, password, version, persistent, will } = options;
    const client = mqtt.connect({
      ...address.connect,
      clientId,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      protocolVersion: version,
      clean: !persistent,
      ...(will && { will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
      ...(version === 5 && {
        properties: {
          maximumPacketSize: PACKET_BYTES_MAX,
          ...(persistent && { sessionExpiryInterval: SESSION_EXPIRY_S }),
        },
      }),
      keepalive: KEEPALIVE_S,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      manualConnect: true,
    });
    this.client = client;
    // mqtt.js sends the PUBACK when this calls back without an error.
    client.handleMessage = (packet, done) => {
      if (this.isOver) return done(new Error('not taken'));
      try {
        options.take?.(packet);
      } catch (error) {
        this.lose(toError(error));
        return done(toError(error));
      }
      done();
    };
    this.opened = new Promise((resolve, reject) => {
      client.once('connect', resolve);
      this.rejectOpened = reject;
    });
    this.opened.catch(() => undefined);
    client.on('disconnect', ({ reasonCode = 0 }) => this.lose(new DisconnectError(reasonCode)));
    client.on('error', (error) => this.lose(toError(error)));
    client.on('close', () => this.lose(new Error('the connection was closed')));
    client.connect();
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  }

  /** Resolves when the broker granted all of them. */
  async subscribe(topics: readonly string[]): Promise<void> {
    await this.client.subscribeAsync([...topics], { qos: 1 });
  }

  /** Sends; `done` is called when the broker has it (QoS 0: when it is written), or refuses it. */
  send(message: OutgoingMessage, done: (error?: Error) => void): void {
    const { topic, payload, qos, retain, expiryS } = message;
    const properties = expiryS === undefined ? {} : { messageExpiryInterval: expiryS };
    this.client.publish(topic, payload, { qos, retain, properties }, (error) =>
      error ? done(toError(error)) : done(),
    );
  }

  /** Says goodbye to the broker, which then does not publish the last will. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.client.endAsync();
  }

  /** Ends it at once. What was not sent yet is never sent: over plain TCP not by the system either. */
  kill(): void {
    this.isOver = true;
    if (this.isKilled) return;
    this.isKilled = true;
    const { stream } = this.client;
    const isPlain = stream instanceof Socket && !(stream instanceof TLSSocket);
    // Not the one that listens: a reset would also take back acknowledgements that are on their way.
    if (isPlain && !this.options.persistent && !stream.connecting && !stream.destroyed) {
      stream.resetAndDestroy();
    }
    this.client.end(true);
  }

  private rejectOpened: (cause: Error) => void = () => undefined;

  private lose(cause: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.rejectOpened(cause);
    this.options.onLost(cause);
    this.kill();
  }
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
