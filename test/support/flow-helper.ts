import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import bcrypt from 'bcrypt';
import type { Node, NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import account from '../../nodes/aurion-account/aurion-account';
import alert from '../../nodes/aurion-alert/aurion-alert';
import guard from '../../nodes/aurion-auth-guard/aurion-auth-guard';
import device from '../../nodes/aurion-device/aurion-device';
import energy from '../../nodes/aurion-energy/aurion-energy';
import home from '../../nodes/aurion-home/aurion-home';
import sensor from '../../nodes/aurion-sensor/aurion-sensor';
import request from '../../nodes/aurion-request/aurion-request';
import response from '../../nodes/aurion-response/aurion-response';
import settings from '../../nodes/aurion-settings/aurion-settings';
import { Homes } from '../../nodes/runtime/homes';
import type { Residence } from '../../nodes/runtime/residence';
import type { AurionMessage } from '../../nodes/runtime/shell';
import type { SignedIn } from '../../src/contract/account';
import { temporaryFolder, type Answer, type FlowNode, type Request } from './aurion-process';

helper.init(require.resolve('node-red'));

const NODES = [home, request, guard, account, device, sensor, alert, energy, settings, response];
const TAB = 'tab';
const QUICK_COST = 4;

/**
 * The home's config node, unless a flow brings its own: on free MQTT ports. Node-RED would take a key
 * that is also its id for a reference to itself.
 */
export const HOME: FlowNode = {
  id: 'home-node',
  type: 'aurion-home',
  mqttPort: '0',
  mqttWsPort: '0',
  demo: '1',
  rateLimit: 'off',
};

/** The settings of a home that has nothing in common with others. */
export function ownSettings(key: string): Record<string, string> {
  return { key, basePath: `/${key}`, wsPath: `/${key}-ws`, topicPrefix: key };
}

/** Where a message came out, and as what. */
export interface Arrival {
  readonly at: string;
  readonly message: AurionMessage & { payload?: unknown };
}

export interface Shown {
  readonly fill?: string;
  readonly shape?: string;
  readonly text?: string;
}

interface Asked extends Request {
  readonly signal?: AbortSignal;
}

interface Refusal {
  readonly code?: string;
  readonly message?: string;
}

interface LogLine {
  readonly level: number;
  readonly id?: string;
  readonly msg: unknown;
}

export interface TestFlowOptions {
  /** Credentials by node id. */
  readonly credentials?: Record<string, Record<string, string>>;
  /** Of Node-RED's settings file. */
  readonly settings?: object;
}

/** A node of ours, on the canvas and in `HOME` unless it says otherwise. */
export function node(type: string, id: string, more: object = {}): FlowNode {
  return { id, type, z: TAB, x: 0, y: 0, home: HOME.id, wires: [['out']], ...more };
}

/** A node that catches what others (all unless named) fail with; what it catches arrives at `caught`. */
export function catching(...scope: string[]): FlowNode {
  const nodes = scope.length > 0 ? scope : null;
  return node('catch', 'catch', { scope: nodes, uncaught: false, wires: [['caught']] });
}

/** Makes password hashes quick: each home hashes once to start, a quarter of a second. @returns ends it */
export function quickHashes(): () => void {
  const { hash, hashSync } = bcrypt;
  Object.assign(bcrypt, {
    hash: (password: string) => hash(password, QUICK_COST),
    hashSync: (password: string) => hashSync(password, QUICK_COST),
  });
  return () => Object.assign(bcrypt, { hash, hashSync });
}

/** Our nodes in Node-RED's runtime, inside this process, with real homes in a folder of their own. */
export class TestFlow {
  RED!: NodeAPI;
  /** Every status a node has shown, the newest last. */
  readonly statuses = new Map<string, Shown[]>();
  readonly log: LogLine[] = [];
  /** What who uses the editor may do. */
  readonly permissions = new Set(['flows.read', 'flows.write']);
  private readonly userDir = temporaryFolder();
  private readonly news = new EventEmitter().setMaxListeners(0);
  private readonly servers = new Map<object, Server>();
  /** What nobody caught: in Node-RED it would end the process, and mocha says nothing. */
  private readonly rejections: unknown[] = [];
  private readonly ends: (() => Promise<void> | void)[] = [];

  /** Loads nodes beside a home, `out` and `caught`; resolves when their homes run, or can't. */
  static async load(nodes: readonly FlowNode[], options: TestFlowOptions = {}): Promise<TestFlow> {
    const flow = new TestFlow();
    try {
      await flow.load(nodes, options);
    } catch (error) {
      await flow.unload();
      throw error;
    }
    return flow;
  }

  private async load(nodes: readonly FlowNode[], options: TestFlowOptions): Promise<void> {
    this.ends.push(quickHashes());
    helper.settings({ userDir: this.userDir, uiHost: '127.0.0.1', ...options.settings });
    const first = (RED: NodeAPI): void => {
      this.RED = RED;
      // Node-RED's test helper knows no texts: their keys, and what is filled in.
      RED._ = (key: string, filledIn: Record<string, unknown> = {}) =>
        [key.split(':').at(-1), ...Object.values(filledIn)].join(' ');
      this.ends.push(() => this.homes.stopAll());
      this.watch();
      RED.auth.needsPermission = (permission) => (req, res, next) => {
        // As Node-RED tells who uses the editor.
        Object.assign(req, { user: { username: 'tester' } });
        if (this.permissions.has(permission)) next();
        else res.sendStatus(403);
      };
    };
    const withHome = nodes.some(({ type }) => type === HOME.type) ? nodes : [HOME, ...nodes];
    const flow = [{ id: TAB, type: 'tab', label: 'Test' }, ...withHome, ...OUTLETS];
    await helper.load([first, ...NODES], flow, options.credentials ?? {});
    for (const { id } of OUTLETS) {
      this.node(id).on('input', (message: Arrival['message']) => {
        this.news.emit(`message ${message._msgid}`, { at: id, message });
        this.news.emit(`outlet ${id}`, message);
      });
    }
    await this.homes.started();
  }

  get homes(): Homes {
    return Homes.of(this.RED);
  }

  residence(key = 'home'): Residence {
    const residence = this.homes.byKey(key);
    assert.ok(residence, `no home ${key}`);
    return residence;
  }

  node(id: string): Node {
    const found = helper.getNode(id);
    assert.ok(found, `no node ${id}`);
    return found;
  }

  /** What a node shows now. */
  status(id: string): Shown {
    return this.statuses.get(id)?.at(-1) ?? {};
  }

  /** Resolves once a node shows this text, with how it shows it. */
  async untilShown(id: string, text: string | RegExp): Promise<Shown> {
    const isShown = () => {
      const { text: now = '' } = this.status(id);
      return typeof text === 'string' ? now === text : text.test(now);
    };
    while (!isShown()) await once(this.news, `status ${id}`);
    return this.status(id);
  }

  /** What a node has logged as a warning or worse. */
  complaints(id: string): string[] {
    return this.log
      .filter((line) => line.id === id && line.level <= this.RED.log.WARN)
      .map(({ msg }) => String(msg));
  }

  /** Hands a node a message; resolves with where it came out. */
  async send(to: string, message: object = {}): Promise<Arrival> {
    const { _msgid = this.RED.util.generateId() } = message as { _msgid?: string };
    const arrival = once(this.news, `message ${_msgid}`) as Promise<[Arrival]>;
    // By reference: a message may carry what a copy would lose.
    this.give(to, Object.isFrozen(message) ? message : Object.assign(message, { _msgid }));
    return (await arrival)[0];
  }

  /** Hands a node a message. */
  give(to: string, message: object): void {
    this.node(to).receive(message as AurionMessage);
  }

  /** Hands a node a message that goes well; resolves with the message that came out. */
  async pass<P = unknown>(
    to: string,
    message: object = {},
  ): Promise<AurionMessage & { payload: P }> {
    const { at, message: out } = await this.send(to, message);
    assert.equal(at, 'out', inspect(out.error));
    return out as AurionMessage & { payload: P };
  }

  /** Hands a node a message that fails; resolves with the code of the error that was caught. */
  async fail(to: string, message: object = {}): Promise<unknown> {
    const { at, message: caught } = await this.send(to, message);
    assert.equal(at, 'caught', inspect(caught.payload));
    return caught.error?.code;
  }

  /** Resolves with the next message that comes out there. */
  async nextAt(outlet: string): Promise<Arrival['message']> {
    return ((await once(this.news, `outlet ${outlet}`)) as [Arrival['message']])[0];
  }

  /** Makes a request that comes out at `out`. @returns its message, and its answer once it has one */
  async ask<T = Refusal>(
    method: string,
    path: string,
    options: Asked = {},
  ): Promise<{ message: Arrival['message']; answer: Promise<Answer<T>> }> {
    const arrival = this.nextAt('out');
    const answer = this.request<T>(method, path, options);
    const early = answer.then(({ status, body }) => {
      throw new Error(`answered before it came out: ${status} ${inspect(body)}`);
    });
    return { message: await Promise.race([arrival, early]), answer };
  }

  /** A request at the server of the homes' REST APIs. */
  async request<T = Refusal>(
    method: string,
    path: string,
    { token, body, headers, signal }: Asked = {},
  ): Promise<Answer<T>> {
    return this.fetch(this.RED.httpNode, path, {
      method,
      headers: {
        ...headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  }

  /** A request at the editor's server. */
  async admin<T = unknown>(
    path: string,
    method = 'GET',
    { body, language }: { body?: unknown; language?: string } = {},
  ): Promise<Answer<T>> {
    return this.fetch(this.RED.httpAdmin, path, {
      method,
      headers: {
        ...(language !== undefined && { 'accept-language': language }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Makes an account without REST; the first is the administrator. @returns its token */
  async register(name: string): Promise<string> {
    const input = { name, email: `${name}@maison.tg`, password: `${name} aime la mer` };
    const call = { actor: null, requestId: name, origin: { loopback: true, address: null } };
    const signedIn = await this.residence().home.run('auth.register', input, call);
    return (signedIn as SignedIn).token;
  }

  async unload(): Promise<void> {
    for (const server of this.servers.values()) {
      server.closeAllConnections();
      server.close();
    }
    await helper.unload();
    for (const end of this.ends) await end();
    rmSync(this.userDir, { recursive: true, force: true });
    assert.deepEqual(this.rejections, []);
  }

  private watch(): void {
    const { events, log } = this.RED;
    const shows = ({ id, status }: { id: string; status: Shown }): void => {
      this.statuses.set(id, [...(this.statuses.get(id) ?? []), status]);
      this.news.emit(`status ${id}`);
    };
    const reject = (reason: unknown): void => {
      this.rejections.push(reason);
      if (this.news.listenerCount('error') > 0) this.news.emit('error', reason);
    };
    process.on('unhandledRejection', reject);
    events.on('node-status', shows);
    const keep = new EventEmitter().on('log', (line: LogLine) => this.log.push(line));
    log.addHandler(keep);
    // Each load makes its own `Homes`, which listen for good, as there is one in a real Node-RED.
    const before = FLOW_EVENTS.map((name) => events.listeners(name));
    this.ends.push(() => {
      process.off('unhandledRejection', reject);
      events.off('node-status', shows);
      log.removeHandler(keep);
      for (const [i, name] of FLOW_EVENTS.entries()) {
        const added = events.listeners(name).filter((listener) => !before[i]?.includes(listener));
        for (const listener of added) events.off(name, listener as () => void);
      }
    });
  }

  private async serve(app: NodeAPI['httpNode']): Promise<string> {
    let server = this.servers.get(app);
    if (!server) {
      server = createServer(app).listen(0, '127.0.0.1');
      this.servers.set(app, server);
      await once(server, 'listening');
    }
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private async fetch<T>(
    app: NodeAPI['httpNode'],
    path: string,
    init: RequestInit = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${await this.serve(app)}${path}`, init);
    const { status, headers } = response;
    const text = await response.text();
    const isJson = headers.get('content-type')?.includes('json');
    return { status, headers, body: (isJson ? JSON.parse(text) : text) as T };
  }
}

const FLOW_EVENTS = ['flows:stopping', 'flows:starting', 'flows:started'];

const OUTLETS: readonly FlowNode[] = ['out', 'refused', 'caught'].map((id) =>
  node('helper', id, { wires: [] }),
);
