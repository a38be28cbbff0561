import { portProblem } from '../src/adapters/broker/port-verdict';
import { errnoOf } from '../src/adapters/files/files';
import type { ErrorCode } from '../src/contract/errors';
import type { HealthReport, PartName } from '../src/contract/health';
import type { HomeSettings } from '../src/contract/home-settings';
import type { DefaultStart } from './settings';

/** A home as the banner shows it, after its first health. */
export interface BannerHome {
  readonly settings: Pick<
    HomeSettings,
    'basePath' | 'wsPath' | 'docs' | 'mqttUrl' | 'mqttHost' | 'mqttPort' | 'mqttWsPort'
  >;
  readonly health: Pick<HealthReport, 'status' | 'parts'>;
  /** What does not work and why, one line each. */
  readonly problems: readonly string[];
  /** Nobody has registered yet; null if that is not known. */
  readonly isEmpty: boolean | null;
}

export interface BannerFacts {
  readonly start: Pick<DefaultStart, 'host' | 'port' | 'waysIn' | 'waysInPath' | 'userDir'>;
  readonly homes: readonly BannerHome[];
  /** Why homes of the flows could not be made. */
  readonly refusals: readonly string[];
  /** Whether passwords may be shown: something was made now, and somebody looks. */
  readonly showWaysIn: boolean;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '0.0.0.0', '::', '::1'];

/** What the default start says once it knows how it is: what is up and where, what is not and what to do. */
export function banner({ start, homes, refusals, showWaysIn }: BannerFacts): string {
  const { host, port, waysIn, waysInPath, userDir } = start;
  const at = `http://${addressOf(host)}:${port}`;
  const problems = [
    ...homes.flatMap((home) => problemsOf(home)),
    ...refusals.map((refusal) => `${refusal}. Correct it in the editor: the home's dialog.`),
    ...(homes.length + refusals.length === 0
      ? ['The flows hold no home. Import the example "full-backend" in the editor.']
      : []),
  ];
  const lines = [
    '',
    `${headline(homes, problems.length)} Data: ${userDir}`,
    ...homes.flatMap((home) => placesOf(home, at, waysIn.mqttUsername)),
    `  Node-RED       ${at}/admin   (user admin)`,
    '',
    ...problems.map((problem) => `! ${problem}`),
    ...(problems.length > 0 ? [''] : []),
  ];
  if (showWaysIn) {
    lines.push(
      'Made for you, shown once:',
      `  editor password   ${waysIn.editorPassword}`,
      `  MQTT password     ${waysIn.mqttPassword}`,
      `  setup code        ${waysIn.setupCode}   (to make the first account from another machine)`,
      '',
    );
  }
  lines.push(`Passwords and setup code are kept in ${waysInPath}`);
  if (homes.some(({ isEmpty }) => isEmpty === true)) {
    lines.push(
      `There is no account yet: the first to register from this machine is the administrator (POST ${at}${homes[0]?.settings.basePath ?? ''}/auth/register).`,
    );
  }
  lines.push('');
  return lines.join('\n');
}

function headline(homes: readonly BannerHome[], problems: number): string {
  const serving = homes.filter(({ health }) => health.status !== 'unavailable').length;
  if (serving === 0) return 'Aurion is not up: only the editor is.';
  return problems === 0 ? 'Aurion is up.' : 'Aurion is up, but not all of it.';
}

function placesOf({ settings, health }: BannerHome, at: string, username: string): string[] {
  const { basePath, wsPath, docs } = settings;
  const api = `${at}${basePath}`;
  const { parts, status } = health;
  // Under their own heading stands what is away.
  if (status === 'unavailable') return [];
  return [
    `  REST API       ${api}   (${docs ? `docs: ${api}/docs` : `OpenAPI: ${api}/openapi.json`})`,
    ...(parts.websocket.state === 'closed'
      ? []
      : [`  WebSocket      ${at.replace('http', 'ws')}${wsPath}`]),
    ...(parts.broker.state === 'ok'
      ? [`  MQTT           ${brokerOf(settings)}   (user ${username})`]
      : []),
  ];
}

/** Where the broker is, without what its URL may say beside that. */
function brokerOf({ mqttUrl, mqttHost, mqttPort }: BannerHome['settings']): string {
  if (mqttUrl === null) return `mqtt://${addressOf(mqttHost)}:${mqttPort}`;
  const { protocol, host } = new URL(mqttUrl);
  return `${protocol}//${host}`;
}

function addressOf(host: string): string {
  if (LOOPBACK.includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function problemsOf({ settings, health, problems }: BannerHome): string[] {
  return problems.map((problem) => {
    const [, subject] = /^The (\w+) does not (?:work|start)/.exec(problem) ?? [];
    // A home starts with its store.
    const part = subject === 'home' ? 'store' : (subject as PartName | undefined);
    const hint = hintFor(part, settings, health);
    return hint === undefined ? problem : `${problem}\n    ${hint}`;
  });
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  MQTT_PASSWORD_SHORT:
    'Give AURION_MQTT_PASSWORD 8 characters or more, to the devices that sign in with it too.',
  SECRET_WEAK: 'Give AURION_JWT_SECRET 32 random bytes or more, or leave it out: one is made then.',
  STORE_CORRUPT: 'See what is left: node dist/bin/aurion.js inspect, and repair.',
  STORE_FULL: 'Free some space; Aurion goes on by itself.',
  STORE_UNAVAILABLE: 'Aurion tries again every 5 seconds.',
};

function hintFor(
  part: PartName | undefined,
  settings: BannerHome['settings'],
  { parts }: BannerHome['health'],
): string | undefined {
  const error = part === undefined ? null : parts[part].error;
  if (error === null) return undefined;
  const hint = HINTS[error.code];
  if (hint !== undefined || part !== 'broker') return hint;
  if (settings.mqttUrl !== null) {
    return 'Aurion keeps trying. AURION_MQTT_URL, AURION_MQTT_USERNAME and AURION_MQTT_PASSWORD say where and as whom.';
  }
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { port = settings.mqttPort } = cause as { port?: number };
    const problem = portProblem(errnoOf(cause), { host: settings.mqttHost, port });
    if (problem === undefined) continue;
    return `${capital(problem.en)}. AURION_MQTT_PORT, AURION_MQTT_WS_PORT and AURION_MQTT_HOST choose another place, AURION_MQTT_URL another broker.`;
  }
  return undefined;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
