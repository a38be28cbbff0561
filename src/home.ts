import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemRandom } from './adapters/crypto/random';
import { createApi, isAllowedOrigin, type Api, type Gate } from './adapters/http/api';
import { originOf } from './adapters/http/origin';
import { OPEN_TO_MACHINE } from './adapters/http/pages';
import { createOpenApi } from './adapters/http/openapi';
import { createHomeMetrics, type HomeNumbers } from './adapters/metrics/home-metrics';
import { systemClock } from './adapters/time/system-clock';
import { createWebSocketEndpoint } from './adapters/websocket/endpoint';
import type { WebSocketEndpoint } from './adapters/websocket/live-home';
import { actorLabel, type Actor } from './contract/actor';
import { AurionError, type ErrorCode } from './contract/errors';
import type { MeterSlice } from './contract/energy';
import type { HomeEvent } from './contract/events';
import type { HealthReport, HomeStatus, PartName } from './contract/health';
import type { HomeSettings } from './contract/home-settings';
import type { Language } from './contract/language';
import type { SentCommand } from './contract/device';
import type { Call, OperationDeclaration, Origin } from './contract/operation';
import { HomeChanges, type HomeChangeListener } from './home-changes';
import { HomeRules } from './home-rules';
import { openServices, type HomeSecrets, type OpenServices, type WaysIn } from './open-services';
import { whereabouts } from './whereabouts';
import { findOperation, OPERATIONS } from './operations/registry';
import { createRunner, type RunOperation } from './operations/runner';
import type { Clock } from './ports/clock';
import type { Logger } from './ports/logger';
import { Health } from './services/health';
import type { MessageCounts, Refused } from './services/intake-counts';

const RETRY_AFTER_MS = 5000;

/** What only another setting, or a restart after an installation, mends. */
const HOPELESS: ReadonlySet<string | undefined> = new Set<ErrorCode>([
  'SECRET_WEAK',
  'STORE_URL_INVALID',
  'STORE_DRIVER_MISSING',
]);

export type { HomeSecrets, WaysIn };

export interface HomePorts {
  /** Where this home's files lie. */
  readonly folder: string;
  /** Where the files of the API's docs page lie; without it there is none. */
  readonly docsFolder?: string;
  readonly version: string;
  readonly logger: Logger;
  readonly gate: Gate;
  /** What stands before the paths of HTTP and WebSocket, such as `/red`; default: nothing. */
  readonly httpRoot?: string;
  /** True if only this machine can reach the server, unless a proxy or public address is set. */
  readonly listensOnLoopback: boolean;
  /** Hears of each message from outside that is not kept. */
  readonly onRefused?: (refused: Refused) => void;
  /** Hears everything that happens, after the live clients. */
  readonly onEvent?: (event: HomeEvent) => void;
  /** Hears each slice of energy that a meter has measured. */
  readonly onSlice?: (slice: MeterSlice) => void;
  /** Called with each command that has left for its device. */
  readonly onCommand?: (sent: SentCommand) => void;
  readonly clock?: Clock;
  /** bcrypt's cost; tests take less. */
  readonly hashCost?: number;
}

const NO_MESSAGES: MessageCounts = { received: 0, kept: 0, dropped: {} };

interface Running extends OpenServices {
  readonly run: RunOperation;
}

/**
 * One home: opens its ports, starts its services, closes them in reverse. The constructor does
 * nothing; `start` never rejects: what can't start is a problem that is told once, tried again, and
 * shown in `status`.
 */
export class Home {
  readonly api: Api;
  /** The live clients. They stay when flows are deployed, and while store or broker are away. */
  readonly live: WebSocketEndpoint;
  /** The rules that flows brought. */
  readonly rules: HomeRules;
  private running: Running | undefined;
  private readonly health: Health;
  private readonly changes = new HomeChanges();
  private failure: AurionError | undefined;
  private retry: { cancel(): void } | undefined;
  private starting: Promise<void> | undefined;
  private stopped = false;
  private founded = false;
  private readonly clock: Clock;
  private readonly madeAtMs: number;

  constructor(
    readonly settings: HomeSettings,
    private readonly secrets: HomeSecrets,
    private readonly ports: HomePorts,
  ) {
    this.clock = ports.clock ?? systemClock;
    const { clock } = this;
    const { logger, version, docsFolder = null, httpRoot = '' } = ports;
    const { key, basePath, corsOrigins, language, trustProxy, docs } = settings;
    const { proxied } = this;
    this.rules = new HomeRules(logger, () => this.running?.services.rules);
    this.health = new Health(clock, logger);
    this.health.closes('websocket');
    this.health.onChange(() => this.changes.tell('health'));
    this.madeAtMs = clock.monotonicMs();
    this.api = createApi(
      {
        key,
        operations: OPERATIONS,
        clock,
        logger,
        settings: { corsOrigins, language, trustProxy, proxied },
        authenticate: (token) => this.authenticate(token),
        languageOf: (accountId) => this.languageOf(accountId),
        limit: (operation, token, origin) => this.limit(operation, token, origin),
        health: () => this.healthReport,
        isOpenToMachine: () => this.isOpenToMachine(),
        metrics: createHomeMetrics(() => this.numbers),
        openApi: createOpenApi(OPERATIONS, { version, basePath: httpRoot + basePath }),
        docsFolder: docs ? docsFolder : null,
      },
      (group) => {
        this.assertRunning();
        return ports.gate(group);
      },
    );
    this.live = createWebSocketEndpoint({
      clock,
      logger,
      random: systemRandom,
      authenticate: (token) => this.authenticate(token),
      languageOf: (accountId) =>
        (accountId === null ? null : this.languageOf(accountId)) ?? language,
      addressOf: (req) => originOf(req, { proxied, trustProxy }).address,
      isAllowedOrigin: (origin, host) =>
        isAllowedOrigin(corsOrigins, origin) || isOwnPage(origin, host),
    });
  }

  get status(): HomeStatus {
    if (!this.running) return 'unavailable';
    return this.health.problemTexts.length > 0 ? 'degraded' : 'ok';
  }

  /** What does not work and why, in English, one line each. */
  get problemTexts(): readonly string[] {
    return this.health.problemTexts;
  }

  /** The messages that came in; null while the home does not run. */
  get messageCounts(): MessageCounts | null {
    return this.running?.services.intake.counts ?? null;
  }

  /** What is shown to `actor`, and audited as shown to him; null while the home does not run. */
  async waysIn(actor: Actor): Promise<WaysIn | null> {
    if (!this.running) return null;
    const { waysIn } = this.running;
    await this.noteDeed(actor, 'home.ways-in');
    return { ...waysIn, setupCode: (await this.isEmpty()) === true ? waysIn.setupCode : null };
  }

  /** Whether nobody has an account yet; null while that can't be known. */
  async isEmpty(): Promise<boolean | null> {
    if (!this.running) return null;
    // Whoever was first stays: an administrator always remains.
    this.founded ||= (await this.running.store.accounts.count()) > 0;
    return !this.founded;
  }

  /** Takes down in the audit what somebody did with the home as a whole. @returns false if there is no audit, since the home does not run */
  async noteDeed(actor: Actor, action: `home.${string}`): Promise<boolean> {
    if (!this.running) return false;
    const deed = { actor: actorLabel(actor), action, target: null, requestId: null };
    await this.running.services.audit.write({ ...deed, pool: 'rights' });
    return true;
  }

  /** Aurion's account at its broker, to sign in with and not to be shown; null while the home does not run. */
  get brokerAccount(): Pick<WaysIn, 'mqttUsername' | 'mqttPassword'> | null {
    return this.running?.waysIn ?? null;
  }

  /** Whether the home's own broker listens on a port. */
  listensOn(port: number): boolean {
    const { mqttUrl, mqttPort, mqttWsPort } = this.settings;
    const isOwn = mqttUrl === null && [mqttPort, mqttWsPort].includes(port);
    return isOwn && this.running?.link.connected === true;
  }

  /** Calls back on each change of `status` or `problemTexts`. @returns ends it */
  onStatus(listener: () => void): () => void {
    return this.health.onChange(listener);
  }

  /** Calls back when something of the home may look different. @returns ends it */
  onChange(listener: HomeChangeListener): () => void {
    return this.changes.on(listener);
  }

  /** A flow has the live end point open, or none has any more. */
  setLiveOpen(open: boolean): void {
    if (open) this.health.works('websocket');
    else this.health.closes('websocket');
  }

  /** Takes over an upgrade request of this home's WebSocket path. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.live.handleUpgrade(req, socket, head);
  }

  start(): Promise<void> {
    this.starting = this.open();
    return this.starting;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.health.silence();
    this.retry?.cancel();
    await this.starting;
    await this.live.close();
    this.api.close();
    const { running } = this;
    this.running = undefined;
    await running?.close();
  }

  /** Runs an operation as `call.actor`. @throws what the runner throws; STORE_UNAVAILABLE or SERVICE_UNAVAILABLE while the home can't serve */
  async run(operationId: string, input: unknown, call: Call): Promise<unknown> {
    const answer = await this.assertRunning().run(operationId, input, call);
    this.changes.done(findOperation(operationId));
    return answer;
  }

  /** The id of the device or sensor that a key or id stands for; null if there is none. */
  idOf(kind: 'device' | 'sensor', name: string): number | null {
    if (!this.running) return null;
    const { devices, sensors } = this.running.services;
    return (kind === 'device' ? devices : sensors).named(name)?.id ?? null;
  }

  /** @throws TOKEN_MISSING, TOKEN_INVALID, SESSION_EXPIRED, ACCOUNT_NOT_FOUND */
  async authenticate(token: string | null): Promise<Actor> {
    return this.assertRunning().services.sessions.authenticate(token);
  }

  /** The language an account chose for messages; null if it did not. */
  languageOf(accountId: number): Language | null {
    return this.running?.services.settings.languageOf(accountId) ?? null;
  }

  /** How each part is. */
  get healthReport(): HealthReport {
    const uptimeS = Math.floor((this.clock.monotonicMs() - this.madeAtMs) / 1000);
    const { version } = this.ports;
    return { status: this.status, version, uptimeS, parts: this.health.parts };
  }

  private get numbers(): HomeNumbers {
    const { running, api, live } = this;
    return {
      health: this.healthReport,
      requestsInFlight: api.inFlight,
      requestsLost: api.lost,
      messages: this.messageCounts ?? NO_MESSAGES,
      fieldsLeftOut: running?.services.intake.leftOutCounts ?? {},
      journalBytes: running?.journal.size ?? 0,
      outbox: running?.link.waiting ?? 0,
      hashQueue: running?.hasher.waiting ?? 0,
      commands: running?.services.devices.commandOutcomes ?? {},
      live: { clients: live.clients, ...live.counts },
    };
  }

  /** A home that can't serve counts nothing. */
  private limit(operation: OperationDeclaration, token: string | null, origin: Origin): void {
    if (!this.running) return;
    const { rates, sessions } = this.running.services;
    rates.take(operation, token === null ? null : sessions.signedFor(token), origin);
  }

  private get proxied(): boolean {
    return this.settings.trustProxy || this.settings.publicUrl !== null;
  }

  private async isOpenToMachine(): Promise<boolean> {
    return !this.proxied && (await this.isEmpty()) === true;
  }

  private get registration(): 'open' | 'closed' {
    const { registration } = this.settings;
    if (registration !== 'auto') return registration;
    return this.ports.listensOnLoopback && !this.proxied ? 'open' : 'closed';
  }

  private assertRunning(): Running {
    if (this.running) return this.running;
    const code =
      this.failure?.code === 'STORE_UNAVAILABLE' ? this.failure.code : 'SERVICE_UNAVAILABLE';
    throw new AurionError(code, { retryAfterS: RETRY_AFTER_MS / 1000, cause: this.failure });
  }

  private async open(): Promise<void> {
    if (!this.running) await this.attempt('store', () => this.openServices());
    const { running } = this;
    if (running && !running.link.connected) {
      await this.attempt('broker', async () => {
        await running.link.start();
        if (!running.link.connected) throw new AurionError('BROKER_UNAVAILABLE');
      });
    }
    const hopeless = HOPELESS.has(this.failure?.code);
    // A link that has started comes back by itself and tells; what never started is tried again.
    const comesBack = this.running !== undefined && this.settings.mqttUrl !== null;
    if (!this.running?.link.connected && !this.stopped && !hopeless && !comesBack) {
      this.retry = this.clock.schedule(RETRY_AFTER_MS, () => void this.start());
    }
  }

  private async openServices(): Promise<void> {
    const { settings, secrets, clock, registration } = this;
    const { folder, logger, hashCost, onEvent, onRefused, onSlice, onCommand } = this.ports;
    const opened = await openServices({
      settings,
      secrets,
      folder,
      logger,
      clock,
      health: this.health,
      registration,
      hashCost,
    });
    const { services, link } = opened;
    services.events.on((event) => this.live.publish(event));
    opened.peers.onMessage((message) => {
      if (message.kind === 'event') this.live.publish(message.event);
    });
    services.sender.onPush(
      (notification, accountId, texts) =>
        this.live.notify(notification, (account) => account === accountId, texts) > 0,
    );
    this.changes.follow(opened);
    if (onEvent) services.events.on(onEvent);
    if (onRefused) services.intake.onRefused(onRefused);
    if (onSlice) services.energy.onSlice(onSlice);
    if (onCommand) services.devices.onCommand(onCommand);
    services.sessions.onEnded((ended) => this.live.endSessions(ended));
    link.onConnection((connected) => {
      if (connected) this.health.works('broker');
      else this.health.fails('broker', new AurionError('BROKER_UNAVAILABLE'));
    });
    this.running = { ...opened, run: createRunner(services, this.settings.language) };
    logger.info(`Running: ${whereabouts(settings, this.ports.httpRoot)}`);
    this.isOpenToMachine().then(
      (isOpen) => isOpen && logger.warn(OPEN_TO_MACHINE.en),
      // A store that is away tells that itself.
      () => undefined,
    );
    this.rules.installAll();
  }

  private async attempt(part: PartName, open: () => Promise<void>): Promise<void> {
    try {
      await open();
      if (part === 'store') this.failure = undefined;
      this.health.works(part);
    } catch (error) {
      if (part === 'store') this.failure = error instanceof AurionError ? error : undefined;
      this.health.fails(part, error);
    }
  }
}

/** A page that came from where the socket goes. */
function isOwnPage(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
