import { createServer, type Server, type Socket } from 'node:net';
import type { Aedes } from 'aedes' with {
  'resolution-mode': 'import',
};
import { AurionError } from '../../contract/errors';
import type { Logger } from '../../ports/logger';
import type { Message, MessageLink, PublishOptions } from '../../ports/message-link';
import { sameSecret } from '../crypto/jwt-tokens';

const CONNECT_WITHIN_MS = 10_000;
/** MQTT 3.1.1's return code for a wrong user name or password (aedes' enum is in a module that can't be required). */
const BAD_CREDENTIALS = 4;

type AuthenticateDone = Parameters<Aedes['authenticate']>[3];

export interface EmbeddedBrokerOptions {
  readonly host: string;
  readonly port: number;
  /** Every topic of the home lies below it. */
  readonly prefix: string;
  readonly installer: { readonly username: string; readonly password: string };
  readonly logger: Logger;
}

/**
 * The broker inside Aurion. Aurion itself is not a client of it: it publishes into it and listens to
 * what clients publish, so that a message is Aurion's before its sender is told that it arrived.
 */
export class EmbeddedBroker implements MessageLink {
  private readonly listeners: ((message: Message) => void)[] = [];
  private broker: Aedes | undefined;
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly options: EmbeddedBrokerOptions) {}

  get connected(): boolean {
    return this.broker !== undefined;
  }

  /** Begins to listen. @throws BROKER_UNAVAILABLE when the port is taken or not allowed; its cause says why */
  async start(): Promise<void> {
    const { host, port } = this.options;
    const { Aedes } = await import('aedes');
    const broker = await Aedes.createBroker({ connectTimeout: CONNECT_WITHIN_MS });
    broker.authenticate = (_client, username, password, done) =>
      this.authenticate(username, password, done);
    broker.authorizePublish = (client, packet, done) => {
      if (client && !this.isOwnTopic(packet.topic)) {
        done(new Error(`topic ${packet.topic} is not below ${this.options.prefix}/`));
        return;
      }
      if (client) this.hear({ topic: packet.topic, payload: toBuffer(packet.payload) });
      done(null);
    };
    broker.authorizeSubscribe = (_client, subscription, done) =>
      done(null, this.isOwnTopic(subscription.topic) ? subscription : null);
    const ignore = () => undefined;
    broker.on('clientError', ignore);
    broker.on('connectionError', ignore);

    const server = createServer((socket) => this.accept(broker, socket));
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
    } catch (cause) {
      await closeBroker(broker);
      throw new AurionError('BROKER_UNAVAILABLE', { cause });
    }
    server.on('error', (error) => this.options.logger.error(`MQTT broker: ${error.message}`));
    this.broker = broker;
    this.server = server;
  }

  async publish(
    topic: string,
    payload: string,
    { qos = 1, retain = false }: PublishOptions = {},
  ): Promise<void> {
    const { broker } = this;
    if (!broker) throw new AurionError('BROKER_UNAVAILABLE');
    await new Promise<void>((resolve, reject) => {
      broker.publish(
        { cmd: 'publish', topic, payload: Buffer.from(payload), qos, retain, dup: false },
        (error) => {
          if (error) reject(new AurionError('BROKER_UNAVAILABLE', { cause: error }));
          else resolve();
        },
      );
    });
  }

  onMessage(listener: (message: Message) => void): void {
    this.listeners.push(listener);
  }

  async close(): Promise<void> {
    const { broker, server } = this;
    this.broker = undefined;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      if (server) server.close(() => resolve());
      else resolve();
    });
    if (broker) await closeBroker(broker);
  }

  private accept(broker: Aedes, socket: Socket): void {
    // Commands are small and wanted at once.
    socket.setNoDelay(true);
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    broker.handle(socket);
  }

  private authenticate(
    username: string | undefined,
    password: Buffer | undefined,
    done: AuthenticateDone,
  ): void {
    const { installer } = this.options;
    const known =
      username !== undefined &&
      password !== undefined &&
      sameSecret(
        `${username}\n${password.toString()}`,
        `${installer.username}\n${installer.password}`,
      );
    if (known) return done(null, true);
    const error = Object.assign(new Error('wrong user name or password'), {
      returnCode: BAD_CREDENTIALS,
    });
    done(error, null);
  }

  private isOwnTopic(topic: string): boolean {
    return topic.startsWith(`${this.options.prefix}/`);
  }

  private hear(message: { topic: string; payload: Buffer }): void {
    // Someone publishes it now, so it is an event, whatever its retain flag asks of the broker.
    for (const listener of this.listeners) listener({ ...message, retained: false });
  }
}

function toBuffer(payload: Buffer | string): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

function closeBroker(broker: Aedes): Promise<void> {
  return new Promise((resolve) => broker.close(() => resolve()));
}
