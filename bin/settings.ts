import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import bcrypt from 'bcrypt';
import { isMailUrl } from '../src/adapters/notifier/mail-notifier';
import { readHomeSettings, SettingInvalid, type HomeSettings } from '../src/contract/home-settings';
import { LANGUAGES, type Language } from '../src/contract/language';
import { escaped } from '../src/contract/safe-input';
import { isLongEnough, PASSWORD_BYTES_MAX } from '../src/domain/accounts/password';
import { isStoreUrl } from '../src/open-store';
import { givenIn, type Environment } from './environment';
import { nodeRedLogging, readLogSettings } from './log';

/** What the default start makes once and keeps, so that somebody can get in. */
export interface WaysInFile {
  readonly editorPassword: string;
  readonly setupCode: string;
  readonly mqttUsername: string;
  readonly mqttPassword: string;
  /** What Node-RED encrypts the credentials of flows with. */
  readonly credentialSecret: string;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const EDITOR_HASH_COST = 10;

/** Which variable the full-backend flow takes each of its home's settings from. */
export const HOME_VARIABLES = {
  language: 'AURION_LOCALE',
  registration: 'AURION_REGISTRATION',
  tokenTtl: 'AURION_TOKEN_TTL',
  mqttHost: 'AURION_MQTT_HOST',
  mqttPort: 'AURION_MQTT_PORT',
  mqttWsPort: 'AURION_MQTT_WS_PORT',
  mqttUrl: 'AURION_MQTT_URL',
  corsOrigins: 'AURION_CORS_ORIGINS',
  trustProxy: 'AURION_TRUST_PROXY',
  publicUrl: 'AURION_PUBLIC_URL',
  demo: 'AURION_DEMO',
  docs: 'AURION_DOCS',
  mailFrom: 'AURION_MAIL_FROM',
  rateLimit: 'AURION_RATE_LIMIT',
  timeZone: 'AURION_TZ',
  currency: 'AURION_CURRENCY',
  place: 'AURION_PLACE',
  weatherUrl: 'AURION_WEATHER_URL',
  allowedHosts: 'AURION_ALLOWED_HOSTS',
} as const satisfies Partial<Record<keyof HomeSettings, string>>;

/** The default start's folder, file of ways in, and Node-RED settings, from the environment. */
export interface DefaultStart {
  readonly port: number;
  readonly host: string;
  /** The variables that are there and not empty. */
  readonly env: Environment;
  /** Of messages, where a request prefers none. */
  readonly language: Language;
  readonly userDir: string;
  readonly waysIn: WaysInFile;
  readonly waysInPath: string;
  /** True if something was made now that nobody has seen yet. */
  readonly isNew: boolean;
  /** Settings for `RED.init`. */
  readonly nodeRed: Record<string, unknown>;
}

/**
 * Reads the variables of the default start, each with its default, and makes what must be made once.
 * @throws Error that names the variable which makes no sense, and not what it holds; nothing is made then
 */
export function prepareStart(everything: Environment): DefaultStart {
  const env = givenIn(everything);
  const logging = nodeRedLogging(readLogSettings(env, process.stdout.isTTY));
  assertSensible(env);
  const { HOST: host = '127.0.0.1', PORT: portText = '5000' } = env;
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText.trim()) || port > 65_535) {
    throw new Error(`PORT must be a port number, not "${escaped(portText)}"`);
  }
  const userDir = resolve(env['AURION_DATA'] ?? '.aurion');
  mkdirSync(userDir, { recursive: true, mode: FOLDER_MODE });
  chmodSync(userDir, FOLDER_MODE);
  const waysInPath = join(userDir, 'ways-in.json');
  const { waysIn, isNew } = keepWaysIn(waysInPath, env);
  return {
    host,
    port,
    env,
    language: LANGUAGES.find((one) => one === env['AURION_LOCALE']) ?? 'fr',
    userDir,
    waysIn,
    waysInPath,
    isNew,
    nodeRed: {
      uiHost: host,
      uiPort: port,
      httpAdminRoot: '/admin',
      httpNodeRoot: '/',
      userDir,
      flowFile: 'flows.json',
      flowFilePretty: true,
      credentialSecret: waysIn.credentialSecret,
      adminAuth: {
        type: 'credentials',
        users: [
          {
            username: 'admin',
            password: bcrypt.hashSync(waysIn.editorPassword, EDITOR_HASH_COST),
            permissions: '*',
          },
        ],
      },
      aurion: {
        home: {
          jwtSecret: env['AURION_JWT_SECRET'],
          setupCode: waysIn.setupCode,
          mqttUsername: waysIn.mqttUsername,
          mqttPassword: waysIn.mqttPassword,
          smtpUrl: env['AURION_SMTP_URL'],
          storeUrl: env['AURION_STORE_URL'],
        },
      },
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: {
        palette: { categories: ['subflows', 'Aurion', 'common', 'function', 'network'] },
        tours: false,
        page: { title: 'Aurion' },
        header: { title: 'Aurion' },
      },
      logging,
    },
  };
}

/** @throws Error that names the variable */
function assertSensible(env: Environment): void {
  const { AURION_STORE_URL: storeUrl, AURION_SMTP_URL: smtpUrl } = env;
  if (storeUrl !== undefined && !isStoreUrl(storeUrl)) {
    throw new Error('AURION_STORE_URL must be like postgres://… or mongodb://…');
  }
  if (smtpUrl !== undefined && !isMailUrl(smtpUrl)) {
    throw new Error('AURION_SMTP_URL must be like smtp://user:password@mail.example:587');
  }
  if (Buffer.byteLength(env['AURION_EDITOR_PASSWORD'] ?? '') > PASSWORD_BYTES_MAX) {
    // Node-RED would look at no more than that.
    throw new Error(`AURION_EDITOR_PASSWORD must have ${PASSWORD_BYTES_MAX} bytes at most`);
  }
  for (const name of ['AURION_EDITOR_PASSWORD', 'AURION_SETUP_CODE', ...ownMqttPassword(env)]) {
    const value = env[name];
    if (value !== undefined && !isLongEnough(value)) {
      throw new Error(`${name} is too short: at least 8 characters`);
    }
  }
  const variables: Readonly<Record<string, string>> = HOME_VARIABLES;
  try {
    readHomeSettings(
      Object.fromEntries(Object.entries(variables).map(([setting, name]) => [setting, env[name]])),
    );
  } catch (error) {
    if (!(error instanceof SettingInvalid)) throw error;
    throw new Error(`${variables[error.setting] ?? error.setting} is refused: ${error.problem}`, {
      cause: error,
    });
  }
}

/** Where an outside broker has the say, so has it about its passwords. */
function ownMqttPassword(env: Environment): readonly 'AURION_MQTT_PASSWORD'[] {
  return env['AURION_MQTT_URL'] === undefined ? ['AURION_MQTT_PASSWORD'] : [];
}

function keepWaysIn(path: string, env: Environment): { waysIn: WaysInFile; isNew: boolean } {
  const kept = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<WaysInFile>)
    : {};
  const made = (bytes: number) => randomBytes(bytes).toString('base64url');
  // What is kept may be short or empty: earlier versions kept whatever a variable said.
  const long = (secret: string | undefined) => (secret && isLongEnough(secret) ? secret : null);
  const isOwnBroker = ownMqttPassword(env).length > 0;
  const keptMqttPassword = isOwnBroker ? long(kept.mqttPassword) : kept.mqttPassword;
  const waysIn: WaysInFile = {
    editorPassword: env['AURION_EDITOR_PASSWORD'] ?? long(kept.editorPassword) ?? made(12),
    setupCode: env['AURION_SETUP_CODE'] ?? long(kept.setupCode) ?? made(12),
    mqttUsername: (env['AURION_MQTT_USERNAME'] ?? kept.mqttUsername) || 'installer',
    mqttPassword: (env['AURION_MQTT_PASSWORD'] ?? keptMqttPassword) || made(18),
    credentialSecret: kept.credentialSecret || made(32),
  };
  const isNew = JSON.stringify(waysIn) !== JSON.stringify(kept);
  if (isNew) writeFileSync(path, `${JSON.stringify(waysIn, null, 2)}\n`, { mode: FILE_MODE });
  chmodSync(path, FILE_MODE);
  return { waysIn, isNew };
}
