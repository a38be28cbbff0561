import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { IPublishPacket, MqttClient } from 'mqtt';
import type { Message, MessageLink } from '../../ports/message-link';

/** A link and the broker it speaks with. The home's prefix is `aurion`. */
export interface LinkBench {
  /** Not started. It listens to `aurion/devices/+/status` at least. */
  readonly link: MessageLink;
  /** A connected client that may publish and read what a device `lamp` may. The link was started before. */
  device(): Promise<MqttClient>;
  /** Lets the time pass until who was not told that a message arrived sends it again. */
  untilSentAgain(): Promise<unknown>;
  /** Closes the link, the devices and the broker. */
  close(): Promise<void>;
}

const COMMAND = 'aurion/devices/lamp/command';
const STATUS = 'aurion/devices/lamp/status';

/** What every link to a broker promises. It runs unchanged on each of them. */
export function describeMessageLink(name: string, open: () => Promise<LinkBench>): void {
  describe(`message link: ${name}`, () => {
    let bench: LinkBench;
    let link: MessageLink;

    beforeEach(async () => {
      bench = await open();
      ({ link } = bench);
    });
    afterEach(() => bench.close());

    describe('publish', () => {
      it('reaches a client, QoS 1 and not retained unless told', async () => {
        await link.start();
        const device = await bench.device();
        const hears = await subscribe(device, COMMAND);
        await link.publish(COMMAND, '{"status":true}');
        const [packet] = await hears(1);
        assert.equal(packet!.payload.toString(), '{"status":true}');
        assert.deepEqual([packet!.qos, packet!.retain], [1, false]);
      });

      it('as QoS 0', async () => {
        await link.start();
        const hears = await subscribe(await bench.device(), COMMAND);
        await link.publish(COMMAND, 'x', { qos: 0 });
        assert.equal((await hears(1))[0]!.qos, 0);
      });

      it('retained: who comes later gets it', async () => {
        await link.start();
        await link.publish(COMMAND, 'kept', { retain: true });
        const hears = await subscribe(await bench.device(), COMMAND);
        const [packet] = await hears(1);
        assert.deepEqual([packet!.payload.toString(), packet!.retain], ['kept', true]);
      });

      it('keeps the order of 1,000', async () => {
        await link.start();
        const hears = await subscribe(await bench.device(), COMMAND);
        await Promise.all(numbers(1000).map((n) => link.publish(COMMAND, n)));
        const packets = await hears(1000);
        assert.deepEqual(
          packets.map(({ payload }) => payload.toString()),
          numbers(1000),
        );
      });

      it('S14: refuses what is no topic, and the connection stands', async () => {
        await link.start();
        const hears = await subscribe(await bench.device(), COMMAND);
        for (const topic of ['', 'aurion/+/x', 'aurion/#', 'aurion/\0', 'é'.repeat(129)]) {
          await assert.rejects(link.publish(topic, 'x'), { code: 'BROKER_UNAVAILABLE' }, topic);
        }
        assert.ok(link.connected);
        await link.publish(COMMAND, 'good');
        assert.equal((await hears(1))[0]!.payload.toString(), 'good');
      });

      it('is refused at once before the start and after the end', async () => {
        await assert.rejects(link.publish(COMMAND, 'x'), { code: 'BROKER_UNAVAILABLE' });
        await link.start();
        await link.close();
        await assert.rejects(link.publish(COMMAND, 'x'), { code: 'BROKER_UNAVAILABLE' });
      });
    });

    describe('messages', () => {
      it('come with topic and payload, none of them retained: they are events', async () => {
        const messages = collect(link);
        await link.start();
        const device = await bench.device();
        await device.publishAsync(STATUS, '{"a":1}', { qos: 1 });
        await device.publishAsync(STATUS, '{"a":2}', { qos: 1, retain: true });
        await device.publishAsync(STATUS, '{"a":3}', { qos: 0 });
        assert.deepEqual(
          (await messages(3)).map(({ payload, ...rest }) => ({
            ...rest,
            text: payload.toString(),
          })),
          ['{"a":1}', '{"a":2}', '{"a":3}'].map((text) => ({
            ...{ text, topic: STATUS, retained: false, duplicate: false },
          })),
        );
      });

      it('any bytes are a payload, also none', async () => {
        const messages = collect(link);
        await link.start();
        const device = await bench.device();
        const bytes = Buffer.from([0xff, 0xfe, 0, 0xc3]);
        await device.publishAsync(STATUS, bytes, { qos: 1 });
        await device.publishAsync(STATUS, '', { qos: 1 });
        const [first, second] = await messages(2);
        assert.deepEqual(first!.payload, bytes);
        assert.equal(second!.payload.length, 0);
      });

      it('keep the order of 1,000', async () => {
        const messages = collect(link);
        await link.start();
        const device = await bench.device();
        await Promise.all(numbers(1000).map((n) => device.publishAsync(STATUS, n, { qos: 1 })));
        assert.deepEqual(
          (await messages(1000)).map(({ payload }) => payload.toString()),
          numbers(1000),
        );
      });

      it('a message whose listener throws is not acknowledged: it comes again', async () => {
        let isBroken = true;
        const failed = new Promise<void>((resolve) => {
          link.onMessage(() => {
            if (!isBroken) return;
            resolve();
            throw new Error('disk full');
          });
        });
        // Behind the one that throws: only what was taken in gets here.
        const messages = collect(link);
        await link.start();
        const device = await bench.device();
        const told = device.publishAsync(STATUS, 'important', { qos: 1 });
        await failed;
        isBroken = false;
        await bench.untilSentAgain();
        assert.equal((await messages(1))[0]!.payload.toString(), 'important');
        await told;
      });
    });

    it('tells each change of `connected`', async () => {
      const changes: boolean[] = [];
      link.onConnection((connected) => {
        assert.equal(link.connected, connected);
        changes.push(connected);
      });
      assert.equal(link.connected, false);
      await link.start();
      assert.deepEqual(changes, [true]);
      await link.close();
      assert.deepEqual(changes, [true, false]);
      assert.equal(link.connected, false);
    });

    it('can be closed twice, and without a start', async () => {
      await Promise.all([link.close(), link.close()]);
      await bench.close();
      bench = await open();
      ({ link } = bench);
      await link.start();
      await Promise.all([link.close(), link.close()]);
      await link.close();
    });
  });
}

/** Collects the link's messages; the function waits until there are so many and returns all. */
export function collect(link: MessageLink): (count: number) => Promise<readonly Message[]> {
  const messages: Message[] = [];
  link.onMessage((message) => void messages.push(message));
  return (count) => until(() => messages.length >= count).then(() => messages);
}

/** Subscribes; the function waits until so many packets came and returns all. */
export async function subscribe(
  client: MqttClient,
  topic: string,
): Promise<(count: number) => Promise<readonly IPublishPacket[]>> {
  const packets: IPublishPacket[] = [];
  client.on('message', (_topic, _payload, packet) => void packets.push(packet));
  await client.subscribeAsync(topic, { qos: 1 });
  return async (count) => {
    await until(() => packets.length >= count);
    return packets;
  };
}

/** Resolves when it is so, looking again each turn of the event loop. */
export async function until(condition: () => boolean, withinMs = 5000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${condition.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}
