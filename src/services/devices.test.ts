import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock, settled } from '../../test/support/fake-clock';
import { memoryLogger, openTestStore } from '../../test/support/test-store';
import { systemRandom } from '../adapters/crypto/random';
import type { SentCommand } from '../contract/device';
import { AurionError } from '../contract/errors';
import { createTopics } from '../contract/topics';
import type { Message, MessageLink } from '../ports/message-link';
import type { Store } from '../ports/store';
import type { Journal } from '../ports/journal';
import { Devices } from './devices';
import { EventBus } from './event-bus';
import { Health } from './health';
import { Intake } from './intake';
import { UNSHARED, type Turns } from './turns';

interface Command {
  topic: string;
  status?: boolean;
  commandId: string;
  expiresAt: string;
}

/** A link that keeps what is published and lets a test speak for the devices. */
class TestLink implements MessageLink {
  readonly waiting = 0;
  connected = true;
  readonly commands: Command[] = [];
  private listener: (message: Message) => void = () => undefined;

  async publish(topic: string, payload: string): Promise<void> {
    await settled();
    if (!this.connected) throw new AurionError('BROKER_UNAVAILABLE');
    this.commands.push({ topic, ...(JSON.parse(payload) as Omit<Command, 'topic'>) });
  }

  onMessage(listener: (message: Message) => void): void {
    this.listener = listener;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  onConnection(): void {
    // A test sets `connected` itself.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  say(topic: string, payload: unknown, retained = false): void {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    this.listener({ topic, payload: Buffer.from(text), retained, duplicate: false });
  }

  /** Resolves when this many commands have been published. */
  async published(count: number): Promise<Command> {
    while (this.commands.length < count) await settled();
    return this.commands[count - 1]!;
  }
}

/** A journal that forgets with the process. */
class MemoryJournal implements Journal {
  private readonly records: string[] = [];

  get size(): number {
    return this.records.length;
  }

  append(record: string): void {
    this.records.push(record);
  }

  replay(): Promise<void> {
    return Promise.resolve();
  }

  mark(): { drop(): Promise<void> } {
    const count = this.records.length;
    return { drop: () => Promise.resolve(void this.records.splice(0, count)) };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('devices', () => {
  let opened: { store: Store; remove(): Promise<void> };
  let clock: FakeClock;
  let link: TestLink;
  let logger: ReturnType<typeof memoryLogger>;
  let devices: Devices;
  let intake: Intake;

  async function restart(more: { turns?: Turns } = {}): Promise<void> {
    link = new TestLink();
    const { store } = opened;
    const topics = createTopics('aurion');
    const events = new EventBus(clock, logger);
    devices = new Devices(
      { store, link, topics, clock, random: systemRandom, events, logger, ...more },
      () => undefined,
    );
    await devices.start();
    const [journal, health] = [new MemoryJournal(), new Health(clock, logger)];
    intake = new Intake({ link, journal, clock, logger, health }, [devices]);
    await intake.start();
  }

  beforeEach(async () => {
    opened = await openTestStore();
    clock = new FakeClock();
    logger = memoryLogger();
    await restart();
    await devices.create({ name: 'Lampe', type: 'light', room: 'Salon', power: 60 });
  });
  afterEach(async () => {
    await intake.stop();
    await opened.remove();
  });

  const status = 'aurion/devices/1/status';
  const reportsOff = () => link.say(status, { status: false });

  it('M8: a device that never reported is assumed to obey at once', async () => {
    const device = await devices.toggle(1);
    assert.deepEqual(
      [device.status, device.assumed, device.lastSeen, link.commands.length],
      [true, true, null, 1],
    );
    assert.deepEqual(devices.commandOutcomes, { assumed: 1 });
  });

  it('M8: a device that reports is shown as it reports, once it has confirmed', async () => {
    reportsOff();
    const toggled = devices.toggle(1);
    const { commandId, status: wanted, expiresAt, topic } = await link.published(1);
    assert.deepEqual([topic, wanted], ['aurion/devices/1/command', true]);
    assert.equal(Date.parse(expiresAt) - clock.now(), 5000);
    assert.equal(devices.get(1).status, false);
    link.say(status, { status: true, commandId, power: 58.5, temperature: 31 });
    const { status: now, assumed, power, temperature, lastSeen } = await toggled;
    assert.deepEqual([now, assumed, power, temperature], [true, false, 58.5, 31]);
    assert.equal(lastSeen, new Date(clock.now()).toISOString());
    assert.deepEqual(devices.commandOutcomes, { confirmed: 1 });
  });

  it('M15: of a plug that floods, every flip is seen at once, what it says alone is not lost, and its last word counts', async () => {
    const flood = (count: number) => {
      for (let i = 0; i < count; i += 1) link.say(status, { status: true, power: i });
    };
    flood(30_000);
    link.say(status, { brightness: 40 });
    link.say(status, { status: false, power: 0 });
    assert.equal(devices.get(1).status, false);
    flood(30_000);
    assert.equal(devices.get(1).status, true);
    link.say('aurion/devices/1/availability', 'offline');
    assert.equal(devices.get(1).online, false);
    link.say(status, { status: true, power: 7.5 });
    await clock.advance(100);
    const { power, brightness, online } = devices.status(1);
    assert.deepEqual([power, brightness, online], [7.5, 40, true]);
    const { received, kept, dropped } = intake.counts;
    assert.deepEqual([received, kept + (dropped['rate'] ?? 0)], [60_004, 60_004]);
    assert.ok(kept < 20_100);
  });

  it('M8: the answer to a command is heard through a flood of power', async () => {
    reportsOff();
    for (let i = 0; i < 30_000; i += 1) link.say(status, { power: i });
    const toggled = devices.toggle(1);
    const { commandId } = await link.published(1);
    for (let i = 0; i < 1000; i += 1) link.say(status, { power: i });
    link.say(status, { commandId });
    assert.equal((await toggled).status, false);
  });

  it('M8: a flow can stand for a device: it hears each command that has left, and its word confirms', async () => {
    const heard: SentCommand[] = [];
    devices.onCommand((sent) => {
      heard.push(sent);
      const { status: wanted, commandId } = sent.command;
      intake.offer(devices.submission(sent.id, { status: wanted, commandId, power: 7 }));
    });
    intake.offer(devices.submission(1, { status: false }));
    const { status: now, assumed, power } = await devices.toggle(1);
    assert.deepEqual([now, assumed, power], [true, false, 7]);
    assert.deepEqual(
      heard.map(({ id, key, name, command }) => [id, key, name, command.status]),
      [[1, null, 'Lampe', true]],
    );
    assert.deepEqual(devices.commandOutcomes, { confirmed: 1 });
  });

  it('M8: a command that could not leave is heard by no flow', async () => {
    devices.onCommand(() => assert.fail('heard'));
    link.connected = false;
    await assert.rejects(devices.toggle(1), { code: 'BROKER_UNAVAILABLE' });
  });

  it('M8: without an answer within 5 s it times out and the state stays', async () => {
    reportsOff();
    const toggled = assert.rejects(devices.toggle(1), { code: 'DEVICE_TIMEOUT' });
    await link.published(1);
    await clock.advance(5000);
    await toggled;
    assert.equal(devices.get(1).status, false);
    assert.ok(clock.timers <= 1, 'no more than the intake’s own');
    assert.deepEqual(devices.commandOutcomes, { timeout: 1 });
  });

  it('M8: the opposite with this command’s id is a refusal; without an id it may be an older state', async () => {
    reportsOff();
    const toggled = assert.rejects(devices.toggle(1), { code: 'DEVICE_REFUSED' });
    const { commandId } = await link.published(1);
    reportsOff();
    link.say(status, { status: true, commandId: 'another' });
    link.say(status, { status: false, commandId });
    await toggled;
    assert.deepEqual(devices.commandOutcomes, { failed: 1 });
  });

  it('M8: a device known to be offline is not commanded', async () => {
    link.say('aurion/devices/1/availability', 'offline');
    assert.equal(devices.get(1).online, false);
    await assert.rejects(devices.toggle(1), { code: 'DEVICE_OFFLINE' });
    assert.equal(link.commands.length, 0);
    link.say('aurion/devices/1/availability', 'online');
    assert.equal((await devices.toggle(1)).online, true);
    assert.deepEqual(devices.commandOutcomes, { assumed: 1 });
  });

  it('M8: a device whose availability is deleted took back what it said: it is commanded as if it had never reported', async () => {
    link.say(status, { status: true, power: 42 });
    link.say('aurion/devices/1/availability', 'offline');
    link.say('aurion/devices/1/availability', '');
    const gone = devices.get(1);
    assert.deepEqual(
      [gone.status, gone.power, gone.online, gone.assumed, gone.lastSeen === null],
      [true, 60, true, true, false],
    );
    assert.equal((await devices.toggle(1)).status, false);
    // Kept, as everything that was heard.
    await intake.stop();
    await restart();
    assert.deepEqual([devices.get(1).online, devices.get(1).assumed], [true, true]);
    link.say(status, { status: true });
    assert.deepEqual([devices.get(1).status, devices.get(1).assumed], [true, false]);
  });

  it('M8: toggles of one device run one by one and flip the last confirmed state', async () => {
    reportsOff();
    const results = Promise.all([devices.toggle(1), devices.toggle(1), devices.toggle(1)]);
    for (const count of [1, 2, 3]) {
      const { status: wanted, commandId } = await link.published(count);
      assert.equal(link.commands.length, count);
      link.say(status, { status: wanted, commandId });
    }
    assert.deepEqual(
      (await results).map((device) => device.status),
      [true, false, true],
    );
  });

  it('M8: what waits over 5 s for its turn times out and is never published', async () => {
    reportsOff();
    const all = Promise.allSettled([devices.toggle(1), devices.toggle(1), devices.toggle(1)]);
    await link.published(1);
    await clock.advance(5000);
    const codes = (await all).map((result) =>
      result.status === 'rejected' ? (result.reason as AurionError).code : 'done',
    );
    assert.deepEqual(codes, Array(3).fill('DEVICE_TIMEOUT'));
    await clock.advance(10_000);
    assert.equal(link.commands.length, 1);
    assert.equal(devices.commandOutcomes.expired, 2);
  });

  it('M8: a turn that comes too late publishes nothing, and is given back (two processes)', async () => {
    let give: () => void = () => undefined;
    let isGivenBack = false;
    const end = () => Promise.resolve(void (isGivenBack = true));
    const turns: Turns = {
      ...UNSHARED,
      take: () => new Promise((resolve) => (give = () => resolve(end))),
    };
    await restart({ turns });
    reportsOff();
    let isAsked = false;
    const wanted = () => {
      isAsked = true;
      return { status: true, attributes: {} };
    };
    const commanded = assert.rejects(devices.command(1, wanted), { code: 'DEVICE_TIMEOUT' });
    await clock.advance(5000);
    await commanded;
    give();
    for (let i = 0; i < 5; i++) await settled();
    assert.deepEqual([link.commands.length, isAsked, isGivenBack], [0, false, true]);
  });

  it('M8: what the store holds up for over 5 s is not published either', async () => {
    reportsOff();
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    const commanded = devices.command(1, async () => {
      await held;
      return { status: true, attributes: {} };
    });
    const refused = assert.rejects(commanded, { code: 'DEVICE_TIMEOUT' });
    await clock.advance(5000);
    await refused;
    go();
    for (let i = 0; i < 5; i++) await settled();
    assert.equal(link.commands.length, 0);
    assert.equal(devices.commandOutcomes.expired, 1);
  });

  it('F1: without a broker a command is refused at once and not sent later', async () => {
    reportsOff();
    link.connected = false;
    await assert.rejects(devices.toggle(1), { code: 'BROKER_UNAVAILABLE' });
    link.connected = true;
    await clock.advance(10_000);
    assert.equal(link.commands.length, 0);
    assert.ok(clock.timers <= 1, 'no more than the intake’s own');
    assert.deepEqual(devices.commandOutcomes, { undelivered: 1 });
  });

  it('M7: what the broker remembers is state: it confirms nothing and nobody was seen', async () => {
    reportsOff();
    const seen = devices.get(1).lastSeen;
    await clock.advance(60_000);
    const toggled = assert.rejects(devices.toggle(1), { code: 'DEVICE_TIMEOUT' });
    await link.published(1);
    link.say(status, { status: true }, true);
    assert.deepEqual([devices.get(1).status, devices.get(1).lastSeen], [true, seen]);
    await clock.advance(5000);
    await toggled;
  });

  it('a device with a key is commanded and heard by its key', async () => {
    await devices.change(1, { key: 'lampe_salon' });
    link.say('aurion/devices/lampe_salon/status', { status: 'ON' });
    assert.equal(devices.get(1).status, true);
    const toggled = devices.toggle(1);
    const { topic, commandId } = await link.published(1);
    assert.equal(topic, 'aurion/devices/lampe_salon/command');
    link.say('aurion/devices/lampe_salon/status', { status: 'OFF', commandId });
    assert.equal((await toggled).status, false);
  });

  it('two devices can’t have one key', async () => {
    await devices.change(1, { key: 'lampe' });
    const twin = { name: 'B', type: 'light', room: 'Salon', key: 'lampe' } as const;
    await assert.rejects(devices.create(twin), { code: 'DEVICE_KEY_TAKEN' });
    await devices.change(1, { key: 'autre' });
    assert.equal((await devices.create(twin)).key, 'lampe');
  });

  it('F3: that a hand switched a device that reports is in the store when it is answered', async () => {
    reportsOff();
    const toggled = devices.toggle(1);
    const { commandId } = await link.published(1);
    link.say(status, { status: true, commandId });
    await toggled;
    const [state] = await opened.store.deviceStates.list();
    assert.deepEqual([state?.byHandAt, state?.status], [clock.now(), true]);
  });

  it('everything is as it was after a restart', async () => {
    link.say(status, { status: true, power: 42 });
    await devices.change(1, { room: 'Cuisine' });
    const before = devices.list();
    await intake.stop();
    await restart();
    assert.deepEqual(devices.list(), before);
    assert.deepEqual([before[0]?.status, before[0]?.power], [true, 42]);
  });

  it('a deleted device is gone, and its id with it', async () => {
    await devices.remove(1);
    assert.throws(() => devices.get(1), { code: 'DEVICE_NOT_FOUND' });
    await assert.rejects(devices.toggle(1), { code: 'DEVICE_NOT_FOUND' });
    await assert.rejects(devices.remove(1), { code: 'DEVICE_NOT_FOUND' });
    assert.equal((await devices.create({ name: 'B', type: 'fan', room: 'Salon' })).id, 2);
  });

  for (const key of ['__proto__', 'constructor', 'prototype', 'a.b', '$set']) {
    it(`S2: in a status message the key ${key} is left out, at any depth, counted, and pollutes nothing`, () => {
      for (const [i, text] of [
        `{"${key}":{"polluted":1},"status":true,"mode":"eco"}`,
        `{"status":true,"a":[{"${key}":{"polluted":1}}],"mode":"eco"}`,
        `{"status":true,"${key}":"polluted","mode":"eco"}`,
      ].entries()) {
        link.say(status, '{"status":false}');
        link.say(status, text);
        const { id, status: isOn, online, assumed, lastSeen, ...rest } = devices.status(1);
        assert.deepEqual([id, isOn, online, assumed], [1, true, true, false]);
        assert.notEqual(lastSeen, null);
        assert.deepEqual(rest, { mode: 'eco' });
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
        assert.deepEqual(intake.leftOutCounts, { 'forbidden-key': i + 1 });
      }
    });

    it(`S2: of a status message that says ${key} alone nothing is taken`, () => {
      const before = devices.get(1);
      link.say(status, `{"${key}":{"status":true}}`);
      link.say(status, `{"a":[{"${key}":{"status":true}}]}`);
      assert.deepEqual(devices.get(1), before);
      assert.deepEqual(intake.counts.dropped, { 'forbidden-key': 2 });
    });
  }

  it('S15: a status message over 16 KiB is dropped as too large, before it is parsed', () => {
    const parse = JSON.parse;
    let parsed = 0;
    JSON.parse = (...args: Parameters<typeof parse>): unknown => {
      parsed += 1;
      return parse(...args);
    };
    try {
      link.say(status, `{"status":true${' '.repeat(16_384)}}`);
    } finally {
      JSON.parse = parse;
    }
    assert.equal(parsed, 0);
    assert.match(logger.lines.at(-1) ?? '', /refused: 16399 bytes, 16384 at most/);
  });

  describe('M16: a field that makes no sense does not cost the rest', () => {
    const kept: [string, object, object, string[]][] = [
      ['a nested field', { status: 'ON', update: { state: 'idle' } }, {}, ['nested']],
      ['power as text', { status: 1, power: ' 57.50 ' }, { power: 57.5 }, []],
      ['power in words', { status: true, power: 'much' }, {}, ['wrong-type']],
      ['A12: impossible power', { status: true, power: 1e308 }, {}, ['out-of-range']],
      ['an impossible temperature', { status: true, temperature: -300 }, {}, ['out-of-range']],
      ['a battery of 255', { status: true, battery: 255 }, {}, ['out-of-range']],
      ['an infinite number', { status: true, speed: Infinity }, {}, []],
      ['a number beyond all', { status: true, speed: 1e300 }, {}, ['out-of-range']],
      ['a long text', { status: true, note: 'x'.repeat(257) }, {}, ['too-long']],
      ['a name that is none', { status: true, 'a[0]': 1 }, {}, ['wrong-type']],
      ['kW', { status: true, power: 0.0575, powerUnit: 'KW' }, { power: 57.5 }, []],
      ['furlongs', { status: true, power: 1, powerUnit: 'fur' }, {}, ['unknown-unit']],
      ['brightness as text', { status: true, brightness: '40' }, { brightness: 40 }, []],
      [
        'A14: float noise',
        {
          status: true,
          power: 57.49999999999999,
          temperature: 21.299999999999997,
          load: 0.1 + 0.2,
        },
        { power: 57.5, temperature: 21.3, load: 0.3 },
        [],
      ],
    ];
    for (const [name, said, reported, leftOut] of kept) {
      it(name, () => {
        for (const by of ['MQTT', 'REST or a flow']) {
          if (by === 'MQTT') link.say(status, said);
          else intake.offer(devices.submission(1, { ...said }));
          const { id, status: isOn, online, assumed, lastSeen, ...rest } = devices.status(1);
          assert.deepEqual([id, isOn, online, assumed], [1, true, true, false], by);
          assert.notEqual(lastSeen, null);
          assert.deepEqual(rest, reported, by);
        }
        assert.deepEqual(
          Object.keys(intake.leftOutCounts).filter((reason) => reason !== 'none'),
          name === 'an infinite number' ? ['wrong-type'] : leftOut,
        );
      });
    }

    it('more attributes than are kept: the first ones are', () => {
      const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i]));
      link.say(status, { ...many, status: true });
      assert.equal(devices.get(1).status, true);
      assert.deepEqual(intake.leftOutCounts, { 'too-many': 8 });
    });

    it('S15: of a thousand fields what is known is taken, and then as many as are kept; the log is not filled', () => {
      const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]));
      link.say(status, { ...many, power: 58, brightness: 40, status: true });
      const { k30, k31, ...said } = devices.status(1) as Record<string, unknown>;
      assert.deepEqual(
        [said['status'], said['power'], said['brightness'], k30, k31],
        [true, 58, 40, 30, undefined],
      );
      assert.deepEqual(intake.leftOutCounts, { 'too-many': 969 });
      assert.equal(logger.lines.length, 8);
    });
  });

  it('M17: null, unknown and nothing change nothing', () => {
    link.say(status, { status: true, power: 58, mode: 'eco' });
    const before = devices.status(1);
    for (const none of [null, 'unknown', 'nan', 'None', '']) {
      link.say(status, { status: none, power: none, mode: none, temperature: none });
      assert.deepEqual(devices.status(1), before);
    }
    assert.deepEqual([intake.counts.kept, intake.leftOutCounts], [6, {}]);
  });

  it('REST and flows are told what is wrong when nothing is understood', () => {
    const offer = (said: object) => () => intake.offer(devices.submission(1, { ...said }));
    assert.throws(offer({ status: 'maybe' }), /status – neither true nor false/);
    assert.throws(offer({ power: 1e308 }), /power – 1e\+308 is more than 1000000/);
    assert.throws(offer({ x: { y: 1 } }), /x – a list or an object/);
    assert.throws(offer({ note: 'x'.repeat(20_000) }), /16384 at most/);
  });

  describe('M16: availability', () => {
    const topic = 'aurion/devices/1/availability';
    for (const said of [
      'online',
      'Online',
      ' ONLINE\n',
      '\ufeffonline\0',
      '"online"',
      '{"state":"Online"}',
    ]) {
      it(`${JSON.stringify(said)} is online`, () => {
        link.say(topic, 'offline', true);
        assert.equal(devices.get(1).online, false);
        link.say(topic, said, true);
        assert.equal(devices.get(1).online, true);
      });
    }
    for (const said of ['offline', 'OFFLINE', '{"state":"offline","x":1}']) {
      it(`${JSON.stringify(said)} is offline`, () => {
        link.say(topic, said, true);
        assert.equal(devices.get(1).online, false);
      });
    }

    const refused: [string, string][] = [
      ['0', 'wrong-type'],
      ['lost', 'wrong-type'],
      ['{"state":"gone"}', 'wrong-type'],
      ['{"state":', 'malformed'],
      ['{}', 'wrong-type'],
      ['\0', 'wrong-type'],
      ['o'.repeat(1_000_000), 'too-large'],
    ];
    for (const [said, reason] of refused) {
      it(`${JSON.stringify(said.slice(0, 20))} is never taken for offline: refused as ${reason}, and counted`, () => {
        link.say(topic, said, true);
        assert.equal(devices.get(1).online, true);
        assert.deepEqual(intake.counts.dropped, { [reason]: 1 });
        assert.match(logger.lines.at(-1) ?? '', /availability refused: /);
      });
    }
  });

  it('M7: a status the broker remembers says nothing of whether the device is there', () => {
    link.say('aurion/devices/1/availability', 'offline', true);
    link.say(status, { status: true }, true);
    assert.deepEqual([devices.get(1).status, devices.get(1).online], [true, false]);
    link.say(status, { status: true });
    assert.equal(devices.get(1).online, true);
  });

  const poison: Record<string, string> = {
    'no JSON': 'on',
    'too large': JSON.stringify({ status: true, note: 'x'.repeat(20_000) }),
    'depth 20,000': '['.repeat(20_000),
    'no object': '[true]',
    'a status of a wrong type': '{"status":7}',
    'nested data alone': '{"a":{"b":1}}',
    'a text for a number alone': '{"power":"much"}',
    'a status nobody understands, whatever its commandId': '{"status":"maybe","commandId":"c"}',
    'a prototype key alone': '{"__proto__":{"status":true}}',
  };
  for (const [name, payload] of Object.entries(poison)) {
    it(`S15: a status message with ${name} is refused with a reason and changes nothing`, () => {
      const before = devices.get(1);
      link.say(status, payload);
      assert.deepEqual(devices.get(1), before);
      assert.match(
        logger.lines.at(-1) ?? '',
        /^warn: Message on aurion\/devices\/1\/status refused: /,
      );
    });
  }
});
