import { join } from 'node:path';
import { dictionary } from '@zxcvbn-ts/language-common';
import { EmbeddedBroker } from './adapters/broker/embedded-broker';
import { createBcryptHasher } from './adapters/crypto/bcrypt-hasher';
import { assertStrongSecret, createJwtTokens, sameSecret } from './adapters/crypto/jwt-tokens';
import { systemRandom } from './adapters/crypto/random';
import { createApi, type Api, type Gate } from './adapters/http/api';
import { createOpenApi } from './adapters/http/openapi';
import { openNedbStore } from './adapters/store/nedb';
import { systemClock } from './adapters/time/system-clock';
import type { Actor } from './contract/actor';
import { AurionError } from './contract/errors';
import type { HomeSettings } from './contract/home-settings';
import type { Call } from './contract/operation';
import { createTopics } from './contract/topics';
import { OPERATIONS } from './operations/registry';
import { createRunner, type RunOperation } from './operations/runner';
import type { Clock } from './ports/clock';
import type { Logger } from './ports/logger';
import type { Store } from './ports/store';
import { Accounts } from './services/accounts';
import { fillDemoHome } from './services/demo-home';
import { Devices } from './services/devices';
import { madeOnce } from './services/made-once';
import { Sessions } from './services/sessions';
import type { Services } from './services/services';

const RETRY_AFTER_MS = 5000;
const INSTALLER = 'installer';

/** What an owner may give instead of letting it be made; never part of a flow. */
export interface HomeSecrets {
  readonly jwtSecret?: string | undefined;
  readonly setupCode?: string | undefined;
  readonly mqttUsername?: string | undefined;
  readonly mqttPassword?: string | undefined;
}

export interface HomePorts {
  /** Where this home's files lie. */
  readonly folder: string;
  readonly version: string;
  readonly logger: Logger;
  readonly gate: Gate;
  /** True if only this machine can reach the server, unless a proxy or public address is set. */
  readonly listensOnLoopback: boolean;
  readonly clock?: Clock;
  /** bcrypt's cost; tests take less. */
  readonly hashCost?: number;
}

/** What lets people and devices in, for those who may write flows. */
export interface WaysIn {
  /** Null once there is an account. */
  readonly setupCode: string | null;
  readonly mqttUsername: string;
  readonly mqttPassword: string;
}

export type HomeStatus = 'ok' | 'degraded' | 'unavailable';

type PartName = 'store' | 'broker';

interface Running {
  readonly store: Store;
  readonly broker: EmbeddedBroker;
  readonly services: Services;
  readonly run: RunOperation;
  readonly waysIn: WaysIn;
}

/**
 * One home: opens its ports, starts its services, closes them in reverse. The constructor does
 * nothing; `start` never rejects: what can't start is a problem that is told once, tried again, and
 * shown in `status`.
 */
export class Home {
  readonly api: Api;
  private running: Running | undefined;
  private readonly problems = new Map<PartName, string>();
  private failure: AurionError | undefined;
  private retry: { cancel(): void } | undefined;
  private starting: Promise<void> | undefined;
  private stopped = false;
  private readonly statusListeners = new Set<() => void>();
  private readonly clock: Clock;

  constructor(
    readonly settings: HomeSettings,
    private readonly secrets: HomeSecrets,
    private readonly ports: HomePorts,
  ) {
    this.clock = ports.clock ?? systemClock;
    const { basePath } = settings;
    this.api = createApi(
      {
        key: settings.key,
        operations: OPERATIONS,
        clock: this.clock,
        logger: ports.logger,
        settings: {
          corsOrigins: settings.corsOrigins,
          language: settings.language,
          proxied: this.proxied,
        },
        authenticate: (token) => this.authenticate(token),
        health: () => ({ status: this.status }),
        openApi: createOpenApi(OPERATIONS, { version: ports.version, basePath }),
      },
      (group) => {
        this.assertRunning();
        return ports.gate(group);
      },
    );
  }

  get status(): HomeStatus {
    if (!this.running) return 'unavailable';
    return this.problems.size > 0 ? 'degraded' : 'ok';
  }

  /** What does not work and why, in English, one line each. */
  get problemTexts(): readonly string[] {
    return [...this.problems.values()];
  }

  /** Null while the home does not run. */
  async waysIn(): Promise<WaysIn | null> {
    if (!this.running) return null;
    const { store, waysIn } = this.running;
    const founded = (await store.accounts.count()) > 0;
    return { ...waysIn, setupCode: founded ? null : waysIn.setupCode };
  }

  /** Calls back on each change of `status` or `problemTexts`. @returns ends it */
  onStatus(listener: () => void): () => void {
    this.statusListeners.add(listener);
    return () => this.statusListeners.delete(listener);
  }

  start(): Promise<void> {
    this.starting = this.open();
    return this.starting;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.retry?.cancel();
    await this.starting;
    this.api.close();
    const { running } = this;
    this.running = undefined;
    if (running) await this.closeParts(running);
  }

  /** Runs an operation as `call.actor`. @throws what the runner throws; STORE_UNAVAILABLE or SERVICE_UNAVAILABLE while the home can't serve */
  async run(operationId: string, input: unknown, call: Call): Promise<unknown> {
    return this.assertRunning().run(operationId, input, call);
  }

  /** @throws TOKEN_MISSING, TOKEN_INVALID, SESSION_EXPIRED, ACCOUNT_NOT_FOUND */
  async authenticate(token: string | null): Promise<Actor> {
    return this.assertRunning().services.sessions.authenticate(token);
  }

  private get proxied(): boolean {
    return this.settings.trustProxy || this.settings.publicUrl !== null;
  }

  private assertRunning(): Running {
    if (this.running) return this.running;
    const code =
      this.failure?.code === 'STORE_UNAVAILABLE' ? this.failure.code : 'SERVICE_UNAVAILABLE';
    throw new AurionError(code, { retryAfterS: RETRY_AFTER_MS / 1000, cause: this.failure });
  }

  private async open(): Promise<void> {
    if (!this.running) await this.attempt('store', () => this.openServices());
    if (this.running && !this.running.broker.connected) {
      const { broker } = this.running;
      await this.attempt('broker', () => broker.start());
    }
    const hopeless = this.failure?.code === 'SECRET_WEAK';
    if (this.problems.size > 0 && !this.stopped && !hopeless) {
      this.retry = this.clock.schedule(RETRY_AFTER_MS, () => void this.start());
    }
  }

  /** Tries to bring a part up; tells of it once when it fails, and once when it is back. */
  private async attempt(part: PartName, open: () => Promise<void>): Promise<void> {
    try {
      await open();
      if (this.problems.delete(part)) this.ports.logger.info(`The ${part} works again`);
      if (part === 'store') this.failure = undefined;
    } catch (error) {
      if (part === 'store') this.failure = error instanceof AurionError ? error : undefined;
      const problem = describeProblem(part, error);
      if (this.problems.get(part) !== problem) this.ports.logger.error(problem);
      this.problems.set(part, problem);
    }
    for (const listener of this.statusListeners) listener();
  }

  private async openServices(): Promise<void> {
    const { secrets, settings, clock, ports } = this;
    const { logger, folder } = ports;
    if (secrets.jwtSecret !== undefined) assertStrongSecret(secrets.jwtSecret, 'jwtSecret');
    const random = systemRandom;
    const store = await openNedbStore({ folder: join(folder, 'store'), logger });
    try {
      const given = (id: string, value: string | undefined, bytes: number) =>
        value ?? madeOnce(store, id, () => random.token(bytes));
      const jwtSecret = await given('secret.jwt', secrets.jwtSecret, 48);
      const waysIn = {
        setupCode: await given('secret.setup-code', secrets.setupCode, 12),
        mqttUsername: secrets.mqttUsername ?? INSTALLER,
        mqttPassword: await given('secret.mqtt-password', secrets.mqttPassword, 18),
      };
      const topics = createTopics(settings.topicPrefix);
      const broker = new EmbeddedBroker({
        host: settings.mqttHost,
        port: settings.mqttPort,
        prefix: settings.topicPrefix,
        installer: { username: waysIn.mqttUsername, password: waysIn.mqttPassword },
        logger,
      });
      const tokens = createJwtTokens({ secret: jwtSecret, homeKey: settings.key });
      const sessions = new Sessions({ store, tokens, clock, random, logger }, settings.tokenTtl);
      const hasher = createBcryptHasher(clock, ports.hashCost);
      const accounts = new Accounts(
        { store, hasher, clock, sessions },
        {
          registration: this.registration,
          isSetupCode: (code) => sameSecret(code, waysIn.setupCode),
          isCommonPassword: (lowerCase) => commonPasswords().has(lowerCase),
        },
      );
      const devices = new Devices({ store, link: broker, topics, clock, random, logger });
      await devices.start();
      await fillDemoHome(store, devices, settings.demo);
      sessions.start();
      const services: Services = { accounts, sessions, devices };
      this.running = { store, broker, services, run: createRunner(services), waysIn };
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  private get registration(): 'open' | 'closed' {
    const { registration } = this.settings;
    if (registration !== 'auto') return registration;
    return this.ports.listensOnLoopback && !this.proxied ? 'open' : 'closed';
  }

  private async closeParts({ broker, services, store }: Running): Promise<void> {
    const { logger } = this.ports;
    const steps: readonly [string, () => Promise<void> | void][] = [
      ['broker', () => broker.close()],
      ['sessions', () => services.sessions.stop()],
      ['devices', () => services.devices.flush()],
      ['store', () => store.close()],
    ];
    for (const [name, close] of steps) {
      try {
        await close();
      } catch (error) {
        logger.error(`The ${name} did not close cleanly: ${String(error)}`);
      }
    }
  }
}

/** One line for the log: which part, what, and why. */
function describeProblem(part: PartName, error: unknown): string {
  const reasons = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message);
  return `The ${part} can't start: ${reasons.join(' – ') || String(error)}`;
}

let common: ReadonlySet<string> | undefined;

function commonPasswords(): ReadonlySet<string> {
  return (common ??= new Set(dictionary['passwords-common'] as readonly string[]));
}
