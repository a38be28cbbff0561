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
import { MESSAGE_BYTES_MAX } from '../../src/domain/intake/payload';
import {
  deviceRights,
  installerRights,
  sensorRights,
  userRights,
  type TopicRights,
} from '../../src/domain/mqtt/topic-rights';
import { code, fields, json, table } from './markdown';

const PREFIX = 'aurion';
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
    '## Who may do what at the embedded broker',
    '',
    'Nobody is anonymous. The installer’s account is in `ways-in.json` (`npm start`) or in the home’s dialog; a device gets its own by `POST /devices/:id/credentials`, a sensor by `POST /security/sensors/:id/credentials`; a person signs in with the e-mail as user name and a token as password, by MQTT or MQTT over WebSocket.',
    '',
    rights(),
  ].join('\n');
}

function section(name: string, { payload }: TopicDeclaration): string {
  const schemas = new OpenApiSchemas();
  const schema = schemas.read(payload, 'output', 'Message');
  const heading = `### ${code(name)}`;
  const values = schema['enum'] as readonly string[] | undefined;
  if (values) return `${heading}\n\nPlain text: ${values.map(code).join(' or ')}.`;
  const example = exampleOf(schema, (each) => schemas.resolve(each));
  return `${heading}\n\n${fields(schema)}\n\n${json(example)}`;
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
