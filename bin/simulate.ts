#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/adapters/time/system-clock';
import { TOPIC_PREFIX } from '../src/contract/topics';
import { CannotConnect } from '../src/simulator/connection';
import { describe } from '../src/simulator/events';
import { InvalidHouse, makeHouse, type House } from '../src/simulator/house';
import { SCENES, type Scene } from '../src/simulator/scenes';
import { Simulator, type SimulatorOptions } from '../src/simulator/simulator';
import { givenIn, type Environment } from './environment';
import type { WaysInFile } from './settings';

/** `npm run simulate`: a house full of devices over MQTT, for whoever wants to see Aurion live. */

const HELP = `aurion-simulate: a house full of devices over MQTT, as if they were real.

  npm run simulate                       the demo home: 3 devices, 2 sensors
  npm run simulate -- --devices 20 --sensors 10 --meters 1 --activity 5
  npm run simulate -- --silent 0.3       some devices never answer
  npm run simulate -- --scene fire       begins with smoke and fire

Type burglar, fire or battery and Enter while it runs: the sensors of the house play it.

What is in the house
  --devices <n>      how many in all (3): the first are the demo home's 1, 2 and 3, the others have
                     keys such as sim-light-4, which Aurion shows as discovered until you adopt them
  --sensors <n>      how many in all (2): 1 and 2, then such as sim-temperature-3
  --meters <n>       electricity meters (0): sim-meter-1 measures the whole house
  --seed <n>         the same number, the same house and the same chance (1)

How devices behave: shares from 0 to 1, together at most 1; above 0 is one device at least
  --slow <share>     answer after 1 to 4 seconds
  --silent <share>   never answer a command
  --contrary <share> report the opposite of what they are told
  --offline <share>  say that they are offline
  --duplicate <share>  of all status messages that is sent twice

What happens at once
  --scene <name>     burglar (doors and windows open, then something moves), fire (smoke, then
                     flames) or battery (one is down to 12 %)

How often things happen; 0 is never
  --activity <n>     how busy people are: wall switches, doors, movement (1)
  --report-every <s> seconds between a device's reports of its power (30)
  --sensor-every <s> seconds between a sensor's readings (60)
  --meter-every <s>  seconds between a meter's readings (10)
  --mishaps <n>      how often a day a meter is not heard for a while, loses power (and its counter
                     goes back) or begins at 0 again (0; with --fast 0.2); of what --fast tells
                     some comes twice or hours late as well
  --fast             first a year of the meters' past in less than a minute, one every 5 minutes;
                     register the meters before (POST /devices with their key): Aurion keeps no
                     readings of strangers

Where the broker is
  --url <url>        (AURION_MQTT_URL, or mqtt://localhost with AURION_MQTT_PORT or 1883)
  --username, --password
                     (AURION_MQTT_USERNAME and AURION_MQTT_PASSWORD, or what Aurion keeps in
                     ways-in.json in AURION_DATA or .aurion)
  --prefix <prefix>  of all topics (aurion)
  --qos <0 or 1>     of the messages of sensors and meters (1)
  --one-connection   one connection for all, without last wills, for load tests; otherwise the
                     first 200 devices have one each

  --quiet            say only how it begins and ends
  --help             this

Ctrl-C ends it, and its devices are as before it came: Aurion takes it that they obey. If it is killed
instead, they stay offline: start it again, and end it with Ctrl-C.`;

const EXIT_BAD_OPTION = 2;
const STOP_WITHIN_MS = 5000;
const LISTED_MAX = 20;

/** An option that cannot be used; the message says why. */
class BadOption extends Error {}

const OPTIONS = {
  devices: { type: 'string' },
  sensors: { type: 'string' },
  meters: { type: 'string' },
  seed: { type: 'string' },
  scene: { type: 'string' },
  slow: { type: 'string' },
  silent: { type: 'string' },
  contrary: { type: 'string' },
  offline: { type: 'string' },
  duplicate: { type: 'string' },
  activity: { type: 'string' },
  'report-every': { type: 'string' },
  'sensor-every': { type: 'string' },
  'meter-every': { type: 'string' },
  mishaps: { type: 'string' },
  fast: { type: 'boolean' },
  url: { type: 'string' },
  username: { type: 'string' },
  password: { type: 'string' },
  prefix: { type: 'string' },
  qos: { type: 'string' },
  'one-connection': { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Name = keyof typeof OPTIONS;

interface Account {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The file that Aurion keeps them in. */
  readonly keptIn: string;
}

async function main(env: Environment, args: readonly string[]): Promise<void> {
  const values = readArguments(args);
  if (values.help) {
    console.log(HELP);
    return;
  }
  const number = (name: Name, otherwise: number): number => {
    const text = values[name];
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (text === '' || !Number.isFinite(value) || (value < 0 && name !== 'seed')) {
      throw new BadOption(`--${name} must be a number, not "${String(text)}"`);
    }
    return value;
  };
  const share = (name: Name) => {
    const value = number(name, 0);
    if (value > 1) throw new BadOption(`--${name} is a share and must be from 0 to 1`);
    return value;
  };
  const house = makeHouse({
    language: env['AURION_LOCALE'] === 'en' ? 'en' : 'fr',
    seed: number('seed', 1),
    devices: number('devices', 3),
    sensors: number('sensors', 2),
    meters: number('meters', 0),
    shares: {
      slow: share('slow'),
      silent: share('silent'),
      contrary: share('contrary'),
      offline: share('offline'),
    },
  });
  const scene = SCENES.find((name) => name === values.scene);
  if (values.scene !== undefined && !scene) {
    throw new BadOption(`--scene must be one of ${SCENES.join(', ')}`);
  }
  const qos = number('qos', 1);
  if (qos !== 0 && qos !== 1) throw new BadOption('--qos must be 0 or 1');
  if (values.prefix !== undefined && !TOPIC_PREFIX.test(values.prefix)) {
    throw new BadOption('--prefix must be like aurion, or home/aurion');
  }
  const url =
    values.url ?? env['AURION_MQTT_URL'] ?? `mqtt://localhost:${env['AURION_MQTT_PORT'] ?? '1883'}`;
  const account = findAccount(values, env);
  await play(
    {
      house,
      url,
      username: account.username,
      password: account.password,
      clock: systemClock,
      prefix: values.prefix,
      qos,
      duplicate: share('duplicate'),
      ...(values['one-connection'] && { ownConnections: 0 }),
      pace: {
        activity: number('activity', 1),
        reportEveryMs: number('report-every', 30) * 1000,
        sensorEveryMs: number('sensor-every', 60) * 1000,
        meterEveryMs: number('meter-every', 10) * 1000,
        mishapsPerDay: number('mishaps', values.fast ? 0.2 : 0),
      },
      past: values.fast ? { days: 365, everyMs: 300_000 } : undefined,
      onEvent(event) {
        if (event.kind === 'connected') console.log(introduction(house, shown(url)));
        else if (!values.quiet) say(describe(event));
      },
    },
    account,
    scene,
  );
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    throw new BadOption((error as Error).message);
  }
}

function findAccount(
  given: { readonly username?: string | undefined; readonly password?: string | undefined },
  env: Environment,
): Account {
  const keptIn = join(resolve(env['AURION_DATA'] ?? '.aurion'), 'ways-in.json');
  const kept = existsSync(keptIn)
    ? (JSON.parse(readFileSync(keptIn, 'utf8')) as Partial<WaysInFile>)
    : {};
  return {
    username: given.username ?? env['AURION_MQTT_USERNAME'] ?? kept.mqttUsername,
    password: given.password ?? env['AURION_MQTT_PASSWORD'] ?? kept.mqttPassword,
    keptIn,
  };
}

async function play(
  options: SimulatorOptions,
  account: Account,
  scene: Scene | undefined,
): Promise<void> {
  const simulator = new Simulator(options);
  try {
    await simulator.start();
  } catch (error) {
    if (!(error instanceof CannotConnect)) throw error;
    throw new Error(advice(error, shown(options.url), account), { cause: error });
  }
  if (scene) perform(simulator, scene);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const wanted = SCENES.find((name) => name === line.trim().toLowerCase());
    if (wanted) perform(simulator, wanted);
    else if (line.trim() !== '')
      console.log(`There is no scene "${line.trim()}": ${SCENES.join(', ')}`);
  });
  // A house without a connection that is up must not end by itself.
  const awake = setInterval(() => undefined, 2 ** 30);
  const end = () => {
    process.once('SIGINT', () => process.exit(1));
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    clearInterval(awake);
    lines.close();
    simulator.stop().then(
      () => {
        console.log(`\n${farewell(simulator)}`);
        process.exit(0);
      },
      () => process.exit(1),
    );
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

function perform(simulator: Simulator, scene: Scene): void {
  simulator.play(scene).then(
    (parts) => {
      if (parts === 0)
        console.log(`No sensor of this house has a part in "${scene}": try --sensors 12`);
    },
    (error: unknown) => console.error(error instanceof Error ? error.message : String(error)),
  );
}

function introduction(house: House, url: string): string {
  const { devices, sensors, meters, seed } = house;
  const listed = devices.slice(0, LISTED_MAX).map((device) => {
    const { id, name, type, powerW, behaviour, initially } = device;
    const conduct = behaviour === 'normal' ? '' : `   ${behaviour}`;
    return `  ${name.padEnd(24)} devices/${id}   ${type}, ${powerW} W, ${initially.on ? 'on' : 'off'}${conduct}`;
  });
  const more = devices.length - listed.length;
  return [
    `A simulated house at ${url}: ${count(devices, 'device')}, ${count(sensors, 'sensor')}, ${count(meters, 'meter')} (seed ${seed}). Ctrl-C ends it.`,
    ...listed,
    ...(more > 0 ? [`  … and ${more} more`] : []),
    '',
  ].join('\n');
}

function farewell(simulator: Simulator): string {
  const { commandsReceived, commandsAnswered, statusesSent, readingsSent } = simulator.counters;
  const flowed = Array.from(
    simulator.flowedKWh,
    ([id, kWh]) => `\n${id}: ${kWh.toFixed(3)} kWh flowed.`,
  );
  return `All devices are gone; Aurion takes it that they obey, as before they came. Commands: ${commandsReceived} received, ${commandsAnswered} answered. Sent: ${statusesSent} statuses, ${readingsSent} readings.${flowed.join('')}`;
}

function advice(error: CannotConnect, url: string, { username, keptIn }: Account): string {
  switch (error.reason) {
    case 'unreachable':
      return [
        `No MQTT broker answers at ${url} (${error.message}).`,
        'Is Aurion running? Start it with `npm start` in another terminal and wait for "Aurion is up".',
        'If its broker is elsewhere, say where: --url mqtt://host:port (or AURION_MQTT_PORT).',
      ].join('\n');
    case 'refused':
      return [
        username === undefined
          ? `The broker at ${url} lets nobody in without an account, and there is none in ${keptIn}.`
          : `The broker at ${url} refuses the account "${username}" (${error.message}).`,
        `Aurion keeps its account in ways-in.json in its folder: set AURION_DATA to the folder that`,
        '`npm start` shows after "Data:", or give --username and --password.',
      ].join('\n');
    case 'failed':
      return `Cannot connect to ${url}: ${error.message}. Look at --url; it is like mqtt://localhost:1883.`;
  }
}

/** An address as people may see it: without a password. */
function shown(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

function count(things: readonly unknown[], thing: string): string {
  return `${things.length} ${thing}${things.length === 1 ? '' : 's'}`;
}

function say(line: string): void {
  console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`);
}

main(givenIn(process.env), process.argv.slice(2)).catch((error: unknown) => {
  const bad = error instanceof BadOption || error instanceof InvalidHouse;
  console.error(error instanceof Error ? error.message : String(error));
  if (bad) console.error('`--help` lists the options.');
  process.exit(bad ? EXIT_BAD_OPTION : 1);
});
