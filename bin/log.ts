import { inspect, styleText } from 'node:util';
import pino from 'pino';
import { redactFields, redactText } from '../src/adapters/log/redact';
import { escaped } from '../src/contract/safe-input';
import type { LogFields } from '../src/ports/logger';
import type { LoggedByHome } from '../nodes/runtime/home-log';

/** The default start's log: Node-RED's own lines and Aurion's in one stream, by pino. */

const FORMATS = ['json', 'pretty'] as const;
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'off'] as const;
/** Node-RED's numbers. */
const LEVEL_OF: Readonly<Record<number, pino.Level>> = {
  10: 'fatal',
  20: 'error',
  30: 'warn',
  40: 'info',
  50: 'debug',
  60: 'trace',
};
const COLOURS: Readonly<Record<string, 'red' | 'yellow'>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
};

export interface LogSettings {
  readonly format: (typeof FORMATS)[number];
  readonly level: (typeof LEVELS)[number];
}

/** A line of Node-RED's log, as it hands it to its handlers. */
export interface NodeRedEntry {
  readonly level: number;
  readonly msg: unknown;
  readonly type?: string;
  readonly id?: string;
  readonly name?: string;
  /** On what a home logs: the same, not yet put together. */
  readonly aurion?: LoggedByHome;
}

/**
 * Reads `AURION_LOG` and `AURION_LOG_LEVEL`.
 * @param isTerminal whether a person is likely to read it: then `pretty` is the default, else `json`
 * @throws Error that names the variable
 */
export function readLogSettings(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): LogSettings {
  const choose = <T extends string>(name: string, choices: readonly T[], otherwise: T): T => {
    const text = env[name] ?? '';
    const choice = choices.find((one) => one === text);
    if (choice === undefined && text !== '') {
      throw new Error(`${name} must be one of ${choices.join(', ')}, not "${escaped(text)}"`);
    }
    return choice ?? otherwise;
  };
  return {
    format: choose('AURION_LOG', FORMATS, isTerminal ? 'pretty' : 'json'),
    level: choose('AURION_LOG_LEVEL', LEVELS, 'info'),
  };
}

/**
 * What takes Node-RED's log lines: each becomes one line of `out`, without secrets and without
 * anything that could break the line or steer a terminal.
 */
export function createLogHandler(
  { format, level }: LogSettings,
  out: pino.DestinationStream,
  colours = false,
): (entry: NodeRedEntry) => void {
  const write = format === 'json' ? escapedJson : (json: string) => pretty(json, colours);
  const log = pino(
    {
      level: level === 'off' ? 'silent' : level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(json) {
        out.write(write(json));
      },
    },
  );
  return (entry) => {
    const at = LEVEL_OF[entry.level];
    if (at === undefined) return;
    const { source, message, fields } = read(entry);
    log[at]({ ...(source && { source }), ...redactFields(fields) }, redactText(message.trim()));
  };
}

/** The `logging` of Node-RED's settings that sends everything to standard output. */
export function nodeRedLogging(settings: LogSettings): Record<string, unknown> {
  const { level } = settings;
  const handler = () =>
    createLogHandler(settings, pino.destination({ dest: 1, sync: true }), process.stdout.isTTY);
  return { aurion: { level, metrics: false, audit: false, handler } };
}

/** `source` is the home or node that speaks: `aurion:home`, `aurion-device:lamps`. */
function read({ aurion, type, id, name, msg }: NodeRedEntry): {
  readonly source?: string;
  readonly message: string;
  readonly fields: LogFields;
} {
  if (aurion) return { source: `aurion:${aurion.home}`, ...aurion };
  const source = type === undefined ? {} : { source: `${type}:${name ?? id ?? ''}` };
  const said = textOf(msg);
  const stack = msg instanceof Error && msg.stack !== undefined ? { stack: msg.stack } : {};
  return {
    ...source,
    message: type === undefined ? unruled(said) : said,
    fields: { ...(id !== undefined && { node: id }), ...stack },
  };
}

/** What Node-RED says itself is laid out for a terminal, over several lines with rules between: here in one. */
function unruled(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => !/^[-=]*$/.test(line)).join(' ');
}

function textOf(msg: unknown): string {
  if (typeof msg === 'string') return msg;
  if (typeof msg !== 'object' || msg === null) return String(msg);
  if (msg instanceof Error) return String(msg);
  const { message } = msg as { message?: unknown };
  return typeof message === 'string' ? message : inspect(msg, { depth: 4, breakLength: Infinity });
}

/** JSON leaves some characters as they are that a terminal obeys; in its texts an escape means the same. */
function escapedJson(json: string): string {
  return `${escaped(json.trimEnd())}\n`;
}

/** `22 Nov 20:56:27 - [info] [aurion:home] The store works again`, as Node-RED itself writes it. */
function pretty(json: string, colours: boolean): string {
  const { level, time, source, msg, ...fields } = JSON.parse(json) as Record<string, string>;
  const from = source === undefined ? '' : `[${source}] `;
  // A node's id is for programs: its name stands in front.
  const named = Object.entries(fields)
    .filter(([name]) => name !== 'node')
    .map(([name, value]) => ` ${name}=${value}`);
  const line = `${clockTime(time ?? '')} - [${level ?? ''}] ${escaped(`${from}${msg ?? ''}${named.join('')}`)}`;
  const colour = colours ? COLOURS[level ?? ''] : undefined;
  return `${colour ? styleText(colour, line) : line}\n`;
}

function clockTime(iso: string): string {
  const at = new Date(iso);
  const month = at.toLocaleString('en', { month: 'short' });
  return `${at.getDate()} ${month} ${at.toTimeString().slice(0, 8)}`;
}
