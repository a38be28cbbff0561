import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { Device } from '../../src/contract/device';
import { AurionProcess, type FlowNode } from './aurion-process';
import { EditorLink } from './editor-link';
import { Lamp } from './lamp';
import { Receiver } from './receiver';

/** What Open-Meteo says of a fine day. */
const WEATHER = {
  current_units: { temperature_2m: '°C' },
  current: { time: 1_774_782_000, temperature_2m: 31.2, weather_code: 1 },
};

/** A button and what shows it. */
const SIGNAL: readonly FlowNode[] = [
  { id: 'signal-tab', type: 'tab' },
  { id: 'signal', type: 'inject', z: 'signal-tab', props: [], wires: [['signal-debug']] },
  { id: 'signal-debug', type: 'debug', z: 'signal-tab', active: true, tosidebar: true, wires: [] },
];

const HOUR_MS = 3_600_000;

type Person = 'ama' | 'kofi' | 'afi';

/**
 * A real Aurion with all that examples need around them: people, lamps that obey, a meter that
 * counted yesterday, a mail server, an SMS gateway and somebody who knows the weather.
 */
export class ExampleBench {
  aurion!: AurionProcess;
  link!: EditorLink;
  readonly gateway = new Receiver();
  /** Ama administers, Kofi is a user, Afi a guest. */
  readonly tokens: Record<Person, string> = { ama: '', kofi: '', afi: '' };
  private readonly lamps = new Map<number, Lamp>();
  /** Devices that do the opposite of what they are told. */
  private readonly contrary = new Set<number>();
  private readonly mails: string[] = [];
  private readonly post = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    onData: (stream, _session, done) => {
      text(stream).then((source) => {
        this.mails.push(source.replaceAll('=\r\n', ''));
        this.post.emit('mail');
        done();
      }, done);
    },
  });
  private readonly sky = createServer((_req, res) => res.end(JSON.stringify(WEATHER)));

  async start(): Promise<void> {
    const gateway = await this.gateway.open();
    this.post.listen(0, '127.0.0.1');
    this.sky.listen(0, '127.0.0.1');
    await Promise.all([once(this.post.server, 'listening'), once(this.sky, 'listening')]);
    const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
    this.aurion = await AurionProcess.start({
      env: {
        AURION_SMTP_URL: `smtp://127.0.0.1:${portOf(this.post.server)}`,
        AURION_MAIL_FROM: 'Aurion <aurion@maison.example>',
        AURION_WEATHER_URL: `http://127.0.0.1:${portOf(this.sky)}`,
        AURION_ALLOWED_HOSTS: '127.0.0.1',
        SMS_GATEWAY_URL: gateway,
        SMS_GATEWAY_TOKEN: 'gateway-token',
        SMS_TO: 'the number of Ama',
      },
    });
    await this.aurion.untilReady();
    this.link = await EditorLink.open(this.aurion);
    for (const id of [1, 2, 3]) await this.plugIn(id);
    await this.moveIn();
  }

  async stop(): Promise<void> {
    // Not there when it did not start.
    await (this.aurion as AurionProcess | undefined)?.remove();
    this.gateway.close();
    this.sky.close();
    await new Promise<void>((resolve) => this.post.close(() => resolve()));
  }

  /**
   * Deploys; what was shown and commanded before is forgotten.
   * @returns the nodes on the workspace that are red
   */
  async deploy(nodes: readonly FlowNode[]): Promise<string[]> {
    for (const lamp of this.lamps.values()) lamp.commands.length = 0;
    this.link.forget();
    this.link.forgetStatuses();
    await this.aurion.deploy([...nodes, ...SIGNAL]);
    // What is shown after this comes after every status of the deploy.
    await this.press('signal');
    await this.shown('signal-debug');
    return this.link.redAmong(nodes.filter(({ wires }) => wires).map(({ id }) => id));
  }

  /** Presses the button of an inject node. */
  async press(id: string): Promise<void> {
    const { status } = await this.aurion.admin('POST', `/inject/${id}`);
    assert.equal(status, 200, `there is no button ${id}`);
  }

  /** Presses a button again and again until the node that shows what comes of it shows what is wanted. */
  async pressUntil<T>(button: string, id: string, isWanted: (msg: T) => boolean): Promise<T> {
    for (;;) {
      this.link.forget();
      await this.press(button);
      const msg = await this.shown<T>(id);
      if (isWanted(msg)) return msg;
    }
  }

  /** What the debug panel shows of this node. */
  shown<T>(id: string, isWanted?: (msg: T) => boolean): Promise<T> {
    return this.link.until(id, isWanted);
  }

  /** Lets a device report that it is on or off, and waits until the home knows. */
  async report(device: number, status: boolean): Promise<void> {
    await this.lamp(device).report({ status });
  }

  /** Resolves when the device has got this command. */
  async commanded(device: number, wanted: object): Promise<void> {
    const { commands, client } = this.lamp(device);
    const has = () => commands.some((command) => includes(command, wanted));
    while (!has()) await once(client as never, 'message');
  }

  /** Has a device do the opposite of what it is told for a while. */
  async disobey(device: number, meanwhile: () => Promise<void>): Promise<void> {
    this.contrary.add(device);
    await meanwhile();
    this.contrary.delete(device);
  }

  /** Resolves with the first mail that says this. */
  async mail(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.mails.findIndex((source) => pattern.test(source));
      if (found >= 0) return this.mails.splice(found, 1)[0] ?? '';
      await once(this.post, 'mail');
    }
  }

  call<T = { code?: string }>(method: string, path: string, who?: Person, body?: unknown) {
    const url = path.startsWith('/api') ? path.slice('/api'.length) : this.url(path);
    return this.aurion.request<T>(method, url, {
      ...(who && { token: this.tokens[who] }),
      ...(body !== undefined && { body }),
    });
  }

  signIn(who: Person) {
    const body = { email: `${who}@maison.tg`, password: `${who} aime la mer` };
    return this.call<{ token: string; code?: string }>('POST', '/api/auth/login', undefined, body);
  }

  /** Makes the first account of the cabin, or signs in to it. */
  async tokenOfCabin(): Promise<string> {
    const body = { name: 'Koku', email: 'koku@cabane.tg', password: 'koku aime la forêt' };
    const at = (path: string) => this.url(`/cabin/api${path}`);
    let ready: Response;
    do ready = await fetch(at('/health/ready'));
    while (ready.status !== 200);
    const made = await this.aurion.request<{ token: string }>('POST', at('/auth/register'), {
      body,
    });
    if (made.status === 200) return made.body.token;
    const { email, password } = body;
    const login = { body: { email, password } };
    return (await this.aurion.request<{ token: string }>('POST', at('/auth/login'), login)).body
      .token;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.aurion.port}${path}`;
  }

  private async plugIn(id: number): Promise<void> {
    const lamp = await Lamp.plugIn(this.aurion, id, ({ status, commandId, ...rest }) => {
      const became = this.contrary.has(id) ? !status : status;
      return { ...rest, status: became, commandId };
    });
    this.lamps.set(id, lamp);
  }

  private lamp(device: number): Lamp {
    const lamp = this.lamps.get(device);
    assert.ok(lamp, `device ${device} is not plugged in`);
    return lamp;
  }

  /** People, their wishes, and a meter that has counted 12 kWh yesterday. */
  private async moveIn(): Promise<void> {
    for (const who of ['ama', 'kofi', 'afi'] as const) {
      this.tokens[who] = await this.aurion.register(who);
    }
    await this.must('PUT', '/api/auth/users/2', { role: 'user' });
    this.tokens.kofi = (await this.signIn('kofi')).body.token;
    await this.must('PUT', '/api/settings', { awayDelayS: 0 });
    await this.must('POST', '/api/security/notifications/config', { email: true });
    const meter = { name: 'Compteur', type: 'meter', room: 'Entrée', main: true };
    const { id } = await this.must<Device>('POST', '/api/devices', meter);
    const today = new Date();
    const yesterday = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() - 1);
    for (let hour = 0; hour <= 24; hour += 1) {
      const reading = { energy: 100 + hour / 2, timestamp: yesterday + hour * HOUR_MS };
      await this.must('POST', `/api/energy/meters/${id}/readings`, reading);
    }
  }

  private async must<T>(method: string, path: string, body: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, 'ama', body);
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

function includes(whole: object, part: object): boolean {
  const all = new Map(Object.entries(whole));
  return Object.entries(part).every(([name, value]) => all.get(name) === value);
}
