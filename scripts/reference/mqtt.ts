import { OpenApiSchemas } from '../../src/adapters/http/openapi-schemas';
import { exampleOf } from '../../src/adapters/http/openapi-examples';
import {
  ALERT_TOPIC,
  DEVICE_TOPICS,
  HOME_TOPICS,
  METER_TOPICS,
  SENSOR_TOPICS,
  type TopicDeclaration,
} from '../../src/contract/topics';
import type { DropReason } from '../../src/domain/intake/drop-reason';
import { ACCOUNT_LIMITS, BROKER_LIMITS } from '../../src/domain/mqtt/broker-limits';
import { MESSAGE_BYTES_MAX } from '../../src/domain/intake/payload';
import {
  deviceRights,
  installerRights,
  sensorRights,
  userRights,
  type TopicRights,
} from '../../src/domain/mqtt/topic-rights';
import { code, fields, json, table } from './markdown';
import { understoodReference } from './understood';

const PREFIX = 'aurion';
const DAY_MS = 24 * 3_600_000;
const RETAIN = { never: 'never retained', always: 'retained', 'may be': 'may be retained' };

/** Every topic, what is said there, and who may. */
export function mqttReference(): string {
  const topics: (readonly [string, TopicDeclaration])[] = [
    ...Object.entries(DEVICE_TOPICS).map(
      ([kind, topic]) => [`${PREFIX}/devices/{id}/${kind}`, topic] as const,
    ),
    ...Object.entries(SENSOR_TOPICS).map(
      ([kind, topic]) => [`${PREFIX}/sensors/{id}/${kind}`, topic] as const,
    ),
    [`${PREFIX}/alerts/{id}`, ALERT_TOPIC] as const,
    ...Object.entries(METER_TOPICS).map(
      ([kind, topic]) => [`${PREFIX}/energy/{id}/${kind}`, topic] as const,
    ),
    ...Object.entries(HOME_TOPICS).map(([kind, topic]) => [`${PREFIX}/${kind}`, topic] as const),
  ];
  const rows = topics.map(([name, { publisher, qos, retain, about }]) => [
    code(name),
    publisher,
    `${qos}, ${RETAIN[retain]}`,
    about,
  ]);
  return [
    `- ${code('{id}')} is a device's or sensor's id, or its ${code('key')}: a text the installer gives (not digits alone).`,
    `- ${code(PREFIX)} is the home's setting _topic prefix_.`,
    `- A message of a device or sensor has at most ${MESSAGE_BYTES_MAX} bytes. What is refused is counted by reason, and told in the log once a minute a topic.`,
    '- Retained messages that come on connecting fill in what is known; they never count as an event.',
    '',
    '## Topics',
    '',
    table(['Topic', 'Publisher', 'QoS, retain', 'What for'], rows),
    ...topics.map(([name, topic]) => `\n${section(name, topic)}`),
    '',
    understoodReference(),
    '',
    dropped(),
    '',
    '## Who may do what at the embedded broker',
    '',
    'Nobody is anonymous. The installer’s account is in `ways-in.json` (`npm start`) or in the home’s dialog; a device gets its own by `POST /devices/:id/credentials`, a sensor by `POST /security/sensors/:id/credentials`; a person signs in with the e-mail as user name and a token as password, by MQTT or MQTT over WebSocket.',
    '',
    rights(),
    '',
    'A right is asked when a message is handed out, too: live, retained, or kept for a client that was away. What a client may not publish is acknowledged, dropped, counted (`rights`) and told in the log once a minute a client; the connection stays. A last will is published if its client may still say it. When credentials, key or account change, or end, the connections and sessions they had end within 5 s, in every process.',
    '',
    '## What the embedded broker keeps',
    '',
    'Client ids count among those of one account. Each client without an id gets one of its own, and can have no session (MQTT 3.1.1). Sessions are in memory: after a restart clients subscribe again, as they do when the broker says that it has no session. People have no session that outlives their connection.',
    '',
    limits(),
    '',
    'With a broker of your own, that broker decides: `aurion mosquitto` writes the rights, the size of messages, the number of queued ones and how long sessions are kept into its files. Mosquitto, too, drops what may not be published and asks the rights as it hands messages out; a change of rights counts there once `aurion mosquitto` was run again and Mosquitto has read its files anew.',
  ].join('\n');
}

const DROPPED: Readonly<Record<DropReason, string>> = {
  'too-large': `more than ${MESSAGE_BYTES_MAX} bytes`,
  malformed: 'not JSON, or bytes that are no UTF-8',
  'wrong-type': 'not an object, or nothing in it is what is wanted there',
  'forbidden-key': 'nothing is left but names such as `__proto__`, `a.b` or `$set`',
  'unknown-unit': 'nobody knows what its number means',
  'out-of-range': 'more or less than its value can be',
  'too-old':
    'sent again, and more than 10 days behind the newest reading; or nothing is left of it but a time that is too old',
  duplicate:
    'a copy: the same timestamp, seq and content (without timestamp within 10 min), or sent again (DUP) and heard before. Told in the log for smoke, fire, gas and leak sensors',
  unknown: 'no device or sensor has the name in its topic; a sensor’s is offered for adoption',
  disabled: 'its sensor is switched off',
  topic: 'nobody reads its topic',
  rate: 'its topic has too much to say: a later message takes its place',
  rights: 'its sender may not publish there (embedded broker)',
  journal: 'the journal could not take it, as when the disk is full: its sender sends it again',
};

/** Every reason the counters know. */
function dropped(): string {
  return [
    '## What is dropped',
    '',
    'Each message is kept, or dropped and counted with its reason (`aurion_mqtt_messages_dropped_total{reason}`). Those dropped as `duplicate` (but for the sensors named there), `unknown`, `disabled` or `topic` are not told in the log.',
    '',
    table(
      ['Reason', 'Meaning'],
      Object.entries(DROPPED).map(([reason, meaning]) => [code(reason), meaning]),
    ),
    '',
    'DUP only says that a sender tried before, not that it was heard. The embedded broker and the link to a broker of your own remember what each session was heard to send (the last 64 message ids, with topic and payload, for 10 minutes): a DUP counts as a copy only if it is among that, else as first heard. After a restart of Aurion, until a session has sent something new or 10 minutes are over, nobody knows: then a meter takes a DUP as sent again, and a sensor as just said if it differs from what is shown, so that no alarm is lost.',
  ].join('\n');
}

/** Availability is also understood in other spellings. */
function note(name: string): string {
  return name.endsWith('/availability') ? ' Any case and `{"state":"online"}` will do.' : '';
}

function section(name: string, { payload }: TopicDeclaration): string {
  const schemas = new OpenApiSchemas();
  const schema = schemas.read(payload, 'output', 'Message');
  const heading = `### ${code(name)}`;
  const values = schema['enum'] as readonly string[] | undefined;
  if (values) return `${heading}\n\nPlain text: ${values.map(code).join(' or ')}.${note(name)}`;
  const example = exampleOf(schema, (each) => schemas.resolve(each));
  return `${heading}\n\n${fields(schema)}\n\n${json(example)}`;
}

function limits(): string {
  const { installer, device, user } = ACCOUNT_LIMITS;
  const { packetBytes, queuedMessages, queuedBytes, unfinished, sessionMs } = BROKER_LIMITS;
  const kB = (bytes: number) => `${bytes / 1024} KiB`;
  return table(
    ['What', 'How much', 'What is more'],
    [
      [
        'connections of an account',
        `${device.connections} of a device or sensor, ${user.connections} of a person, ${installer.connections} of the installer`,
        'the oldest is closed',
      ],
      [
        'sessions of an account',
        `${device.sessions} of a device or sensor, ${installer.sessions} of the installer, none of a person`,
        'the one longest away ends',
      ],
      ['a session of a client that stays away', `${sessionMs / DAY_MS} days`, 'it ends'],
      [
        'messages that wait for a client with a session',
        `${queuedMessages}, and ${kB(queuedBytes)}; a command only until its \`expiresAt\``,
        'the oldest are dropped',
      ],
      ['deliveries with QoS 2 under way', String(unfinished), 'the connection is closed'],
      ['filters of a client', String(BROKER_LIMITS.filters), 'refused (128)'],
      ['a client id', `${BROKER_LIMITS.clientIdLength} characters`, 'refused (return code 2)'],
      ['a topic or filter', `${BROKER_LIMITS.topicBytes} bytes`, 'dropped; refused (128)'],
      [
        'a message',
        `${MESSAGE_BYTES_MAX} bytes`,
        'acknowledged and dropped; a last will is left out',
      ],
      ['a packet', kB(packetBytes), 'the connection is closed'],
      ['retained topics', String(BROKER_LIMITS.retained), 'a new one is not retained'],
    ],
  );
}

function rights(): string {
  const rows: [string, TopicRights][] = [
    ['the installer', installerRights(PREFIX)],
    ['a device', deviceRights(PREFIX, ['{id}'])],
    ['a sensor', sensorRights(PREFIX, ['{id}'])],
    ['a person', userRights(PREFIX)],
  ];
  const list = (topics: readonly string[]) => topics.map(code).join(', ') || 'nothing';
  return table(
    ['Account', 'May publish', 'May subscribe'],
    rows.map(([who, { publish, subscribe }]) => [who, list(publish), list(subscribe)]),
  );
}
