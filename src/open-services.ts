import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createBcryptHasher } from './adapters/crypto/bcrypt-hasher';
import { isCommonPassword } from './adapters/crypto/common-passwords';
import { sha256 } from './adapters/crypto/digest';
import { assertStrongSecret, createJwtTokens } from './adapters/crypto/jwt-tokens';
import { systemRandom } from './adapters/crypto/random';
import { textMadeOnce } from './adapters/files/files';
import { openJournalSlot } from './adapters/journal/journal-slots';
import { createMailNotifier, isMailUrl } from './adapters/notifier/mail-notifier';
import type { HomeSettings } from './contract/home-settings';
import { createTopics } from './contract/topics';
import { openTime } from './open-time';
import type { Clock } from './ports/clock';
import type { PasswordHasher, Random } from './ports/crypto';
import type { Journal } from './ports/journal';
import type { Logger } from './ports/logger';
import type { MessageLink } from './ports/message-link';
import type { Notifier } from './ports/notifier';
import type { Peers } from './ports/peers';
import type { Store } from './ports/store';
import { openEnergy } from './open-energy';
import { openLink } from './open-link';
import { openSecurity } from './open-security';
import { openStore } from './open-store';
import { Accounts } from './services/accounts';
import { Attempts } from './services/attempts';
import { Audit } from './services/audit';
import { fillDemoHome } from './services/demo-home';
import { Devices } from './services/devices';
import { EventBus } from './services/event-bus';
import { Exclusive } from './services/exclusive';
import type { Health } from './services/health';
import { Idempotency } from './services/idempotency';
import { Intake } from './services/intake';
import { madeOnce } from './services/made-once';
import { KnownAddresses } from './services/known-addresses';
import { MqttAccess } from './services/mqtt-access';
import { MqttGuesses } from './services/mqtt-guesses';
import { PasswordGuesses } from './services/password-guesses';
import { PasswordReset } from './services/password-reset';
import { Passwords } from './services/passwords';
import { PowerAlert } from './services/power-alert';
import { RequestRates } from './services/request-rates';
import { Sessions } from './services/sessions';
import type { Services } from './services/services';
import { StoreWatch } from './services/store-watch';
import { SharedTurns, UNSHARED, type Turns } from './services/turns';
import { Users } from './services/users';

const INSTALLER = 'installer';

/** What an owner may give instead of letting it be made; never part of a flow. */
export interface HomeSecrets {
  readonly jwtSecret?: string | undefined;
  readonly setupCode?: string | undefined;
  readonly mqttUsername?: string | undefined;
  readonly mqttPassword?: string | undefined;
  /** The mail server, with what signs in there. */
  readonly smtpUrl?: string | undefined;
  /** Where the store is, if not in files: it may hold a password. */
  readonly storeUrl?: string | undefined;
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
  readonly health: Health;
  readonly registration: 'open' | 'closed';
  /** bcrypt's cost; tests take less. */
  readonly hashCost: number | undefined;
}

/** A home's ports and services, open; the link is not started yet. */
export interface OpenServices {
  readonly store: Store;
  readonly link: MessageLink;
  readonly peers: Peers;
  readonly journal: Journal;
  readonly hasher: PasswordHasher;
  readonly services: Services;
  readonly waysIn: WaysIn & { readonly setupCode: string };
  /** Closes everything, in reverse; what fails is logged and the rest goes on. */
  close(): Promise<void>;
}

/** Opens store and journal, and starts the services over them. @throws what the first that fails throws; what was open is closed again */
export async function openServices(options: OpenOptions): Promise<OpenServices> {
  const { settings, secrets, folder, logger, clock, health } = options;
  if (secrets.jwtSecret !== undefined) assertStrongSecret(secrets.jwtSecret, 'jwtSecret');
  const opened = new Opened(logger);
  try {
    const { storeUrl: url } = secrets;
    const store = await openStore({ url, homeKey: settings.key, folder, logger });
    opened.add('store', () => store.close());
    const journal = await openJournalSlot({
      folder: join(folder, 'journal'),
      logger,
      clock,
    });
    opened.add('journal', () => journal.close());
    health.works('journal');

    const random = systemRandom;
    const given = (id: string, value: string | undefined, bytes: number) =>
      value ?? madeOnce(store, id, () => random.token(bytes));
    const jwtSecret = await given('secret.jwt', secrets.jwtSecret, 48);
    const waysIn = {
      setupCode: await given('secret.setup-code', secrets.setupCode, 12),
      mqttUsername: secrets.mqttUsername ?? INSTALLER,
      mqttPassword: await given('secret.mqtt-password', secrets.mqttPassword, 18),
    };

    const shared = url !== undefined;
    const turns = shared ? new SharedTurns({ store, clock, random, logger }) : UNSHARED;
    const tokens = createJwtTokens({ secret: jwtSecret, homeKey: settings.key });
    const sessions = new Sessions({ store, tokens, clock, random, logger }, settings.tokenTtl);
    const hasher = createBcryptHasher(clock, options.hashCost);
    const people = await openPeople(options, { store, sessions, random, hasher, turns }, waysIn);
    const { access } = people.services;
    const topics = createTopics(settings.topicPrefix);
    const { link, peers } = openLink({
      ...{ settings, access, topics: topics.incoming, secret: jwtSecret, clock, logger },
      username: waysIn.mqttUsername,
      password: waysIn.mqttPassword,
      processName: shared ? await processName(folder, journal.slot) : null,
    });
    const events = new EventBus(clock, logger, peers);
    const devices = new Devices(
      { store, link, topics, clock, random, events, logger, peers, turns },
      (id, gone) => {
        access.rightsChanged({ kind: 'device', id }, gone);
        if (gone) time.services.schedules.deviceGone();
      },
    );
    await devices.start();
    const time = await openTime({ store, clock, random, logger, devices, events, peers }, settings);
    const security = await openSecurity(
      { store, link, topics, clock, events, logger, access, peers, ...time.services },
      { ...settings, shared, mail: people.notifier },
    );
    const { sensors } = security.services;
    opened.add('alerts', () => security.close());
    await fillDemoHome({ store, devices, sensors, turns }, settings);
    const energy = await openEnergy(
      { store, devices, link, topics, clock, events, logger, turns },
      settings,
    );
    opened.add('energy', () => energy.close());
    const powerAlert = new PowerAlert(security.services.watchedAlerts, logger);
    energy.publisher.onPower((power) => void powerAlert.hear(power));
    const takers = [devices, sensors, energy.services.energy];
    const intake = new Intake({ link, journal, clock, logger, health }, takers);
    await intake.start();
    opened.add('intake', () => intake.stop());
    opened.add('link', () => link.close());
    security.begin();
    await time.begin();
    opened.add('schedules', () => time.close());
    const watch = new StoreWatch({ store, intake, health, clock });
    watch.start();
    opened.add('store watch', () => watch.stop());
    energy.publisher.start();
    opened.add('consumption', () => energy.publisher.stop());
    const idempotency = new Idempotency({ store, clock, logger, turns, digest: sha256 });
    idempotency.start();
    opened.add('idempotency', () => idempotency.stop());
    sessions.start();
    opened.add('sessions', () => sessions.stop());
    const { audit, attempts, passwordReset } = people.services;
    for (const [name, service] of Object.entries({ audit, attempts, passwordReset })) {
      service.start();
      opened.add(name, () => service.stop());
    }

    const services = {
      ...people.services,
      sessions,
      devices,
      ...security.services,
      ...time.services,
      ...energy.services,
      idempotency,
      events,
      intake,
    };
    return { store, link, peers, journal, hasher, services, waysIn, close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** What has to do with accounts, beside their sessions. */
async function openPeople(
  { settings, secrets, clock, logger, registration }: OpenOptions,
  {
    store,
    sessions,
    random,
    hasher,
    turns,
  }: { store: Store; sessions: Sessions; random: Random; hasher: PasswordHasher; turns: Turns },
  waysIn: Pick<WaysIn, 'mqttUsername' | 'mqttPassword'> & { readonly setupCode: string },
) {
  const { rateLimit, language, publicUrl } = settings;
  if (!rateLimit) logger.warn('Rate limits are off (rateLimit): that is for tests and benchmarks');
  const salt = await madeOnce(store, 'secret.attempts', () => random.token(18));
  const digest = sha256;
  const attempts = new Attempts(
    { store, clock, random, digest, logger },
    { enabled: rateLimit, salt },
  );
  const guesses = new PasswordGuesses({ store, clock, attempts });
  const passwords = new Passwords({ store, hasher, sessions }, isCommonPassword);
  const notifier = openNotifier(settings, secrets, logger);
  const accounts = new Accounts(
    { store, hasher, clock, sessions, passwords, attempts, guesses, logger, notifier },
    { language, registration, isSetupCode: (code) => digest.same(code, waysIn.setupCode) },
  );
  const exclusive = new Exclusive(turns, 'administrators');
  const users = new Users({ store, clock, passwords, sessions, exclusive });
  const passwordReset = new PasswordReset(
    { store, clock, random, digest, logger, attempts, passwords, notifier },
    { language, publicUrl },
  );
  const rates = new RequestRates(clock, rateLimit);
  const audit = new Audit({ store, clock, logger });
  const known = new KnownAddresses({ store, clock, attempts });
  const access = new MqttAccess(
    {
      ...{ store, sessions, random, digest, known, logger },
      guesses: new MqttGuesses({ clock, logger, audit, attempts, known }, rateLimit),
    },
    { username: waysIn.mqttUsername, password: waysIn.mqttPassword },
  );
  return { notifier, services: { accounts, users, attempts, passwordReset, rates, audit, access } };
}

function openNotifier(
  { mailFrom: from }: HomeSettings,
  { smtpUrl: url }: HomeSecrets,
  logger: Logger,
): Notifier | null {
  if (url === undefined) return null;
  if (isMailUrl(url)) return createMailNotifier({ url, from });
  logger.error('No mail is sent: smtpUrl must be like smtp://user:password@mail.example:587');
  return null;
}

/** The same after a restart, and another one for each process that shares the store, in the same folder or not. */
async function processName(folder: string, slot: number): Promise<string> {
  const name = await textMadeOnce(join(folder, 'process-name'), () =>
    randomBytes(6).toString('hex'),
  );
  return slot === 1 ? name : `${name}-${slot}`;
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
