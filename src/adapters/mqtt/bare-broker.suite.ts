import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Aedes, Client } from 'aedes' with { 'resolution-mode': 'import' };
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

/** Where CONNECT has the protocol's version, if it is shorter than 128 bytes. */
const PROTOCOL_LEVEL_AT = 8;

/** A broker outside of Aurion, for tests: it can go away and come back with its sessions, and stop acknowledging. */
export class BareBroker {
  readonly port: number;
  /** While true it takes publishes in, and neither acknowledges nor hands them on. */
  isStuck = false;
  /** While true it hangs up on who asks for MQTT 5, instead of saying that it does not speak it. */
  hangsUpOnMqtt5 = false;
  /** If set, the only password it takes. */
  password: string | undefined;
  readonly clients = new Map<string, Client>();
  private readonly sockets = new Set<Socket>();
  private readonly devices: MqttClient[] = [];

  private constructor(
    readonly aedes: Aedes,
    private server: Server,
  ) {
    this.port = (server.address() as AddressInfo).port;
    this.use(server);
    aedes.authorizePublish = (_client, _packet, done) => {
      if (!this.isStuck) done(null);
    };
    aedes.authenticate = (_client, _username, password, done) =>
      done(null, this.password === undefined || this.password === password?.toString());
    aedes.on('client', (client) => void this.clients.set(client.id, client));
    aedes.on('clientDisconnect', (client) => void this.clients.delete(client.id));
    for (const event of ['clientError', 'connectionError'] as const) {
      aedes.on(event, () => undefined);
    }
  }

  static async open(): Promise<BareBroker> {
    const { Aedes } = await import('aedes');
    return new BareBroker(await Aedes.createBroker(), await listen(0));
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async device(options: IClientOptions = {}): Promise<MqttClient> {
    const client = await mqtt.connectAsync(this.url, { reconnectPeriod: 0, ...options });
    this.devices.push(client);
    return client;
  }

  /** Cuts every connection; the port stays open. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Cuts one client's connection. */
  cutClient(id: string): void {
    (this.clients.get(id)?.conn as Duplex | undefined)?.destroy();
  }

  async goAway(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.cut();
    await closed;
  }

  async comeBack(): Promise<void> {
    this.server = await listen(this.port);
    this.use(this.server);
  }

  async close(): Promise<void> {
    for (const device of this.devices) await device.endAsync(true);
    if (this.server.listening) await this.goAway();
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
  }

  private use(server: Server): void {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.sockets.delete(socket));
      socket.once('data', (connect: Buffer) => {
        if (this.hangsUpOnMqtt5 && connect[PROTOCOL_LEVEL_AT] === 5) return socket.destroy();
        socket.pause();
        socket.unshift(connect);
        return this.aedes.handle(socket);
      });
    });
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
