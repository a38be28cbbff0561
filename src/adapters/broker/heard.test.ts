import assert from 'node:assert/strict';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SecurityRig } from '../../../test/support/security-rig';
import { FakeClock } from '../../../test/support/fake-clock';
import { until } from '../mqtt/message-link.suite';
import { BrokerRig, closed } from './broker-rig.suite';
import { Heard } from './heard';

const TOPIC = 'aurion/sensors/1/data';
const MINUTE_MS = 60_000;
const [SMOKE, CLEAR] = ['{"smoke":true}', '{"smoke":false}'];

/** A PUBLISH as a client sends it: DUP is that of the test, which mqtt.js would decide itself. */
function publish(client: MqttClient, qos: 1 | 2, messageId: number, payload: string, dup = false) {
  const body = Buffer.concat([
    Buffer.from([0, TOPIC.length]),
    Buffer.from(TOPIC),
    Buffer.from([0, messageId]),
    Buffer.from(payload),
  ]);
  const header = 0x30 + (dup ? 8 : 0) + qos * 2;
  client.stream.write(Buffer.concat([Buffer.from([header, body.length]), body]));
}

function release(client: MqttClient, messageId: number) {
  client.stream.write(Buffer.from([0x62, 2, 0, messageId]));
}

describe('what a sender was heard to publish', () => {
  const said = (messageId: number, dup: boolean, payload = SMOKE) => ({
    ...{ topic: TOPIC, payload, dup, messageId },
  });

  it('M6: is forgotten after 10 minutes, 64 message ids and 1000 senders: then it counts as first heard', () => {
    const clock = new FakeClock();
    const heard = new Heard(clock);
    for (let id = 1; id <= 65; id++) heard.note('a', said(id, false));
    assert.deepEqual(
      [1, 2, 65].map((id) => heard.look('a', said(id, true))),
      [false, true, true],
    );
    void clock.advance(10 * MINUTE_MS + 1);
    assert.equal(heard.look('a', said(65, true)), false);
    heard.note('a', said(1, false));
    for (let i = 1; i <= 1000; i++) heard.note(`b${i}`, said(1, false));
    assert.deepEqual(
      ['a', 'b1', 'b1000'].map((sender) => heard.look(sender, said(1, true))),
      [false, true, true],
    );
  });

  it('M15: nobody knows of the time before a restart, until the sender says something new or 10 minutes are over', () => {
    const clock = new FakeClock();
    const heard = new Heard(clock);
    assert.equal(heard.look('a', said(1, true)), 'perhaps');
    heard.note('a', said(1, true));
    assert.equal(heard.look('a', said(1, true)), true);
    assert.equal(heard.look('a', said(2, true)), 'perhaps');
    heard.note('a', said(2, false));
    assert.equal(heard.look('a', said(3, true)), false);
    assert.equal(heard.look('b', said(3, true)), 'perhaps');
    void clock.advance(10 * MINUTE_MS + 1);
    assert.equal(heard.look('b', said(3, true)), false);
  });
});

describe('what comes again at the embedded broker', () => {
  let rig: BrokerRig;
  let home: SecurityRig;

  beforeEach(async () => {
    rig = await BrokerRig.open();
    home = await SecurityRig.open();
    await home.sensors.create({ name: 'Cuisine', type: 'smoke', location: 'Cuisine' });
    rig.broker.onMessage(({ topic, payload, duplicate }) =>
      home.link.say(topic, payload.toString(), { duplicate }),
    );
  });
  afterEach(async () => {
    await rig.close();
    await home.remove();
  });

  const visit = () => rig.visit('installer', { clientId: 'detector', clean: false });
  const heard = async (count: number) => {
    await until(() => rig.heard.length === count);
    return rig.heard.map(({ payload, duplicate }) => [payload.toString(), duplicate]);
  };

  for (const qos of [1, 2] as const) {
    it(`M15: an alarm whose line died on the way is live when it comes with DUP (QoS ${qos})`, async () => {
      const before = await visit();
      publish(before, qos, 1, SMOKE);
      publish(before, qos, 2, CLEAR);
      await heard(2);
      before.stream.destroy();
      publish(await visit(), qos, 3, SMOKE, true);
      assert.deepEqual((await heard(3))[2], [SMOKE, false]);
      assert.equal(home.sensors.get(1).value, true);
      assert.deepEqual(home.intake.counts.dropped, {});
    });

    it(`M6: what was heard and comes again changes nothing, over a new connection too (QoS ${qos})`, async () => {
      const before = await visit();
      publish(before, qos, 1, SMOKE);
      publish(before, qos, 2, CLEAR);
      await heard(2);
      before.stream.destroy();
      publish(await visit(), qos, 1, SMOKE, true);
      assert.deepEqual((await heard(3))[2], [SMOKE, true]);
      assert.equal(home.sensors.get(1).value, false);
      assert.deepEqual(home.intake.counts.dropped, { duplicate: 1 });
    });

    it(`M15: a message id that was used for something else since says nothing of an older message (QoS ${qos})`, async () => {
      const client = await visit();
      for (const payload of [SMOKE, CLEAR]) publish(client, qos, 1, payload);
      await heard(2);
      publish(client, qos, 1, SMOKE, true);
      assert.deepEqual((await heard(3))[2], [SMOKE, false]);
      assert.equal(home.sensors.get(1).value, true);
    });
  }

  it('M15: a message id that a complete delivery with QoS 2 had is free for the same content', async () => {
    const client = await visit();
    publish(client, 2, 1, SMOKE);
    await heard(1);
    const completed = new Promise<void>((resolve) =>
      client.on('packetreceive', ({ cmd }) => cmd === 'pubcomp' && resolve()),
    );
    release(client, 1);
    await completed;
    publish(client, 2, 1, SMOKE, true);
    assert.deepEqual((await heard(2))[1], [SMOKE, false]);
  });

  it('SECURITY: what another client was heard to say under the same message id is not its own', async () => {
    publish(await visit(), 1, 1, SMOKE);
    await heard(1);
    const other = await rig.visit('installer', { clientId: 'other' });
    publish(other, 1, 9, CLEAR);
    await heard(2);
    publish(other, 1, 1, SMOKE, true);
    assert.deepEqual((await heard(3))[2], [SMOKE, false]);
    assert.equal(home.sensors.get(1).value, true);
  });

  it('M15: what the journal did not take was not heard', async () => {
    let isFull = true;
    rig.broker.onMessage(() => {
      if (isFull) throw new Error('full');
    });
    const before = await visit();
    const gone = closed(before);
    publish(before, 1, 1, SMOKE);
    await gone;
    isFull = false;
    const back = await visit();
    publish(back, 1, 2, CLEAR);
    publish(back, 1, 1, SMOKE, true);
    assert.deepEqual((await heard(3))[2], [SMOKE, false]);
  });

  it('M15: after a restart an alarm with DUP is live, and also after the next one; M6: what is shown already is a copy', async () => {
    const client = await visit();
    const say = (value: string) => home.link.say(TOPIC, value);
    say(SMOKE);
    say(CLEAR);
    // As after a crash: the journal still has both.
    await home.start();
    publish(client, 1, 3, SMOKE, true);
    assert.deepEqual(await heard(1), [[SMOKE, 'perhaps']]);
    assert.equal(home.sensors.get(1).value, true);
    await home.start();
    assert.equal(home.sensors.get(1).value, true);
    publish(client, 1, 4, SMOKE, true);
    await heard(2);
    assert.deepEqual(home.intake.counts.dropped, { duplicate: 1 });
  });

  it('M6: a copy of what a smoke sensor said is told in the log, once a minute', async () => {
    const client = await visit();
    publish(client, 1, 1, SMOKE);
    publish(client, 1, 1, SMOKE, true);
    publish(client, 1, 1, SMOKE, true);
    await heard(3);
    const told = home.logger.lines.filter((line) => line.includes('a copy of'));
    assert.deepEqual(told, [
      `warn: Message on ${TOPIC} refused: a copy of a message that came before`,
    ]);
  });
});
