import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import type { Exchange } from '../../src/adapters/exchange';
import { HttpExchange } from '../../src/adapters/http/http-exchange';
import { isLoopback } from '../../src/adapters/http/origin';
import { answerWithoutHome } from '../../src/adapters/http/without-home';
import type { HomeSettings } from '../../src/contract/home-settings';
import { INSIDE } from '../../src/contract/operation';
import type { HomeSecrets } from '../../src/home';
import type { HomeAspect } from '../../src/home-changes';
import { createHomeLogger } from './home-log';
import { docsFolder, packageVersion } from './package';
import { Residence } from './residence';
import { refuseUpgrade, upgradePath } from './upgrades';

/** How long a home waits for its config node to come back when nothing says that flows started. */
const GRACE_MS = 2000;

/** Longer than any request lives. */
const CARRIED_MS = 20_000;

/** Begins the id of every message that a request started, so that it is known for one also when the request is over. */
const REQUEST_ID_PREFIX = 'request-';

/** What the attaching node can't have: its home key, base path or port belongs to another home here. */
export class HomeConflict extends Error {
  override readonly name = 'HomeConflict';
}

/** Hears which home may look different, and in what. */
export type HomeWatcher = (homeKey: string, aspect: HomeAspect) => void;

/**
 * The homes of one Node-RED. They live longer than their config nodes: a deploy closes each config
 * node and makes it anew, and plugs, pages and alarms must not notice.
 */
export class Homes {
  private readonly residences = new Map<string, Residence>();
  /** Requests in flight by `_msgid`, for messages that lost their `req` in a function node. */
  private readonly byMessageId = new Map<string, { exchange: Exchange; sinceMs: number }>();

  private readonly watchers = new Set<HomeWatcher>();

  /** Why config nodes have no home, by node id. */
  private readonly refused = new Map<string, Refused>();

  /** True from the moment flows stop until they begin to start. */
  private stopped = false;
  private startsUnderWay = 0;

  private constructor(private readonly RED: NodeAPI) {
    if (RED.httpNode as unknown) {
      // Once for good: routes can't be taken out of Express again.
      RED.httpNode.use((req, res, next) => {
        const residence = this.find(({ home }) => isBelow(req.url, home.settings.basePath));
        if (!residence) {
          this.answerForRefused(req, res, next);
          return;
        }
        const { home } = residence;
        const { url } = req;
        req.url = url.slice(home.settings.basePath.length) || '/';
        home.api.handle(req, res, (error) => {
          req.url = url;
          next(error);
        });
      });
    }
    (RED.server as NodeAPI['server'] | undefined)?.on('upgrade', (req, socket, head) => {
      const path = upgradePath(req);
      const residence = this.find(({ home: { settings } }) => {
        // Without the root as well: there it was before.
        return path === httpRoot(RED) + settings.wsPath || path === settings.wsPath;
      });
      // Other paths are other people's: Node-RED's own, or those of other nodes.
      if (!residence) return;
      if (residence.isLive) residence.home.handleUpgrade(req, socket, head);
      else refuseUpgrade(socket, this.areFlowsThere ? 404 : 503);
    });
    RED.events.on('flows:stopping', (event: FlowsEvent) => this.flowsStopping(event));
    RED.events.on('flows:starting', () => this.flowsStarting());
    RED.events.on('flows:started', () => this.flowsStarted());
  }

  private static readonly known = new WeakMap<object, Homes>();

  /** The homes of this Node-RED, whichever node asks. */
  static of(RED: NodeAPI): Homes {
    // `RED` is another object for each node type; what is one for all is the app it serves flows on.
    const anchor: object = (RED.httpNode as object | false) || RED.events;
    let homes = Homes.known.get(anchor);
    if (!homes) Homes.known.set(anchor, (homes = new Homes(RED)));
    return homes;
  }

  /**
   * Moves a config node into the home of its key: the one that runs with the same settings, or a new one.
   * @throws HomeConflict
   */
  attach(nodeId: string, settings: HomeSettings, secrets: HomeSecrets): Residence {
    const resident = this.residences.get(settings.key);
    if (resident && resident.nodeId !== null && resident.nodeId !== nodeId) {
      throw new HomeConflict(`the home key "${settings.key}" is used by another aurion-home node`);
    }
    const signature = JSON.stringify([settings, secrets]);
    if (resident?.signature === signature && !resident.isStopping) {
      resident.nodeId = nodeId;
      return resident;
    }
    const inTheWay = this.sharing(settings);
    const other = inTheWay.find((residence) => residence.nodeId !== null);
    if (other) {
      throw new HomeConflict(
        `base path, topic prefix, WebSocket path and MQTT ports must differ from those of the home "${other.home.settings.key}"`,
      );
    }
    const residence = new Residence(
      settings,
      secrets,
      {
        folder: homeFolder(this.RED, settings.key),
        docsFolder: docsFolder(),
        version: packageVersion(),
        logger: createHomeLogger(this.RED, settings.key),
        httpRoot: httpRoot(this.RED),
        listensOnLoopback: isLoopbackHost(this.RED.settings.uiHost),
        areFlowsThere: () => this.areFlowsThere,
      },
      signature,
      nodeId,
    );
    this.residences.set(settings.key, residence);
    residence.home.onChange((aspect) => this.tell(settings.key, aspect));
    // What those that are left hold (store, ports) must be free first.
    const leaving = resident ? [...inTheWay, resident] : inTheWay;
    residence.start(Promise.all(leaving.map((left) => left.stop())));
    return residence;
  }

  /**
   * The config node closes: requests it can still answer are answered. Whether the home goes on is
   * decided when flows have started, since a deploy and a stop of the process look the same here.
   */
  async detach(residence: Residence): Promise<void> {
    residence.nodeId = null;
    const timer = setTimeout(() => this.stopIfLeft(residence), GRACE_MS);
    timer.unref();
    residence.grace = timer;
    await residence.settle();
  }

  /** Flows run: none are to come, and none are being deployed. */
  get areFlowsThere(): boolean {
    return !this.stopped && this.startsUnderWay === 0;
  }

  /** A config node can't have a home: requests to it are answered 503. @returns forgets it again */
  refuse(nodeId: string, basePath: unknown, error: Error): () => void {
    const below = typeof basePath === 'string' && basePath.startsWith('/') ? basePath : '/api';
    this.refused.set(nodeId, { basePath: below, error });
    return () => this.refused.delete(nodeId);
  }

  /** Why config nodes have no home. */
  get refusals(): readonly Error[] {
    return [...this.refused.values()].map(({ error }) => error);
  }

  /** Resolves when every home has come up, or has found out that it can't. */
  async started(): Promise<void> {
    for (const residence of this.residences.values()) await residence.started;
  }

  /** Stops every home, as the process is about to end. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.residences.values()].map((residence) => residence.stop()));
    this.residences.clear();
  }

  /** The request behind a message: by its `req`, or by its id where a function node returned a fresh object. */
  exchangeOf(message: { req?: unknown; _msgid?: unknown }): Exchange | undefined {
    const { req, _msgid } = message;
    if (typeof req === 'object' && req !== null) {
      for (const { home } of this.residences.values()) {
        const exchange = home.api.exchangeOf(req);
        if (exchange) return exchange;
      }
      return undefined;
    }
    return typeof _msgid === 'string' ? this.byMessageId.get(_msgid)?.exchange : undefined;
  }

  /**
   * Remembers which message carries a request, until that is answered.
   * @param was the message's id so far, if it has one
   * @returns the id it has to have from now on
   */
  carry(exchange: Exchange, was = ''): string {
    const messageId = isRequestId(was) ? was : `${REQUEST_ID_PREFIX}${randomUUID()}`;
    const sinceMs = performance.now();
    this.byMessageId.set(messageId, { exchange, sinceMs });
    exchange.whenAnswered(() => this.byMessageId.delete(messageId));
    // A live client's frame need not be answered at all.
    for (const [id, { sinceMs: before }] of this.byMessageId) {
      if (sinceMs - before < CARRIED_MS) break;
      this.byMessageId.delete(id);
    }
    return messageId;
  }

  /** Those that have a config node. */
  all(): readonly Residence[] {
    return [...this.residences.values()].filter(({ nodeId }) => nodeId !== null);
  }

  /** The home of a key. */
  byKey(key: string): Residence | undefined {
    return this.residences.get(key);
  }

  /** The home that is known so in the editor: by its key; where that is a variable, by its config node. */
  byKeyOrNode(name: string): Residence | undefined {
    return this.byKey(name) ?? this.find(({ nodeId }) => nodeId === name);
  }

  /** Calls back when something of a home may look different, also when it comes or goes. @returns ends it */
  onChange(watcher: HomeWatcher): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  private answerForRefused(
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ): void {
    const { url = '/' } = req;
    for (const { basePath } of this.refused.values()) {
      if (!isBelow(url, basePath)) continue;
      const [path = ''] = url.slice(basePath.length).split('?', 1);
      const exchange = new HttpExchange('', null, INSIDE, req, res, () => 'fr');
      answerWithoutHome(exchange, path, 'refused');
      return;
    }
    next();
  }

  private tell(homeKey: string, aspect: HomeAspect): void {
    for (const watcher of this.watchers) watcher(homeKey, aspect);
  }

  private find(matches: (residence: Residence) => boolean): Residence | undefined {
    for (const residence of this.residences.values()) if (matches(residence)) return residence;
    return undefined;
  }

  /** The other homes that hold what only one of a process can own. */
  private sharing(mine: HomeSettings): Residence[] {
    return [...this.residences.values()].filter(({ home: { settings } }) => {
      if (settings.key === mine.key) return false;
      const paths = (['basePath', 'topicPrefix', 'wsPath'] as const).some(
        (name) => settings[name] === mine[name],
      );
      const bothEmbedded = settings.mqttUrl === null && mine.mqttUrl === null;
      const ports = [mine.mqttPort, mine.mqttWsPort].some(
        (port) => port !== 0 && [settings.mqttPort, settings.mqttWsPort].includes(port),
      );
      return paths || (bothEmbedded && ports);
    });
  }

  private flowsStopping({ type, diff }: FlowsEvent): void {
    this.stopped = true;
    const stopping =
      type === 'full' || !diff
        ? null
        : new Set(
            [diff.changed, diff.removed, diff.linked, diff.rewired].flatMap((ids) => ids ?? []),
          );
    for (const residence of this.residences.values()) residence.flowsStopping(stopping);
  }

  private flowsStarting(): void {
    this.stopped = false;
    this.startsUnderWay += 1;
  }

  private flowsStarted(): void {
    // These homes may be younger than the start.
    this.startsUnderWay = Math.max(0, this.startsUnderWay - 1);
    // Node-RED does not wait for a start before the next deploy stops again what it started.
    if (this.stopped || this.startsUnderWay > 0) return;
    for (const residence of this.residences.values()) {
      residence.flowsStarted();
      this.stopIfLeft(residence);
      this.tell(residence.home.settings.key, 'health');
    }
  }

  private stopIfLeft(residence: Residence): void {
    clearTimeout(residence.grace);
    if (residence.nodeId !== null) return;
    residence
      .stop()
      .catch((error: unknown) => this.RED.log.error(`[aurion] ${String(error)}`))
      .finally(() => {
        const { key } = residence.home.settings;
        if (this.residences.get(key) === residence && residence.nodeId === null) {
          this.residences.delete(key);
          this.tell(key, 'health');
        }
      });
  }
}

/** What stands before the paths of Node-RED's flows: empty, or like `/red`. */
function httpRoot({ settings }: NodeAPI): string {
  const { httpNodeRoot: root } = settings as { httpNodeRoot?: string | false };
  return typeof root === 'string' ? root.replace(/\/+$/, '') : '';
}

/** Where a home's files lie. */
export function homeFolder({ settings }: NodeAPI, key: string): string {
  return join(settings.userDir ?? '.', 'aurion', key);
}

/** Whether a request from outside started a message, whatever functions made of it since and whether it is answered or not. */
export function isStartedByRequest({ req, _msgid }: { req?: unknown; _msgid?: unknown }): boolean {
  return req !== undefined || isRequestId(_msgid);
}

function isRequestId(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith(REQUEST_ID_PREFIX);
}

interface Refused {
  readonly basePath: string;
  readonly error: Error;
}

interface FlowsEvent {
  readonly type: 'full' | 'nodes' | 'flows';
  readonly diff?: Readonly<Partial<Record<'changed' | 'removed' | 'linked' | 'rewired', string[]>>>;
}

function isBelow(url: string, basePath: string): boolean {
  if (!url.startsWith(basePath)) return false;
  const next = url.charAt(basePath.length);
  return next === '' || next === '/' || next === '?';
}

function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && (host === 'localhost' || isLoopback(host));
}
