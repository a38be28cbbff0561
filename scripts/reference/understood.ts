import { readAvailability } from '../../src/domain/devices/availability';
import { readReport } from '../../src/domain/devices/report';
import type { LeftOut, LeftOutReason } from '../../src/domain/intake/left-out';
import { RefusedMessage } from '../../src/domain/intake/refused-message';
import { NETWORK_COPY_WITHIN_MS } from '../../src/domain/sensors/arrival';
import { readSensorMessage } from '../../src/domain/sensors/reading';
import { SENSOR_KINDS } from '../../src/domain/sensors/sensor-types';
import { AMBIGUOUS_WORDS, wordsOf } from '../../src/domain/sensors/words';
import type { SensorType } from '../../src/contract/sensor';
import { code, table } from './markdown';

const ARRIVED_AT = Date.parse('2026-03-29T08:15:00Z');

const REASONS: Readonly<Record<LeftOutReason, string>> = {
  'wrong-type': 'neither what is wanted there nor another spelling of it',
  'out-of-range': 'more or less than it can be',
  'unknown-unit': 'nobody knows what the number means',
  'forbidden-key':
    'a name such as `__proto__`, `constructor`, `a.b` or `$set`, its own or inside it',
  malformed: 'a text with bytes that are no UTF-8',
  nested: 'a list or an object',
  'too-long': 'a text with too many characters',
  'too-many': 'a device has said enough attributes',
  contradicted: 'says no, while another name of the value says yes: the yes counts',
  'no-zone': 'a timestamp that does not say its zone: the time of arrival counts',
  'no-time': 'a timestamp that is none: the time of arrival counts',
  ahead: 'a timestamp more than 5 minutes ahead: the time of arrival counts',
  'too-old': 'a timestamp more than 400 days old, such as 1970: the time of arrival counts',
  'too-late':
    'a reading more than 10 days behind the newest one: it is shown, and no part of history',
};

const SENSORS: readonly (readonly [SensorType, object])[] = [
  ['smoke', { smoke: 'ON', battery: '92' }],
  ['motion', { motion: null, occupancy: true }],
  ['door', { contact: false }],
  ['door', { contact: 'open' }],
  ['door', { door: false, contact: 'OFF' }],
  ['smoke', { Smoke: 'clear', carbon_monoxide: 'detected' }],
  ['leak', { state: 'wet' }],
  ['temperature', { temperature: 70, units: 'F' }],
  ['temperature', { temperature: '21,5 °C', battery: '92%' }],
  ['temperature', { temperature: 21.299999999999997, timestamp: '2026-03-29T10:14:58+0200' }],
  ['temperature', { temperature: '70.1', unit: '°f', timestamp: 1774772098000.25 }],
  ['smoke', { smoke: true, battery: 255 }],
  ['smoke', { smoke: true, timestamp: '2026-03-29T08:14:58' }],
  ['smoke', { smoke: true, timestamp: '1970-01-01T00:00:07Z', seq: -1 }],
  ['smoke', { smoke: true, update: { state: 'idle' } }],
  ['smoke', { smoke: true, 'wifi.rssi': -70 }],
  ['smoke', { smoke: null, battery: 3 }],
  ['smoke', { smoke: 'unknown' }],
  ['temperature', { temperature: 21, unit: 'furlong' }],
];

const DEVICES: readonly object[] = [
  { status: 'ON', power: '57.5' },
  { status: 1, power: 0.0575, powerUnit: 'kW' },
  { status: null, power: 'nan', brightness: 40 },
  { status: true, power: 1e308, update: { state: 'idle' } },
  { status: 'maybe' },
];

const AVAILABILITIES = ['Online', '{"state":"offline"}', '', 'lost'];

/** What is made of messages: not told, but tried on the readers themselves. */
export function understoodReference(): string {
  const rows = [
    ...SENSORS.map(([type, said]) => [
      `sensor, ${type}`,
      code(JSON.stringify(said)),
      outcome(() => {
        const { value, unit, battery, timestamp, leftOut } = read(type, said);
        return {
          taken: {
            value,
            ...(unit !== null && { unit }),
            ...(battery !== null && { battery }),
            ...(timestamp !== null && { timestamp: new Date(timestamp).toISOString() }),
          },
          leftOut,
        };
      }),
    ]),
    ...DEVICES.map((said) => [
      'device, status',
      code(JSON.stringify(said)),
      outcome(() => {
        const { report, leftOut } = readReport({ ...said }, ARRIVED_AT);
        const { attributes, ...rest } = report;
        return { taken: { ...rest, ...attributes }, leftOut };
      }),
    ]),
    ...AVAILABILITIES.map((said) => [
      'device, availability',
      said === '' ? 'empty' : code(said),
      said === ''
        ? 'what was said before is taken back'
        : outcome(() => ({ taken: { online: readAvailability(Buffer.from(said)) }, leftOut: [] })),
    ]),
  ];
  return [
    '## What is understood, and what is left out',
    '',
    'A message of a device, sensor or meter is read by one reader, whether it comes by MQTT, by REST (`POST /devices/:id/status`, `/security/sensors/:id/readings`, `/energy/meters/:id/readings`) or in a flow (as an object, JSON text or bytes):',
    '',
    '- Yes and no of a device are `true`, `"on"`, `"open"`, 1 and their opposites, in any case; sensors know more words (below). Numbers may be text; units are known in any case.',
    '- `null`, an empty text, `nan`, `unknown` and `None` say nothing and change nothing; if a value has several names, the next one counts.',
    '- A field that makes no sense is left out, and the rest is taken. It is counted (`aurion_mqtt_fields_left_out_total{reason}`), and told in the log once an hour a topic and field.',
    '- A sensor that says how its battery is, and no value, is there: its battery is taken, its value stays as it was.',
    '- A message in which nothing is understood is refused. So is one that is too large or no JSON object. A byte order mark before it and NULs behind it do no harm, nor do `NaN`, `nan` and `inf` as programs print them; a name that is there twice counts as it is said last.',
    '- A field whose name is forbidden (`__proto__`, `a.b`, `$set`), or that holds such a name, costs a message over MQTT or in a flow only this field. REST refuses its request (400): there somebody can mend it.',
    '- What a message that has just come says is shown, and rules and alerts see it, whatever its `timestamp`: that only orders history. What the broker remembers (retained), or what was heard before and is sent again, is no such word.',
    `- A copy has no effect. But a clock that begins at the same time at each start says the same times again: what a sensor that says yes or no says a second time, and is not shown, is shown, and history has it once. Within ${NETWORK_COPY_WITHIN_MS / 1000} s of the first it is the network’s copy; and a \`false\` whose time is before that of the \`true\` that is shown ends no alarm.`,
    '- Of what a sensor says with the same `timestamp` and without `seq`, nobody knows what came first: history has it in the order of the texts, whatever is shown. A `seq` orders it.',
    '- Numbers are rounded to what such a device can know: temperature and humidity to hundredths, power to milliwatts; other numbers lose the noise behind their twelfth digit.',
    '',
    table(['Of', 'Said', 'Taken'], rows),
    '',
    ...sensorNames(),
    '',
    'Reasons a field is left out for:',
    '',
    table(
      ['Reason', 'Meaning'],
      Object.entries(REASONS).map(([reason, meaning]) => [code(reason), meaning]),
    ),
  ].join('\n');
}

/** Under which names, and by which words, each type of sensor is understood. */
function sensorNames(): string[] {
  const list = (names: readonly string[]) => names.map((name) => code(name)).join(', ');
  const rows = Object.entries(SENSOR_KINDS).map(([type, kind]) => [
    code(type),
    list(['value', ...kind.fields]),
    list(kind.opposites),
    list(kind.relatives),
    list(kind.fallBacks),
    list(kind.amounts),
    [list(kind.words.yes), list(kind.words.no)].filter(Boolean).join(' / '),
  ]);
  const general = wordsOf({ yes: [], no: [] });
  return [
    'Names and words of sensors:',
    '',
    table(
      ['Type', 'Names', 'Opposite', 'Yes of', 'Fall-back', 'No 1 and 0', 'Words of its own'],
      rows,
    ),
    '',
    '- Names are known in any spelling: `Smoke`, `waterLeak`, `WATER_LEAK`. Of a number the first name counts that says something understood.',
    '- Of what notices, any yes counts, whatever the other names say: a no beside it is left out as `contradicted`. A yes of what else such a detector may notice (_Yes of_) is its own; a no of that says nothing.',
    `- Yes is ${list(general.yes)} or 1; no is ${list(general.no)}, 0, or \`not\` before such a word (\`not detected\`); in any case. Other words, \`none\` among them, are left out.`,
    `- Under an _opposite_ name true and false, on and off, 1 and 0 are turned round: \`{"contact":"ON"}\` is a closed door, \`{"contact":"OFF"}\` an open one. \`open\` and \`closed\` mean what they say there, and the other words are left out.`,
    `- A _fall-back_ is heard if it holds such a word, but not ${list([...AMBIGUOUS_WORDS.yes, ...AMBIGUOUS_WORDS.no])}, which may be about the device. Beside a name of its own it can only say yes, and not by true, on, yes or 1.`,
    '- A temperature is in the unit that `unit`, `temperature_unit`, `units` or `scale` beside it names, or that stands behind the number in one text: `"70 °F"`. Of temperature, humidity and battery a decimal comma (`"21,5"`) and `%` are understood; `"1,234"` could be two numbers, and is left out.',
  ];
}

function read(type: SensorType, said: object) {
  return readSensorMessage(type, { ...said }, ARRIVED_AT);
}

function outcome(understand: () => { taken: object; leftOut: readonly LeftOut[] }): string {
  try {
    const { taken, leftOut } = understand();
    const left = leftOut.map(({ field, reason }) => `${code(field)} (${reason})`);
    return [code(JSON.stringify(taken)), left.length > 0 ? `without ${left.join(', ')}` : '']
      .filter(Boolean)
      .join(' ');
  } catch (error) {
    if (!(error instanceof RefusedMessage)) throw error;
    return `refused: ${error.message}`;
  }
}
