import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Aedes } from 'aedes' with { 'resolution-mode': 'import' };
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { CannotConnect } from './connection';
import type { SimulatorEvent } from './events';
import { makeHouse, withBehaviour, type House } from './house';
import { Simulator, type SimulatorOptions } from './simulator';
import { STILL } from './surroundings';

interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
  readonly qos: number;
}

type Json = Record<string, unknown>;

/** A bare broker that remembers what it was told. */
class BareBroker {
  heard: Heard[] = [];
  private readonly news = new EventEmitter();
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly aedes: Aedes,
    private readonly server: Server,
  ) {}

  static async start(): Promise<BareBroker> {
    const { Aedes } = await import('aedes');
    const aedes = await Aedes.createBroker();
    const server = createServer((socket) => {
      broker.sockets.add(socket);
      aedes.handle(socket);
    });
    const broker = new BareBroker(aedes, server);
    // Before the sender is told that it arrived; last wills pass here too.
    aedes.authorizePublish = (_client, { topic, payload, retain, qos }, done) => {
      broker.heard.push({ topic, text: payload.toString(), retain, qos });
      done(null);
      broker.news.emit('news');
    };
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What was said on a topic, oldest first. */
  texts(topic: string): string[] {
    return this.heard.filter((message) => message.topic === topic).map(({ text }) => text);
  }

  json(topic: string): Json[] {
    return this.texts(topic).map((text) => JSON.parse(text) as Json);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.news, 'news');
  }

  async say(topic: string, payload: unknown): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.aedes.publish(
        {
          cmd: 'publish',
          topic,
          payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
          qos: 1,
          retain: false,
          dup: false,
        },
        (error) => {
          if (error) reject(error);
          else resolve();
        },
      );
    });
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('a simulated house over MQTT', () => {
  let broker: BareBroker;
  let clock: FakeClock;
  let simulator: Simulator | undefined;
  const news = new EventEmitter();
  let events: SimulatorEvent[];

  beforeEach(async () => {
    broker = await BareBroker.start();
    clock = new FakeClock();
    events = [];
  });
  afterEach(async () => {
    await simulator?.stop();
    simulator = undefined;
    await broker.stop();
  });

  const play = async (
    house: House,
    options: Partial<SimulatorOptions> = {},
  ): Promise<Simulator> => {
    simulator = new Simulator({
      house,
      url: broker.url,
      clock,
      pace: STILL,
      reconnectMs: 1,
      onEvent(event) {
        events.push(event);
        news.emit('event');
      },
      ...options,
    });
    await simulator.start();
    return simulator;
  };
  const untilEvent = async (kind: SimulatorEvent['kind'], times = 1) => {
    while (events.filter((event) => event.kind === kind).length < times) await once(news, 'event');
  };
  const status = (id: string) => broker.json(`aurion/devices/${id}/status`);
  const availability = (id: string) => broker.texts(`aurion/devices/${id}/availability`);
  const inMs = (ms: number) => new Date(clock.now() + ms).toISOString();
  const command = (id: string, payload: Json) =>
    broker.say(`aurion/devices/${id}/command`, { expiresAt: inMs(5000), ...payload });
  /** Commands a device and lets it have the time. */
  const commanded = async (id: string, payload: Json, waitMs: number) => {
    const seen = events.filter(({ kind }) => kind === 'command-received').length;
    await command(id, payload);
    await untilEvent('command-received', seen + 1);
    await clock.advance(waitMs);
  };

  it('says at its start that every device is there, and how it is', async () => {
    await play(makeHouse());
    for (const id of ['1', '2', '3']) assert.deepEqual(availability(id), ['online']);
    const retained = broker.heard.filter(({ topic }) => topic.endsWith('/availability'));
    assert.ok(retained.every(({ retain, qos }) => retain && qos === 1));
    assert.deepEqual(
      ['1', '2', '3'].map((id) => status(id).map((said) => said['status'])),
      [[true], [false], [true]],
    );
    assert.ok(broker.heard.every(({ topic, qos }) => !topic.endsWith('/status') || qos === 1));
  });

  it('obeys and answers with the command’s id, its power, and what it was told', async () => {
    const played = await play(makeHouse());
    await commanded('2', { status: true, temperature: 21, commandId: 'c1' }, 10);
    await untilEvent('command-answered');
    const [, answer] = status('2');
    const { power, ...rest } = answer!;
    assert.deepEqual(rest, { status: true, temperature: 21, commandId: 'c1' });
    assert.ok(Math.abs((power as number) - 1200) <= 120);
    assert.equal(played.isOn('2'), true);
    const { commandsReceived, commandsAnswered } = played.counters;
    assert.deepEqual([commandsReceived, commandsAnswered], [1, 1]);
  });

  it('answers after 1 to 4 seconds when slow, one command after the other', async () => {
    await play(withBehaviour(makeHouse(), '1', 'slow'));
    await commanded('1', { status: false, commandId: 'c1' }, 0);
    await commanded('1', { status: true, commandId: 'c2', expiresAt: inMs(9000) }, 999);
    assert.equal(status('1').length, 1);
    await clock.advance(8000);
    await untilEvent('command-answered', 2);
    assert.deepEqual(
      status('1').map((said) => said['commandId']),
      [undefined, 'c1', 'c2'],
    );
  });

  it('never answers when silent, and answers the opposite when contrary', async () => {
    const played = await play(
      withBehaviour(withBehaviour(makeHouse(), '1', 'silent'), '3', 'contrary'),
    );
    await commanded('1', { status: false, commandId: 'c1' }, 10_000);
    await commanded('3', { status: false, commandId: 'c2' }, 10);
    await untilEvent('command-answered');
    assert.equal(status('1').length, 1);
    assert.equal(played.isOn('1'), true);
    const { status: on, commandId } = status('3')[1]!;
    assert.deepEqual([on, commandId], [true, 'c2']);
  });

  it('says only that it is offline when offline, and does not listen', async () => {
    const played = await play(withBehaviour(makeHouse(), '2', 'offline'));
    assert.deepEqual(availability('2'), ['offline']);
    await command('2', { status: true, commandId: 'c1' });
    await commanded('1', { status: false, commandId: 'c2' }, 10);
    await untilEvent('command-answered');
    assert.deepEqual(status('2'), []);
    assert.equal(played.counters.commandsReceived, 1);
  });

  it('ignores a command whose time is past, also when a slow device comes to it too late', async () => {
    const played = await play(withBehaviour(makeHouse(), '3', 'slow'));
    await commanded('1', { status: false, commandId: 'c1', expiresAt: inMs(-1) }, 10);
    await commanded('3', { status: false, commandId: 'c2', expiresAt: inMs(500) }, 5000);
    assert.deepEqual([played.isOn('1'), played.isOn('3')], [true, true]);
    const { commandsReceived, commandsAnswered, commandsExpired } = played.counters;
    assert.deepEqual([commandsReceived, commandsAnswered, commandsExpired], [2, 0, 2]);
  });

  it('ignores what is no command', async () => {
    await play(makeHouse());
    await broker.say('aurion/devices/1/command', 'on!');
    await untilEvent('command-ignored');
    await commanded('1', { status: false, commandId: 'c1' }, 10);
    await untilEvent('command-answered');
    assert.equal(status('1').length, 2);
  });

  it('publishes the last will of a device whose connection breaks, and comes back', async () => {
    const played = await play(makeHouse());
    await played.killConnection('1');
    await broker.until(() => availability('1').length === 2);
    assert.deepEqual([availability('1'), availability('2')], [['online', 'offline'], ['online']]);
    await assert.rejects(played.pressSwitch('1'), CannotConnect);
    await played.restoreConnection('1');
    assert.deepEqual(availability('1'), ['online', 'offline', 'online']);
    assert.equal(status('1').at(-1)?.['status'], false);
    await commanded('1', { status: true, commandId: 'c1' }, 10);
    await untilEvent('command-answered');
  });

  it('comes back by itself when the broker was away', async () => {
    await play(makeHouse());
    broker.heard = [];
    broker.cut();
    await untilEvent('connection-lost');
    await untilEvent('connection-back');
    const back = () => ['1', '2', '3'].every((id) => availability(id).at(-1) === 'online');
    await broker.until(() => back() && ['1', '2', '3'].every((id) => status(id).length > 0));
    await commanded('1', { status: false, commandId: 'c1' }, 10);
    await untilEvent('command-answered');
  });

  it('takes back at its end what every device said, and leaves nothing behind', async () => {
    const played = await play(makeHouse({ sensors: 5, meters: 1 }), {
      pace: { activity: 1, reportEveryMs: 1000, sensorEveryMs: 1000, meterEveryMs: 1000 },
    });
    await played.stop();
    for (const id of ['1', '2', '3']) assert.deepEqual(availability(id), ['online', '']);
    assert.equal(clock.timers, 0);
    assert.equal(broker.aedes.connectedClients, 0);
    await played.stop();
  });

  it('does without wills on one connection for all', async () => {
    const played = await play(makeHouse({ devices: 50 }), { ownConnections: 0 });
    assert.equal(broker.aedes.connectedClients, 1);
    await commanded('sim-light-4', { status: true, commandId: 'c1' }, 10);
    await untilEvent('command-answered');
    await assert.rejects(played.killConnection('1'), RangeError);
    await played.stop();
    assert.deepEqual(availability('sim-fan-6'), ['online', '']);
  });

  it('gives the first devices a connection each, and the rest one together', async () => {
    await play(makeHouse({ devices: 10 }), { ownConnections: 4 });
    assert.equal(broker.aedes.connectedClients, 5);
    await commanded('1', { status: false, commandId: 'c1' }, 10);
    await commanded('sim-fan-6', { status: false, commandId: 'c2' }, 10);
    await untilEvent('command-answered', 2);
    assert.deepEqual([status('1').length, status('sim-fan-6').length], [2, 2]);
  });

  it('sends a share of its statuses twice, the copy as the original', async () => {
    const played = await play(makeHouse({ devices: 40 }), { duplicate: 0.5 });
    const { statusesSent, duplicatesSent } = played.counters;
    assert.ok(duplicatesSent > 8 && duplicatesSent < 32, `${duplicatesSent}`);
    assert.equal(statusesSent, 40 + duplicatesSent);
    const copies = broker.heard.filter(({ topic }) => topic.endsWith('/status'));
    assert.equal(copies.length, statusesSent);
    assert.equal(new Set(copies.map(({ topic, text }) => topic + text)).size, 40);
  });

  it('reports a switch pressed by hand, without a command’s id', async () => {
    const played = await play(makeHouse());
    await played.pressSwitch('1');
    await played.pressSwitch('2', false);
    assert.deepEqual(status('1')[1], { brightness: 100, status: false, power: 0 });
    assert.equal(status('2')[1]?.['status'], false);
    await assert.rejects(played.pressSwitch('9'), RangeError);
  });

  it('triggers a sensor, which calms down by itself', async () => {
    const played = await play(makeHouse({ sensors: 3 }));
    await played.trigger('2');
    await clock.advance(60_000);
    await broker.until(() => broker.texts('aurion/sensors/2/data').length === 2);
    assert.deepEqual(
      broker.json('aurion/sensors/2/data').map(({ smoke, battery, seq }) => [smoke, battery, seq]),
      [
        [true, 92, 1],
        [false, 92, 2],
      ],
    );
    await played.trigger('sim-temperature-3', 41.5);
    assert.equal(broker.json('aurion/sensors/sim-temperature-3/data')[0]?.['temperature'], 41.5);
  });

  it('counts at the meter what it said to flow, the devices included', async () => {
    const played = await play(makeHouse({ meters: 2 }), {
      pace: { ...STILL, meterEveryMs: 10_000 },
    });
    await clock.advance(60_000);
    await played.pressSwitch('2', true);
    await clock.advance(60_000);
    await played.stop();
    for (const id of ['sim-meter-1', 'sim-meter-2']) {
      const said = broker.json(`aurion/energy/${id}/data`) as Record<string, number>[];
      assert.equal(said.length, 13);
      let integralKWh = said[0]!['energy']!;
      for (const [index, { power }] of said.slice(0, -1).entries()) {
        integralKWh += (power! * 10) / 3_600_000;
        assert.ok(Math.abs(said[index + 1]!['energy']! - integralKWh) < 1e-5);
      }
    }
    const [before, after] = [6, 7].map((at) => broker.json('aurion/energy/sim-meter-1/data')[at]!);
    assert.ok((after!['power'] as number) - (before!['power'] as number) > 900);
  });

  it('plays the same for the same seed, and something else for another', async () => {
    const record = async (seed: number) => {
      clock = new FakeClock();
      broker.heard = [];
      const played = await play(makeHouse({ seed, devices: 6, sensors: 8, meters: 2 }), {
        pace: { activity: 5, reportEveryMs: 10_000, sensorEveryMs: 20_000, meterEveryMs: 10_000 },
        duplicate: 0.2,
      });
      await clock.advance(90_000);
      await played.stop();
      return Object.groupBy(broker.heard, ({ topic }) => topic);
    };
    const first = await record(7);
    assert.ok(Object.keys(first).length > 20);
    assert.deepEqual(await record(7), first);
    assert.notDeepEqual(await record(8), first);
  });

  it('says why it cannot connect: nobody there, or refused', async () => {
    const elsewhere = await BareBroker.start();
    const { url } = elsewhere;
    await elsewhere.stop();
    const reason = (expected: string) => (error: unknown) =>
      error instanceof CannotConnect && error.reason === expected;
    await assert.rejects(play(makeHouse(), { url }), reason('unreachable'));
    await assert.rejects(play(makeHouse(), { url: 'nonsense' }), reason('failed'));
    broker.aedes.authenticate = (_client, _username, _password, done) =>
      done(Object.assign(new Error('no'), { returnCode: 4 }), false);
    await assert.rejects(play(makeHouse()), reason('refused'));
    assert.equal(clock.timers, 0);
  });
});
