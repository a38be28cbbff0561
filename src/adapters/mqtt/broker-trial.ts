import { randomBytes } from 'node:crypto';
import type { Text } from '../../contract/language';
import { printable } from '../../contract/safe-input';
import type { Verdict } from '../../contract/verdict';
import { within } from '../within';
import { readBrokerUrl, type BrokerAddress } from './broker-address';
import { brokerVerdict } from './broker-verdict';
import { refineRefusal, VersionError } from './connection';
import { describeFailure } from './failure';
import { MqttSocket, type ProtocolVersion } from './mqtt-socket';

const CONNECT_WITHIN_MS = 5000;
const ANSWER_WITHIN_MS = 1500;
/** A broker that hangs up on MQTT 5 is asked a second time: all in all no longer than this. */
const ALL_WITHIN_MS = 9000;

export interface BrokerTrial {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Of the home's topics: below it a message is sent to and fro. */
  readonly prefix: string;
}

/** Connects to a broker as a home would, sends itself a message below the prefix, and leaves nothing behind. Answers within 10 s. */
export async function tryBroker(trial: BrokerTrial): Promise<Verdict> {
  let address: BrokerAddress;
  try {
    address = readBrokerUrl(trial.url);
  } catch {
    return verdict('bad', 'address', {
      fr: 'L’adresse doit être de la forme mqtt://, mqtts://, ws:// ou wss://hôte:port.',
      en: 'The address must read mqtt://, mqtts://, ws:// or wss://host:port.',
    });
  }
  try {
    return await within(ALL_WITHIN_MS, connectAndTry(trial, address));
  } catch (error) {
    return brokerVerdict(error as Error, address);
  }
}

async function connectAndTry(trial: BrokerTrial, address: BrokerAddress): Promise<Verdict> {
  try {
    return await converse(trial, address, 5);
  } catch (error) {
    if (!(error instanceof VersionError)) throw error;
    return converse(trial, address, 4);
  }
}

async function converse(
  { prefix, ...trial }: BrokerTrial,
  address: BrokerAddress,
  version: ProtocolVersion,
): Promise<Verdict> {
  const nonce = randomBytes(6).toString('hex');
  const topic = `${prefix}/trial/${nonce}`;
  const echo = deferred<true>();
  const lost = deferred<never>();
  const socket = new MqttSocket({
    address,
    clientId: `aurion-trial-${nonce}`,
    username: trial.username ?? address.username,
    password: trial.password ?? address.password,
    version,
    persistent: false,
    take: (packet) => {
      if (packet.topic === topic) echo.resolve(true);
    },
    onLost: (cause) => lost.reject(cause),
  });
  const opened = socket.opened.catch((cause: unknown) => {
    throw refineRefusal(cause as Error, version);
  });
  const answers = <T>(work: Promise<T>) =>
    within(ANSWER_WITHIN_MS, Promise.race([work, lost.promise]));
  try {
    await within(CONNECT_WITHIN_MS, opened);
    const refused = await passToAndFro(socket, topic, echo.promise, answers);
    await answers(socket.end()).catch(() => undefined);
    return refused ? limited(refused, address, prefix) : good(address, prefix, version);
  } finally {
    socket.kill();
  }
}

/** Which step a broker that let us in refuses; null: none. */
async function passToAndFro(
  socket: MqttSocket,
  topic: string,
  echo: Promise<unknown>,
  answers: <T>(work: Promise<T>) => Promise<T>,
): Promise<'subscribe' | 'publish' | 'echo' | null> {
  try {
    await answers(socket.subscribe([topic]));
  } catch (error) {
    if (describeFailure(error as Error).isRefusal) return 'subscribe';
    throw error;
  }
  try {
    await answers(
      new Promise<void>((resolve, reject) => {
        socket.send({ topic, payload: 'trial', qos: 1, retain: false }, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    );
  } catch (error) {
    if (describeFailure(error as Error).isRefusal) return 'publish';
    throw error;
  }
  return answers(echo).then(
    () => null,
    () => 'echo',
  );
}

function good({ name }: BrokerAddress, prefix: string, version: ProtocolVersion): Verdict {
  const [where, mqtt] = [printable(name, 200), version === 5 ? 'MQTT 5' : 'MQTT 3.1.1'];
  return verdict('good', 'connected', {
    fr: `Connecté à ${where} (${mqtt}) ; Aurion peut lire et publier sous ${prefix}.`,
    en: `Connected to ${where} (${mqtt}); Aurion may read and publish below ${prefix}.`,
  });
}

const LIMITS: Readonly<Record<'subscribe' | 'publish' | 'echo', Text>> = {
  subscribe: {
    fr: 'le compte n’a pas le droit de s’y abonner',
    en: 'the account may not subscribe there',
  },
  publish: {
    fr: 'le compte n’a pas le droit d’y publier',
    en: 'the account may not publish there',
  },
  echo: {
    fr: 'un message d’essai n’est pas revenu : le compte n’a pas le droit d’y publier ou d’y lire',
    en: 'a message sent there for a trial did not come back: the account may not publish or not read there',
  },
};

function limited(step: keyof typeof LIMITS, { name }: BrokerAddress, prefix: string): Verdict {
  const where = printable(name, 200);
  const { fr, en } = LIMITS[step];
  return verdict('bad', `no-${step}`, {
    fr: `Connecté à ${where}, mais sous ${prefix} : ${fr}.`,
    en: `Connected to ${where}, but below ${prefix}: ${en}.`,
  });
}

function verdict(outcome: Verdict['outcome'], code: string, text: Text): Verdict {
  return { outcome, code, text };
}

/** A promise that is settled from outside. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (cause: Error) => void = () => undefined;
  const promise = new Promise<T>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
