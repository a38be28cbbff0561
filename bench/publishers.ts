import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * Publishers of device statuses over MQTT 3.1.1, QoS 1, in a process of their own. They speak just as
 * much of the protocol as it takes, so that it is the broker that is measured and not they.
 */

export interface Order {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly prefix: string;
  /** One publisher each. */
  readonly deviceIds: readonly number[];
  readonly messagesEach: number;
  /** What the first message says its power is; each next one says one more. */
  readonly firstPowerW: number;
}

export interface Outcome {
  readonly acknowledged: number;
  readonly ms: number;
}

/** How many messages a publisher has under way. */
const WINDOW = 50;
const CONNACK_BYTES = 4;
const PUBACK = 0x40;
const PUBACK_BYTES = 4;
const ID_MAX = 65_535;

class Publisher {
  private constructor(
    private readonly socket: Socket,
    private readonly order: Order,
    private readonly deviceId: number,
  ) {}

  static async connect(order: Order, deviceId: number): Promise<Publisher> {
    const socket = connect(order.port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    const texts = [`bench-${deviceId}`, order.username, order.password].map(text);
    // Level 4; user name, password, clean session; no keep-alive.
    const head = Buffer.concat([text('MQTT'), Buffer.from([4, 0b1100_0010, 0, 0])]);
    socket.write(packet(0x10, [head, ...texts]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (answer.length !== CONNACK_BYTES || answer[3] !== 0) throw new Error('not let in');
    return new Publisher(socket, order, deviceId);
  }

  /** Resolves when each message is acknowledged. */
  run(): Promise<number> {
    const { socket, order, deviceId } = this;
    const topic = text(`${order.prefix}/devices/${deviceId}/status`);
    let sent = 0;
    let acknowledged = 0;
    let rest: Buffer = Buffer.alloc(0);
    const send = () => {
      const packets: Buffer[] = [];
      while (sent < order.messagesEach && sent - acknowledged < WINDOW) {
        const id = Buffer.from([0, 0]);
        id.writeUInt16BE((sent % ID_MAX) + 1);
        const power = order.firstPowerW + sent;
        const payload = Buffer.from(
          `{"status":${sent % 2 === 0},"power":${power},"voltage":231.5}`,
        );
        packets.push(packet(0x32, [topic, id, payload]));
        sent += 1;
      }
      if (packets.length > 0) socket.write(Buffer.concat(packets));
    };
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the broker closed the connection')));
      socket.on('data', (chunk: Buffer) => {
        rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
        while (rest.length >= PUBACK_BYTES) {
          if (rest[0] !== PUBACK) return reject(new Error(`packet ${rest[0]}`));
          acknowledged += 1;
          rest = rest.subarray(PUBACK_BYTES);
        }
        if (acknowledged === order.messagesEach) resolve(acknowledged);
        else send();
      });
      send();
    });
  }

  end(): void {
    this.socket.removeAllListeners('close');
    this.socket.destroy();
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function packet(kind: number, parts: readonly Buffer[]): Buffer {
  let length = parts.reduce((sum, { length: bytes }) => sum + bytes, 0);
  const head = [kind];
  do {
    head.push((length & 127) | (length > 127 ? 128 : 0));
    length >>= 7;
  } while (length > 0);
  return Buffer.concat([Buffer.from(head), ...parts]);
}

async function carryOut(order: Order): Promise<Outcome> {
  const publishers = await Promise.all(
    order.deviceIds.map((deviceId) => Publisher.connect(order, deviceId)),
  );
  const startedMs = performance.now();
  const counts = await Promise.all(publishers.map((publisher) => publisher.run()));
  const ms = performance.now() - startedMs;
  for (const publisher of publishers) publisher.end();
  return { acknowledged: counts.reduce((sum, count) => sum + count, 0), ms };
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
