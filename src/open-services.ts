import { join } from 'node:path';
import { dictionary } from '@zxcvbn-ts/language-common';
import { EmbeddedBroker } from './adapters/broker/embedded-broker';
import { createBcryptHasher } from './adapters/crypto/bcrypt-hasher';
import { sha256 } from './adapters/crypto/digest';
import { assertStrongSecret, createJwtTokens } from './adapters/crypto/jwt-tokens';
import { systemRandom } from './adapters/crypto/random';
import { openFileJournal } from './adapters/journal/file-journal';
import { createMqttLink } from './adapters/mqtt/mqtt-link';
import { openNedbStore } from './adapters/store/nedb';
import type { HomeSettings } from './contract/home-settings';
import { createTopics } from './contract/topics';
import type { Clock } from './ports/clock';
import type { Journal } from './ports/journal';
import type { Logger } from './ports/logger';
import type { MessageLink } from './ports/message-link';
import type { Store } from './ports/store';
import { Accounts } from './services/accounts';
import { fillDemoHome } from './services/demo-home';
import { Devices } from './services/devices';
import { EventBus } from './services/event-bus';
import { Idempotency } from './services/idempotency';
import { Intake } from './services/intake';
import { madeOnce } from './services/made-once';
import { MqttAccess } from './services/mqtt-access';
import { Sessions } from './services/sessions';
import type { Services } from './services/services';
import { openSecurity } from './open-security';

const INSTALLER = 'installer';
/** Of a home that says nothing else. */
const TIME_ZONE = 'Africa/Lome';

/** What an owner may give instead of letting it be made; never part of a flow. */
export interface HomeSecrets {
  readonly jwtSecret?: string | undefined;
  readonly setupCode?: string | undefined;
  readonly mqttUsername?: string | undefined;
  readonly mqttPassword?: string | undefined;
}

/** What lets people and devices in, for those who may write flows. */
export interface WaysIn {
  /** Null once there is an account. */
  readonly setupCode: string | null;
  readonly mqttUsername: string;
  readonly mqttPassword: string;
}

export interface OpenOptions {
  readonly settings: HomeSettings;
  readonly secrets: HomeSecrets;
  /** Where this home's files lie. */
  readonly folder: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registration: 'open' | 'closed';
  /** bcrypt's cost; tests take less. */
  readonly hashCost: number | undefined;
}

/** A home's ports and services, open; the link is not started yet. */
export interface OpenServices {
  readonly store: Store;
  readonly link: MessageLink;
  readonly services: Services;
  readonly waysIn: WaysIn & { readonly setupCode: string };
  /** Closes everything, in reverse; what fails is logged and the rest goes on. */
  close(): Promise<void>;
}

/** Opens store and journal, and starts the services over them. @throws what the first that fails throws; what was open is closed again */
export async function openServices(options: OpenOptions): Promise<OpenServices> {
  const { settings, secrets, folder, logger, clock } = options;
  if (secrets.jwtSecret !== undefined) assertStrongSecret(secrets.jwtSecret, 'jwtSecret');
  const opened = new Opened(logger);
  try {
    const store = await openNedbStore({ folder: join(folder, 'store'), logger });
    opened.add('store', () => store.close());
    const journal: Journal = await openFileJournal({
      folder: join(folder, 'journal'),
      logger,
      clock,
    });
    opened.add('journal', () => journal.close());

    const random = systemRandom;
    const given = (id: string, value: string | undefined, bytes: number) =>
      value ?? madeOnce(store, id, () => random.token(bytes));
    const jwtSecret = await given('secret.jwt', secrets.jwtSecret, 48);
    const waysIn = {
      setupCode: await given('secret.setup-code', secrets.setupCode, 12),
      mqttUsername: secrets.mqttUsername ?? INSTALLER,
      mqttPassword: await given('secret.mqtt-password', secrets.mqttPassword, 18),
    };

    const events = new EventBus(clock, logger);
    const tokens = createJwtTokens({ secret: jwtSecret, homeKey: settings.key });
    const sessions = new Sessions({ store, tokens, clock, random, logger }, settings.tokenTtl);
    const accounts = new Accounts(
      { store, hasher: createBcryptHasher(clock, options.hashCost), clock, sessions },
      {
        registration: options.registration,
        isSetupCode: (code) => sha256.same(code, waysIn.setupCode),
        isCommonPassword: (lowerCase) => commonPasswords().has(lowerCase),
      },
    );
    const access = new MqttAccess(
      { store, sessions, random, digest: sha256 },
      { username: waysIn.mqttUsername, password: waysIn.mqttPassword },
    );
    const topics = createTopics(settings.topicPrefix);
    const link = openLink(options, waysIn, access, topics.incoming);
    const devices = new Devices({ store, link, topics, clock, random, events }, (id, gone) =>
      access.rightsChanged({ kind: 'device', id }, gone),
    );
    await devices.start();
    const security = await openSecurity(
      { store, link, topics, clock, events, logger, access },
      {
        language: settings.language,
        timeZone: TIME_ZONE,
        privateHosts: settings.privateHosts,
        mail: null,
      },
    );
    const { sensors } = security.services;
    opened.add('alerts', () => security.close());
    await fillDemoHome(store, { devices, sensors }, settings.demo);
    const intake = new Intake({ link, journal, clock, logger }, [devices, sensors]);
    await intake.start();
    opened.add('intake', () => intake.stop());
    opened.add('link', () => link.close());
    security.begin();
    const idempotency = new Idempotency({ store, clock, logger });
    idempotency.start();
    opened.add('idempotency', () => idempotency.stop());
    sessions.start();
    opened.add('sessions', () => sessions.stop());

    const services = {
      accounts,
      sessions,
      devices,
      ...security.services,
      access,
      idempotency,
      events,
      intake,
    };
    return { store, link, services, waysIn, close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function openLink(
  { settings, clock, logger }: OpenOptions,
  { mqttUsername: username, mqttPassword: password }: WaysIn,
  access: MqttAccess,
  topics: readonly string[],
): MessageLink {
  const { topicPrefix: prefix, mqttHost: host, mqttPort: port, mqttWsPort: wsPort } = settings;
  if (settings.mqttUrl === null) {
    return new EmbeddedBroker({ host, port, wsPort, prefix, access, clock, logger });
  }
  return createMqttLink({
    url: settings.mqttUrl,
    username,
    password,
    clientId: `aurion-${settings.key}`,
    topics,
    statusTopic: `${prefix}/status`,
    clock,
    logger,
  });
}

/** What was opened, to be closed in reverse. */
class Opened {
  private readonly steps: { name: string; close: () => Promise<void> | void }[] = [];

  constructor(private readonly logger: Logger) {}

  add(name: string, close: () => Promise<void> | void): void {
    this.steps.push({ name, close });
  }

  async close(): Promise<void> {
    for (const { name, close } of this.steps.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        this.logger.error(`The ${name} did not close cleanly: ${String(error)}`);
      }
    }
  }
}

let common: ReadonlySet<string> | undefined;

function commonPasswords(): ReadonlySet<string> {
  return (common ??= new Set(dictionary['passwords-common'] as readonly string[]));
}
