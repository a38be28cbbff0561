import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import type { Device } from '../../src/contract/device';
import type { HistoryPoint } from '../../src/contract/energy';
import type { AurionProcess } from './aurion-process';
import { Page } from './page';

const WRITERS = 4;
const PLUGS = 3;
/** How many messages a plug sends before it waits for an acknowledgement. */
const UNDER_WAY_MAX = 20;

/** What a field was last told to be with a 2xx, and what may have come of requests since that nobody answered. */
class Told<T> {
  private open: T[] = [];
  constructor(private sure: T) {}

  get value(): T {
    return this.sure;
  }

  /** @param answered what came of asking for it */
  async ask(value: T, answered: () => Promise<boolean>): Promise<boolean> {
    this.open.push(value);
    if (!(await answered())) return false;
    this.sure = value;
    this.open = [];
    return true;
  }

  /** The value is known now. */
  settle(value: T, what: string): void {
    assert.ok(
      value === this.sure || this.open.includes(value),
      `${what} is ${String(value)}, told was ${String(this.sure)}`,
    );
    this.sure = value;
    this.open = [];
  }
}

interface Made {
  readonly key: string;
  readonly name: Told<string>;
  readonly status: Told<boolean>;
}

interface Plug {
  readonly id: number;
  /** Each message says the next number as its power. */
  sent: number;
  acknowledged: number;
  underWay: number;
  client?: MqttClient;
}

/** Each reading is one more of a past in which readings are too far apart to touch: 12 kW held for 3 s, 10 Wh. */
const METER = { name: 'Compteur', type: 'meter', room: 'Entrée', main: true, intervalS: 1 };
const READING = { powerW: 12_000, everyMs: 10_000, kWh: 0.01 };
const PAST_DAYS = 20;
const DAY_MS = 86_400_000;

/**
 * People and plugs that keep a home busy, and know what it told them: requests that write, statuses at
 * QoS 1, a page. `check` compares with what it says later.
 */
export class Household {
  /** How many requests and messages were answered with yes. */
  answered = 0;
  private readonly devices = new Map<number, Made>();
  private readonly accounts = new Map<string, string>();
  private readonly plugs: Plug[] = [];
  private readonly meter = { key: 'linky', sent: 0, acknowledged: 0, underWay: 0 };
  private readonly pastFrom = Math.floor(Date.now() / DAY_MS - PAST_DAYS) * DAY_MS;
  private asked = 0;
  private busy = false;
  private underWay: Promise<unknown>[] = [];

  private constructor(
    private readonly aurion: AurionProcess,
    private readonly token: string,
    private readonly brokerUrl: string | undefined,
  ) {}

  /** @param brokerUrl an outside broker that lets everybody in */
  static async move(aurion: AurionProcess, token: string, brokerUrl?: string): Promise<Household> {
    const household = new Household(aurion, token, brokerUrl);
    for (let n = 0; n < PLUGS; n += 1) {
      const body = { name: `Prise ${n}`, type: 'appliance', room: 'Salon', key: `plug-${n}` };
      const answer = await aurion.request<Device>('POST', '/devices', { token, body });
      assert.equal(answer.status, 201);
      household.plugs.push({ id: answer.body.id, sent: 0, acknowledged: 0, underWay: 0 });
    }
    const { key } = household.meter;
    const { status } = await aurion.request('POST', '/devices', { token, body: { ...METER, key } });
    assert.equal(status, 201);
    return household;
  }

  /** Begins to write, each as fast as it is answered. */
  async begin(): Promise<void> {
    this.busy = true;
    await Promise.all(this.plugs.map((plug) => this.plugIn(plug)));
    await Page.open(this.aurion, this.token);
    for (const plug of this.plugs) this.publish(plug);
    this.meter.underWay = 0;
    this.read(this.plugs[0]?.client);
    this.underWay = [
      ...Array.from({ length: WRITERS }, () => this.untilEnd(() => this.furnish())),
      this.untilEnd(() => this.invite()),
    ];
  }

  /** Resolves when so much more was answered with yes. */
  async untilAnswered(more: number): Promise<void> {
    const target = this.answered + more;
    const deadline = Date.now() + 30_000;
    while (this.answered < target) {
      assert.ok(Date.now() < deadline, `only ${this.answered} of ${target} answered`);
      await delay(2);
    }
  }

  /** What is under way may still be answered. */
  async end(): Promise<void> {
    this.busy = false;
    for (const { client } of this.plugs) client?.end(true);
    await Promise.all(this.underWay);
  }

  /** What each plug was last told has arrived, by the device's id. */
  get plugPowers(): ReadonlyMap<number, number> {
    return new Map(this.plugs.map(({ id, acknowledged }) => [id, acknowledged]));
  }

  /** Everything answered with a 2xx or acknowledged is there, nothing twice, nothing that nobody asked for. */
  async check(): Promise<void> {
    const { aurion, token } = this;
    const list = (await aurion.request<Device[]>('GET', '/devices', { token })).body;
    for (const field of ['id', 'key', 'name'] as const) {
      const values = list.map((device) => device[field]).filter((value) => value !== undefined);
      assert.equal(new Set(values).size, values.length, `no ${field} twice`);
    }
    const byId = new Map(list.map((device) => [device.id, device]));
    for (const [id, made] of this.devices) {
      const device = byId.get(id);
      assert.equal(device?.key, made.key, `device ${id}`);
      made.name.settle(device.name, `the name of ${id}`);
      made.status.settle(device.status, `the status of ${id}`);
    }
    for (const plug of this.plugs) {
      const power = byId.get(plug.id)?.power ?? 0;
      assert.ok(
        power >= plug.acknowledged && power <= plug.sent,
        `plug ${plug.id} says ${power}; ${plug.acknowledged} acknowledged, ${plug.sent} sent`,
      );
    }
    await this.checkEnergy();
    const path = '/auth/users';
    const users = (await aurion.request<{ email: string }[]>('GET', path, { token })).body;
    const emails = new Set(users.map(({ email }) => email));
    assert.equal(emails.size, users.length, 'no account twice');
    for (const [email, theirs] of this.accounts) {
      assert.ok(emails.has(email), email);
      const me = await aurion.request<{ email: string }>('GET', '/auth/me', { token: theirs });
      assert.equal(me.body.email, email);
    }
  }

  /** Every acknowledged reading has its energy, once. */
  private async checkEnergy(): Promise<void> {
    const { aurion, token, pastFrom, meter } = this;
    const to = new Date(pastFrom + (PAST_DAYS - 1) * DAY_MS).toISOString();
    const path = `/energy/history?from=${new Date(pastFrom).toISOString()}&to=${to}&step=day`;
    const { body } = await aurion.request<HistoryPoint[]>('GET', path, { token });
    const kWh = body.reduce((sum, { consumption }) => sum + (consumption ?? 0), 0);
    const counted = Math.round(kWh / READING.kWh);
    assert.ok(
      counted >= meter.acknowledged && counted <= meter.sent,
      `${counted} readings counted; ${meter.acknowledged} acknowledged, ${meter.sent} sent`,
    );
  }

  /** Makes a device, renames it, switches it. */
  private async furnish(): Promise<void> {
    const { aurion, token } = this;
    const n = (this.asked += 1);
    const key = `lamp-${n}`;
    const body = { name: `Lampe ${n}`, type: 'light', room: 'Salon', key };
    const { status, body: device } = await aurion.request<Device>('POST', '/devices', {
      token,
      body,
    });
    if (!this.yes(status)) return;
    const made = { key, name: new Told(body.name), status: new Told(false) };
    this.devices.set(device.id, made);
    const path = `/devices/${device.id}`;
    const name = `Lampe ${n} bis`;
    const ask = async (method: string, at: string, input?: object) =>
      this.yes((await aurion.request(method, at, { token, body: input })).status);
    await made.name.ask(name, () => ask('PUT', path, { name }));
    await made.status.ask(true, () => ask('POST', `${path}/toggle`));
  }

  private async invite(): Promise<void> {
    const n = (this.asked += 1);
    const email = `p${n}@maison.tg`;
    const body = { name: `p${n}`, email, password: `p${n} aime la mer` };
    const answer = await this.aurion.request<{ token: string }>('POST', '/auth/register', { body });
    if (this.yes(answer.status)) this.accounts.set(email, answer.body.token);
  }

  private yes(status: number): boolean {
    const isDone = status >= 200 && status < 300;
    assert.ok(isDone || status === 503, `answered ${status}`);
    if (isDone) this.answered += 1;
    return isDone;
  }

  /** A connection that is cut answers nothing: then nobody knows. */
  private async untilEnd(work: () => Promise<void>): Promise<void> {
    while (this.busy) {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        await delay(5);
      }
    }
  }

  private async plugIn(plug: Plug): Promise<void> {
    const { mqttUsername: username, mqttPassword: password } = this.aurion.waysIn;
    const url = this.brokerUrl ?? `mqtt://127.0.0.1:${this.aurion.mqttPort}`;
    plug.client = await mqtt.connectAsync(url, {
      ...(this.brokerUrl === undefined && { username, password }),
      reconnectPeriod: 0,
    });
    plug.underWay = 0;
    plug.client.on('error', () => undefined);
    this.aurion.onRemove.push(() => plug.client?.endAsync(true) ?? Promise.resolve());
  }

  private publish(plug: Plug): void {
    const { client } = plug;
    while (this.busy && client?.connected && plug.underWay < UNDER_WAY_MAX) {
      const power = (plug.sent += 1);
      plug.underWay += 1;
      const payload = JSON.stringify({ status: true, power });
      client.publish(
        `aurion/devices/plug-${this.plugs.indexOf(plug)}/status`,
        payload,
        { qos: 1 },
        (error) => {
          if (error || client !== plug.client) return;
          plug.underWay -= 1;
          plug.acknowledged = Math.max(plug.acknowledged, power);
          this.answered += 1;
          setImmediate(() => this.publish(plug));
        },
      );
    }
  }

  private read(client: MqttClient | undefined): void {
    const { meter } = this;
    while (this.busy && client?.connected && meter.underWay < UNDER_WAY_MAX) {
      const timestamp = this.pastFrom + meter.sent * READING.everyMs;
      meter.sent += 1;
      meter.underWay += 1;
      const payload = JSON.stringify({ power: READING.powerW, timestamp });
      client.publish(`aurion/energy/${meter.key}/data`, payload, { qos: 1 }, (error) => {
        if (error || client !== this.plugs[0]?.client) return;
        meter.underWay -= 1;
        meter.acknowledged += 1;
        this.answered += 1;
        setImmediate(() => this.read(client));
      });
    }
  }
}
