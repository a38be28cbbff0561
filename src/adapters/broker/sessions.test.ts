import assert from 'node:assert/strict';
import type { Client } from 'aedes' with { 'resolution-mode': 'import' };
import fc from 'fast-check';
import { beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../../test/support/fake-clock';
import { ACCOUNT_LIMITS, BROKER_LIMITS } from '../../domain/mqtt/broker-limits';
import type { Visitor } from '../../ports/broker-access';
import { Seats } from './seats';
import { Session, type Packet } from './session';
import { Heard } from './heard';
import { Sessions } from './sessions';
import { often } from '../../../test/support/often';

const LAMP: Visitor = { kind: 'device', deviceId: 7, names: ['7'], credentials: 'c' };
const OWN = 'aurion/devices/7/command';

describe('sessions of the embedded broker', () => {
  let clock: FakeClock;
  let seats: Seats;
  let sessions: Sessions;

  beforeEach(() => {
    clock = new FakeClock();
    seats = new Seats('aurion');
    sessions = new Sessions(seats, clock, new Heard(clock));
  });

  /** A client that wants a session and subscribes to what it may. */
  async function subscribed(id: string, visitor = LAMP, filters = [OWN]): Promise<Client> {
    const client = { id, clean: false, close: () => undefined } as unknown as Client;
    seats.take(client, visitor);
    for (const filter of filters) seats.grant(client, filter);
    await sessions.addSubscriptions(
      client,
      filters.map((topic) => ({ topic, qos: 1 as const })),
    );
    return client;
  }

  it('S27: keep no filter that was refused', async () => {
    const client = await subscribed('plug', LAMP, ['aurion/devices/8/command']);
    assert.deepEqual(await sessions.subscriptionsByClient(client), []);
    assert.deepEqual(await sessions.subscriptionsByTopic('aurion/devices/8/command'), []);
  });

  it('S27: forget a filter that is refused later', async () => {
    const client = await subscribed('plug');
    assert.equal((await sessions.subscriptionsByTopic(OWN)).length, 1);
    sessions.refuse(client, OWN);
    assert.deepEqual(await sessions.subscriptionsByClient(client), []);
    assert.deepEqual(await sessions.subscriptionsByTopic(OWN), []);
  });

  it('F13: an account has so many; the one that slept longest goes first', async () => {
    const { sessions: max } = ACCOUNT_LIMITS.device;
    for (let i = 0; i < max + 3; i += 1) {
      await subscribed(`plug-${i}`);
      await clock.advance(1000);
    }
    await subscribed('other', { kind: 'device', deviceId: 8, names: ['8'], credentials: 'c' }, []);
    assert.equal(sessions.size, max + 1);
    const kept = (await sessions.subscriptionsByTopic(OWN)).map(({ clientId }) => clientId);
    assert.deepEqual(kept, ['plug-3', 'plug-4', 'plug-5', 'plug-6', 'plug-7']);
  });

  it('F13: one ends when its client stayed away for a week, and not while it is connected', async () => {
    await subscribed('there');
    await subscribed('away');
    const sweep = () => sessions.sweep((id) => id === 'there');
    await clock.advance(BROKER_LIMITS.sessionMs);
    sweep();
    assert.equal(sessions.size, 2);
    await clock.advance(1);
    sweep();
    assert.equal(sessions.size, 1);
    assert.equal((await sessions.subscriptionsByTopic(OWN))[0]?.clientId, 'there');
  });

  it('F13: a client that comes without a session leaves nothing behind', async () => {
    const passing = { id: 'page', clean: true } as unknown as Client;
    seats.take(passing, LAMP);
    await sessions.addSubscriptions(passing, [{ topic: OWN, qos: 1 }]);
    await sessions.incomingStorePacket(passing, { messageId: 5 } as Packet);
    assert.equal(
      (await sessions.incomingGetPacket(passing, { messageId: 5 } as Packet)).messageId,
      5,
    );
    await sessions.outgoingClearMessageId(passing, { messageId: 5 });
    await sessions.cleanIncoming(passing);
    await assert.rejects(sessions.incomingGetPacket(passing, { messageId: 5 } as Packet));
    assert.equal(sessions.size, 0);
  });

  it('F13: of deliveries with QoS 2 that are never finished, the newest are known', async () => {
    const client = await subscribed('plug');
    const { unfinished } = BROKER_LIMITS;
    for (let messageId = 1; messageId <= unfinished + 1; messageId += 1) {
      await sessions.incomingStorePacket(client, { messageId } as Packet);
    }
    await assert.rejects(sessions.incomingGetPacket(client, { messageId: 1 } as Packet));
    await sessions.incomingGetPacket(client, { messageId: 2 } as Packet);
    await sessions.incomingDelPacket(client, { messageId: 2 } as Packet);
    await assert.rejects(sessions.incomingDelPacket(client, { messageId: 2 } as Packet));
  });

  it('F13: retained topics have a limit; those that are there still change', async () => {
    const keep = (topic: string, text: string) =>
      sessions.storeRetained({ topic, payload: Buffer.from(text) } as Packet);
    for (let i = 0; i < BROKER_LIMITS.retained; i += 1) await keep(`aurion/x/${i}`, 'old');
    await keep('aurion/more', 'x');
    await keep('aurion/x/0', 'new');
    const texts = async (filter: string) => {
      const packets = (await sessions.createRetainedStreamCombi([filter]).toArray()) as Packet[];
      return packets.map(({ payload }) => payload.toString());
    };
    assert.deepEqual(await texts('aurion/more'), []);
    assert.deepEqual(await texts('aurion/x/0'), ['new']);
    await keep('aurion/x/0', '');
    await keep('aurion/more', 'x');
    assert.deepEqual(await texts('aurion/more'), ['x']);
  });

  it('F13: what waits for a client is the newest that it did not acknowledge, in order, within the limits', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ say: fc.integer({ min: 0, max: 16_384 }) }) },
      { weight: 3, arbitrary: fc.record({ acknowledge: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ burst: fc.integer({ min: 1, max: 1200 }) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const session = new Session(LAMP, 'device-7', 0);
        let expected: { number: number; bytes: number }[] = [];
        let count = 0;
        const say = (bytes: number) => {
          count += 1;
          const packet = packetOf(count, bytes);
          session.enqueue(packet);
          session.sent({ ...packet, messageId: count });
          expected.push({ number: count, bytes });
          const size = () => expected.reduce((sum, one) => sum + one.bytes, 0);
          while (
            expected.length > BROKER_LIMITS.queuedMessages ||
            size() > BROKER_LIMITS.queuedBytes
          ) {
            expected.shift();
          }
        };
        for (const each of steps) {
          if ('say' in each) say(each.say);
          else if ('burst' in each) for (let i = 0; i < each.burst; i += 1) say(1);
          else if (count > 0) {
            const messageId = 1 + (each.acknowledge % count);
            session.done(messageId);
            expected = expected.filter(({ number }) => number !== messageId);
          }
          assert.deepEqual(
            session.waiting.map((packet) => packet.messageId),
            expected.map(({ number }) => number),
          );
        }
      }),
      { numRuns: often(30) },
    );
  });

  it('MQTT 3.1.1, 4.3.3: the second half of a delivery with QoS 2 waits in the place of the first', () => {
    const session = new Session(LAMP, 'device-7', 0);
    session.enqueue(packetOf(1, 10));
    session.enqueue(packetOf(2, 10));
    session.sent({ ...packetOf(1, 10), messageId: 9 });
    session.sent({ cmd: 'pubrel', messageId: 9 });
    assert.deepEqual(
      session.waiting.map(({ cmd }) => cmd),
      ['pubrel', 'publish'],
    );
    assert.equal(session.done(9)?.cmd, 'pubrel');
    assert.equal(session.waiting.length, 1);
  });
});

function packetOf(brokerCounter: number, bytes: number): Packet {
  const rest = { cmd: 'publish', brokerId: 'b', qos: 1, retain: false } as const;
  return { ...rest, brokerCounter, topic: OWN, payload: Buffer.alloc(bytes) };
}
