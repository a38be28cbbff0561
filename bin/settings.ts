import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import bcrypt from 'bcrypt';
import { LANGUAGES, type Language } from '../src/contract/language';
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

export type Environment = Readonly<Record<string, string | undefined>>;

/** The default start's folder, file of ways in, and Node-RED settings, from the environment. */
export interface DefaultStart {
  readonly port: number;
  readonly host: string;
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

/** Reads the variables of the default start, each with its default, and makes what must be made once. */
export function prepareStart(env: Environment): DefaultStart {
  const host = env['HOST'] ?? '127.0.0.1';
  const port = Number(env['PORT'] ?? 5000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT must be a port number, not "${env['PORT'] ?? ''}"`);
  }
  const userDir = resolve(env['AURION_DATA'] ?? '.aurion');
  mkdirSync(userDir, { recursive: true, mode: FOLDER_MODE });
  chmodSync(userDir, FOLDER_MODE);
  const waysInPath = join(userDir, 'ways-in.json');
  const { waysIn, isNew } = keepWaysIn(waysInPath, env);
  return {
    host,
    port,
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
      logging: nodeRedLogging(readLogSettings(env, process.stdout.isTTY)),
    },
  };
}

function keepWaysIn(path: string, env: Environment): { waysIn: WaysInFile; isNew: boolean } {
  const kept = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<WaysInFile>)
    : {};
  const made = (bytes: number) => randomBytes(bytes).toString('base64url');
  const waysIn: WaysInFile = {
    editorPassword: env['AURION_EDITOR_PASSWORD'] ?? kept.editorPassword ?? made(12),
    setupCode: env['AURION_SETUP_CODE'] ?? kept.setupCode ?? made(12),
    mqttUsername: env['AURION_MQTT_USERNAME'] ?? kept.mqttUsername ?? 'installer',
    mqttPassword: env['AURION_MQTT_PASSWORD'] ?? kept.mqttPassword ?? made(18),
    credentialSecret: kept.credentialSecret ?? made(32),
  };
  const isNew = JSON.stringify(waysIn) !== JSON.stringify(kept);
  if (isNew) writeFileSync(path, `${JSON.stringify(waysIn, null, 2)}\n`, { mode: FILE_MODE });
  chmodSync(path, FILE_MODE);
  return { waysIn, isNew };
}
