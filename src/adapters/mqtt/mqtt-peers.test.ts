import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { memoryLogger } from '../../../test/support/test-store';
import type { PeerMessage } from '../../ports/peers';
import { systemClock } from '../time/system-clock';
import { BareBroker } from './bare-broker.suite';
import { until } from './message-link.suite';
import { createMqttLink } from './mqtt-link';
import { createMqttPeers } from './mqtt-peers';

const TOPIC = 'aurion/peers';
const STATUS = 'aurion/status';

/** One process of a home: what it hears from the others, and from devices. */
async function process(broker: BareBroker, clientId: string, secret = 'shared by the processes') {
  const logger = memoryLogger();
  const bare = createMqttLink({
    ...{ url: broker.url, clientId, logger, clock: systemClock, statusTopic: STATUS },
    topics: ['aurion/devices/+/status', TOPIC],
    random: () => 0,
  });
  const { peers, link } = createMqttPeers({ link: bare, topic: TOPIC, secret, logger });
  const heard: PeerMessage[] = [];
  const messages: string[] = [];
  const gaps: string[] = [];
  peers.onMessage((message) => heard.push(message));
  peers.onGap(() => gaps.push('gap'));
  link.onMessage(({ topic }) => messages.push(topic));
  await link.start();
  assert.ok(link.connected);
  return { peers, link, logger, heard, messages, gaps };
}

describe('processes of a home that talk over their broker', () => {
  let broker: BareBroker;
  const links: { close(): Promise<void> }[] = [];
  const open = async (...asked: [clientId: string, secret?: string]) => {
    const one = await process(broker, ...asked);
    links.push(one.link);
    return one;
  };
  const changed = (...ids: number[]): PeerMessage => ({ kind: 'devices', ids });

  beforeEach(async () => {
    broker = await BareBroker.open();
  });
  afterEach(async () => {
    for (const link of links.splice(0)) await link.close();
    await broker.close();
  });

  it('hear each other once and in order, and not themselves', async () => {
    const [a, b, c] = [await open('a'), await open('b'), await open('c')];
    for (const id of [1, 2, 3]) a.peers.tell(changed(id));
    b.peers.tell(changed(4));
    await until(() => b.heard.length === 3 && c.heard.length === 4 && a.heard.length === 1);
    assert.deepEqual(a.heard, [changed(4)]);
    assert.deepEqual(b.heard, [changed(1), changed(2), changed(3)]);
  });

  it('leave what devices say to the home, and keep what they say to each other from it', async () => {
    const [a, b] = [await open('a'), await open('b')];
    a.peers.tell(changed(1));
    await a.link.publish('aurion/devices/1/status', '{}');
    await until(() => b.messages.length > 0 && b.heard.length > 0);
    assert.deepEqual(b.messages, ['aurion/devices/1/status']);
  });

  it('S12: do not believe who does not share their secret, nor a message that was changed or sent again', async () => {
    const [a, b, forger] = [await open('a'), await open('b'), await open('f', 'guessed')];
    const device = await broker.device();
    const sent: Buffer[] = [];
    device.on('message', (_topic, payload) => sent.push(payload));
    await device.subscribeAsync(TOPIC);
    a.peers.tell(changed(1));
    await until(() => sent.length > 0 && b.heard.length > 0);
    const { body, ...rest } = JSON.parse(String(sent[0])) as { body: string; id: string };
    forger.peers.tell(changed(2));
    const forged = [
      sent[0]!.toString(),
      JSON.stringify({ ...rest, id: 'another', body }),
      JSON.stringify({ ...rest, id: 'another', body: body.replace('1', '2') }),
      '{"from":"x"}',
      'no JSON',
    ];
    for (const text of forged) await device.publishAsync(TOPIC, text, { qos: 1 });
    a.peers.tell(changed(3));
    await until(() => b.heard.length > 1);
    assert.deepEqual(b.heard, [changed(1), changed(3)]);
    // The forger's, and all but the repeated one.
    assert.equal(b.logger.lines.filter((line) => line.includes('refused')).length, 5);
  });

  it('hear after an outage what was said meanwhile, and that something may be missing', async () => {
    const [a, b] = [await open('a'), await open('b')];
    broker.cutClient('b');
    await until(() => !b.link.connected);
    a.peers.tell(changed(1));
    await until(() => b.link.connected && b.heard.length > 0);
    assert.deepEqual([b.heard, b.gaps, a.gaps], [[changed(1)], ['gap', 'gap'], ['gap']]);
  });

  it('tell each other, once they can, that something was not told', async () => {
    const [a, b] = [await open('a'), await open('b')];
    broker.cutClient('b-out');
    b.peers.tell(changed(1));
    await until(() => !b.link.connected);
    b.peers.tell(changed(2));
    await until(() => a.gaps.length === 2);
    assert.deepEqual(a.heard, []);
  });

  it('F1: stay online for others when one of them ends', async () => {
    const [a, b] = [await open('a'), await open('b')];
    const said: string[] = [];
    const device = await broker.device();
    device.on('message', (_topic, payload) => said.push(String(payload)));
    await device.subscribeAsync(STATUS);
    await until(() => said.length > 0);
    await b.link.close();
    await until(() => said.includes('offline') && said.at(-1) === 'online');
    await a.link.close();
    await until(() => said.at(-1) === 'offline');
  });
});
