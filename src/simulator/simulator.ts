import type { Clock } from '../ports/clock';
import { CannotConnect, Connection, type BrokerAccess } from './connection';
import type { SimulatorEvent } from './events';
import type { House } from './house';
import { asBrought, pastReadings } from './mishaps';
import { createRandom } from './random';
import type { SensorValue } from './sensors';
import { SimulatedDevice } from './simulated-device';
import { SimulatedMeter } from './simulated-meter';
import { LOW_PERCENT, partsOf, STEP_MS, type Scene } from './scenes';
import { SimulatedSensor } from './simulated-sensor';
import { LIVELY, type Counters, type Pace, type Publish, type Surroundings } from './surroundings';
import { Timers } from './timers';
import { createHouseTopics } from './topics';

export interface SimulatorOptions extends BrokerAccess {
  readonly house: House;
  readonly clock: Clock;
  /** The prefix of all topics; `aurion` by default. */
  readonly prefix?: string | undefined;
  /** How often things happen by themselves; what is left out as in `LIVELY`. `STILL` for tests. */
  readonly pace?: Partial<Pace> | undefined;
  /** The share of status messages that are sent twice; 0 by default. */
  readonly duplicate?: number | undefined;
  /** Of sensors' and meters' messages; 1 by default. */
  readonly qos?: 0 | 1 | undefined;
  /**
   * How many devices have a connection and a last will of their own, 200 by default; the others share
   * one, and with 0 all do.
   */
  readonly ownConnections?: number | undefined;
  /** The meters begin with telling so much of their past, as fast as the broker takes it. */
  readonly past?: { readonly days: number; readonly everyMs: number } | undefined;
  onEvent?(event: SimulatorEvent): void;
}

const OWN_CONNECTIONS = 200;
const STOP_WITHIN_MS = 3000;
const DAY_MS = 86_400_000;
const PAST_AT_ONCE = 200;
const NONE: Counters = {
  commandsReceived: 0,
  commandsAnswered: 0,
  commandsExpired: 0,
  switchedByHand: 0,
  statusesSent: 0,
  duplicatesSent: 0,
  readingsSent: 0,
};

/** Plays a house over MQTT, from `start` until `stop`, once. */
export class Simulator {
  private readonly running: Counters = { ...NONE };
  private readonly timers: Timers;
  private readonly devices = new Map<string, SimulatedDevice>();
  private readonly sensors = new Map<string, SimulatedSensor>();
  private readonly meters = new Map<string, SimulatedMeter>();
  /** The devices that have a connection of their own. */
  private readonly own = new Map<string, Connection>();
  /** The devices meant to have one. */
  private readonly independent: ReadonlySet<string>;
  private shared: Connection | undefined;
  private readonly around: Surroundings;

  constructor(private readonly options: SimulatorOptions) {
    const { house, clock, prefix = 'aurion', pace, duplicate = 0, qos = 1 } = options;
    this.timers = new Timers(clock);
    this.around = {
      seed: house.seed,
      clock,
      timers: this.timers,
      topics: createHouseTopics(prefix),
      pace: { ...LIVELY, ...pace },
      duplicate,
      qos,
      counters: this.running,
      emit: (event) => options.onEvent?.(event),
    };
    this.independent = new Set(
      house.devices
        .filter(({ behaviour }) => behaviour !== 'offline')
        .slice(0, options.ownConnections ?? OWN_CONNECTIONS)
        .map(({ id }) => id),
    );
    this.furnish(house);
  }

  /** What has happened so far. */
  get counters(): Readonly<Counters> {
    return { ...this.running };
  }

  /**
   * Connects everything. Resolves when the broker knows every device's availability and first status,
   * and commands reach them. @throws CannotConnect, and then nothing stays connected
   */
  async start(): Promise<void> {
    try {
      // First one alone: where nobody answers, one try tells it.
      this.shared = await this.openShared();
      const opening = [...this.independent].map((id) => this.openOwn(this.device(id)));
      // All of them, so that none opens after the end.
      await Promise.allSettled(opening);
      await Promise.all(opening);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.around.emit({ kind: 'connected' });
    for (const device of this.devices.values()) device.begin();
    for (const sensor of this.sensors.values()) sensor.begin();
    const { past } = this.options;
    if (past) await this.tellPast(past.days, past.everyMs);
    for (const meter of this.meters.values()) meter.begin();
  }

  /** How much has flowed through each meter, in kWh, by its id. */
  get flowedKWh(): ReadonlyMap<string, number> {
    return new Map([...this.meters].map(([id, meter]) => [id, meter.flowedKWh]));
  }

  private async tellPast(days: number, everyMs: number): Promise<void> {
    const { clock, pace } = this.around;
    const to = clock.now();
    const span = { from: to - days * DAY_MS, to, everyMs, perDay: pace.mishapsPerDay };
    const heard = this.livePast(span);
    const isBad = span.perDay > 0;
    const random = createRandom(this.around.seed, 'network');
    let waiting: Promise<boolean>[] = [];
    for (const { meter, shown, at } of isBad ? asBrought(heard, random) : heard) {
      waiting.push(meter.say(shown, at));
      if (waiting.length < PAST_AT_ONCE) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    await Promise.all(waiting);
    this.around.emit({ kind: 'past-told', days, readings: this.running.readingsSent });
  }

  /** Lets the meters live through their past. Gives what they showed and would have been heard to show. */
  private *livePast(span: Parameters<typeof pastReadings>[1]) {
    const tries = [...this.meters.values()].map(({ description, meter: state, random }) => ({
      ...{ description, state, random },
    }));
    for (const {
      meter: { id },
      state,
      at,
      heard,
    } of pastReadings(tries, span)) {
      const meter = this.meters.get(id);
      meter?.goOn(state);
      if (meter && heard) yield { meter, shown: state.meter, at };
    }
  }

  /** Takes back what every device said of itself, and disconnects; what was sent before arrives first. */
  async stop(): Promise<void> {
    this.timers.end();
    const connections = [...this.own.values(), ...(this.shared ? [this.shared] : [])];
    let timer: ReturnType<Clock['schedule']> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.options.clock.schedule(STOP_WITHIN_MS, resolve);
    });
    const goodbye = async () => {
      await Promise.all([...this.devices.values()].map((device) => device.takeLeave()));
      await Promise.all(connections.map((connection) => connection.close()));
    };
    await Promise.race([goodbye(), late.then(() => this.killAll(connections))]);
    timer?.cancel();
    this.own.clear();
    this.shared = undefined;
  }

  /** True if the device is on by its own knowledge. @throws RangeError for an id that is not in the house */
  isOn(deviceId: string): boolean {
    return this.device(deviceId).on;
  }

  /**
   * Someone switches a device by hand: over, or to `on`. Resolves when the broker has its report.
   * @throws RangeError for an id that is not in the house, CannotConnect when the report is lost
   */
  async pressSwitch(deviceId: string, on?: boolean): Promise<void> {
    arrived(await this.device(deviceId).pressSwitch(on));
  }

  /**
   * A sensor notices something (true, which ends by itself after a while; false: it is over) or
   * measures the value. Resolves when the broker has its message.
   * @throws RangeError for an id that is not in the house, CannotConnect when the message is lost
   */
  async trigger(sensorId: string, value: SensorValue = true): Promise<void> {
    const sensor = this.sensors.get(sensorId);
    if (!sensor) throw new RangeError(`there is no sensor ${sensorId} in the house`);
    arrived(await sensor.notice(value));
  }

  /**
   * Plays a scene: what each sensor that has a part in it says, one after the other. Resolves when the
   * broker has the last message, with how many sensors had a part.
   * @throws CannotConnect when a message is lost
   */
  async play(scene: Scene): Promise<number> {
    const { clock } = this.options;
    const parts = partsOf(
      scene,
      [...this.sensors.values()].map((sensor) => sensor.description),
    );
    for (const [index, { id, says }] of parts.entries()) {
      if (index > 0) {
        await new Promise<void>((resolve) => clock.schedule(STEP_MS, resolve));
      }
      const sensor = this.sensors.get(id);
      if (!sensor) continue;
      arrived(await (says === 'low-battery' ? sensor.drain(LOW_PERCENT) : sensor.notice(true)));
    }
    return parts.length;
  }

  /**
   * Reads a meter now. Resolves when the broker has its message.
   * @throws RangeError for an id that is not in the house, CannotConnect when the message is lost
   */
  async readMeter(meterId: string): Promise<void> {
    const meter = this.meters.get(meterId);
    if (!meter) throw new RangeError(`there is no meter ${meterId} in the house`);
    arrived(await meter.read());
  }

  /**
   * Breaks a device's connection without a goodbye, so that the broker publishes its last will.
   * It stays away until `restoreConnection`.
   * @throws RangeError for a device without a connection of its own
   */
  async killConnection(deviceId: string): Promise<void> {
    await this.ownConnection(deviceId).kill();
    this.around.emit({ kind: 'unplugged', device: this.device(deviceId).description });
  }

  /** Brings a killed connection back. Resolves when the device has said that it is online, and its status. */
  async restoreConnection(deviceId: string): Promise<void> {
    this.around.emit({ kind: 'plugged-in', device: this.device(deviceId).description });
    await this.ownConnection(deviceId).restore();
  }

  private furnish({ devices, sensors, meters }: House): void {
    const publish: Publish = async (...message) =>
      (await this.shared?.publish(...message)) ?? false;
    for (const description of devices) {
      const { id } = description;
      const publishOwn: Publish = async (...message) =>
        (await this.own.get(id)?.publish(...message)) ?? false;
      const independent = this.independent.has(id);
      this.devices.set(
        id,
        new SimulatedDevice(description, this.around, independent ? publishOwn : publish),
      );
    }
    for (const description of sensors) {
      this.sensors.set(description.id, new SimulatedSensor(description, this.around, publish));
    }
    const devicesW = () => {
      let sum = 0;
      for (const { powerW } of this.devices.values()) sum += powerW;
      return sum;
    };
    for (const description of meters) {
      this.meters.set(
        description.id,
        new SimulatedMeter(description, this.around, publish, devicesW),
      );
    }
  }

  private openShared(): Promise<Connection> {
    const { topics } = this.around;
    const sharing = [...this.devices.values()].filter((device) => !this.hasOwn(device));
    return Connection.open(this.options, {
      ...(sharing.length > 0 && { subscribe: topics.commands }),
      onMessage: (topic, payload) => {
        const device = this.devices.get(topics.commanded(topic) ?? '');
        if (device && !this.hasOwn(device)) device.take(payload);
      },
      onReady: (connection) => {
        this.shared = connection;
        return Promise.all(sharing.map((device) => device.greet()));
      },
      onTrouble: (kind) => this.around.emit({ kind }),
    });
  }

  private async openOwn(device: SimulatedDevice): Promise<void> {
    const { id } = device.description;
    const { topics } = this.around;
    await Connection.open(this.options, {
      will: { topic: topics.device(id, 'availability'), payload: 'offline' },
      subscribe: topics.device(id, 'command'),
      onMessage: (_topic, payload) => device.take(payload),
      onReady: (connection) => {
        this.own.set(id, connection);
        return device.greet();
      },
    });
  }

  private hasOwn(device: SimulatedDevice): boolean {
    return this.independent.has(device.description.id);
  }

  private async killAll(connections: readonly Connection[]): Promise<void> {
    await Promise.all(connections.map((connection) => connection.kill()));
  }

  private device(id: string): SimulatedDevice {
    const device = this.devices.get(id);
    if (!device) throw new RangeError(`there is no device ${id} in the house`);
    return device;
  }

  private ownConnection(deviceId: string): Connection {
    const connection = this.own.get(this.device(deviceId).description.id);
    if (!connection) throw new RangeError(`device ${deviceId} has no connection of its own`);
    return connection;
  }
}

function arrived(arrived: boolean): void {
  if (!arrived) throw new CannotConnect('unreachable', 'the broker did not get the message');
}
