import type { z } from 'zod';
import { alert } from './alert';
import { TOPIC_NAME_MAX } from './fields';
import { consumption } from './energy';
import {
  commandMessage,
  meterMessage,
  peerMessage,
  reachability,
  sensorMessage,
  statusMessage,
} from './messages';
import { printable } from './safe-input';

/** What may stand for a device in a topic: its id or its key. */
export const TOPIC_ID = /^[A-Za-z0-9_-]{1,64}$/;

const ID_IN_TOPIC = /^[1-9]\d{0,14}$/;

/** The id that a name in a topic is, as it is written: `1`, and not `01`, `1e0` or `0x1`; null for any other name. */
export function idInTopic(name: string): number | null {
  return ID_IN_TOPIC.test(name) ? Number(name) : null;
}

/** A prefix: one or more levels of plain characters. */
export const TOPIC_PREFIX = /^[A-Za-z0-9_-]{1,32}(\/[A-Za-z0-9_-]{1,32}){0,3}$/;

/** One kind of topic: who says what there. */
export interface TopicDeclaration {
  readonly publisher: 'Aurion' | 'device' | 'sensor' | 'meter';
  /** As JSON; a text as plain text. */
  readonly payload: z.ZodType;
  readonly qos: 0 | 1;
  readonly retain: 'never' | 'always' | 'may be';
  readonly about: string;
}

/** The topics of a device, below `<prefix>/devices/{id}/`. */
export const DEVICE_TOPICS = {
  command: {
    publisher: 'Aurion',
    payload: commandMessage,
    qos: 1,
    retain: 'never',
    about: 'What the device is to become. Published under its key where it has one, else its id.',
  },
  status: {
    publisher: 'device',
    payload: statusMessage,
    qos: 1,
    retain: 'may be',
    about: 'How the device is: on each change, and as its answer to a command.',
  },
  availability: {
    publisher: 'device',
    payload: reachability,
    qos: 1,
    retain: 'always',
    about:
      'Whether the device can be reached; `offline` also as its last will. Empty, it takes back all that it said of itself: whoever spoke for it is gone for good, and it takes commands like one that never reported, until it reports again.',
  },
} as const satisfies Readonly<Record<string, TopicDeclaration>>;

/** The topics of a sensor, below `<prefix>/sensors/{id}/`. */
export const SENSOR_TOPICS = {
  data: {
    publisher: 'sensor',
    payload: sensorMessage,
    qos: 1,
    retain: 'may be',
    about: 'What it senses: on each change, and now and then so that it is known to be there.',
  },
} as const satisfies Readonly<Record<string, TopicDeclaration>>;

/** The topics of alerts, `<prefix>/alerts/{id}`, by the alert's id. */
export const ALERT_TOPIC: TopicDeclaration = {
  publisher: 'Aurion',
  payload: alert,
  qos: 1,
  retain: 'never',
  about: "An alert as it is now: on each change. Its message is in the home's language.",
};

/** The topics of a meter, below `<prefix>/energy/{id}/`. */
export const METER_TOPICS = {
  data: {
    publisher: 'meter',
    payload: meterMessage,
    qos: 1,
    retain: 'never',
    about: 'What it measures. QoS 0 or 1; how it counts is told in energy.md.',
  },
} as const satisfies Readonly<Record<string, TopicDeclaration>>;

/** The topics of the home itself, below `<prefix>/`. */
export const HOME_TOPICS = {
  status: {
    publisher: 'Aurion',
    payload: reachability,
    qos: 1,
    retain: 'always',
    about: 'Whether Aurion is there; `offline` also as its last will.',
  },
  'energy/consumption': {
    publisher: 'Aurion',
    payload: consumption,
    qos: 1,
    retain: 'always',
    about: 'What the home uses now and used today, when it changes, at most every 5 s.',
  },
  peers: {
    publisher: 'Aurion',
    payload: peerMessage,
    qos: 1,
    retain: 'never',
    about:
      'What the processes of one home tell each other, signed; at an outside broker only. Its content is no public API.',
  },
} as const satisfies Readonly<Record<string, TopicDeclaration>>;

export type DeviceTopicKind = keyof typeof DEVICE_TOPICS;

const DEVICE_KINDS = Object.keys(DEVICE_TOPICS) as readonly DeviceTopicKind[];

/** The MQTT topics of a home, built and read in one place. */
export interface Topics {
  device(id: string, kind: DeviceTopicKind): string;
  /** Where a sensor says what it senses. */
  sensor(id: string): string;
  alert(id: number): string;
  /** Where a meter says what it measures. */
  meter(id: string): string;
  /** Where the home says what it uses. */
  readonly consumption: string;
  /** What Aurion listens to. */
  readonly incoming: readonly string[];
  /**
   * Which device a topic speaks of, or null for a topic that is none of a device's. The name is as it
   * was written, of any characters that can be seen: what nobody could have as a key is discovered under it.
   */
  parseDevice(topic: string): { readonly id: string; readonly kind: DeviceTopicKind } | null;
  /** The name of the sensor that a data topic is of, or null for any other topic. */
  parseSensor(topic: string): string | null;
  /** The name of the meter that a data topic is of, or null for any other topic. */
  parseMeter(topic: string): string | null;
}

/** @param prefix checked against `TOPIC_PREFIX` by whoever takes it from a setting */
export function createTopics(prefix: string): Topics {
  const devices = `${prefix}/devices/`;
  const sensors = `${prefix}/sensors/`;
  const meters = `${prefix}/energy/`;
  const spoken = DEVICE_KINDS.filter((kind) => DEVICE_TOPICS[kind].publisher === 'device');
  return {
    device: (id, kind) => `${devices}${id}/${kind}`,
    sensor: (id) => `${sensors}${id}/data`,
    alert: (id) => `${prefix}/alerts/${id}`,
    meter: (id) => `${meters}${id}/data`,
    consumption: homeTopic(prefix, 'energy/consumption'),
    incoming: [
      ...spoken.map((kind) => `${devices}+/${kind}`),
      `${sensors}+/data`,
      `${meters}+/data`,
    ],
    parseDevice(topic) {
      if (!topic.startsWith(devices)) return null;
      const [id = '', level = '', ...rest] = topic.slice(devices.length).split('/');
      if (rest.length > 0 || !isName(id)) return null;
      const kind = DEVICE_KINDS.find((known) => known === level);
      return kind ? { id, kind } : null;
    },
    parseSensor(topic) {
      if (!topic.startsWith(sensors)) return null;
      const [id = '', kind, ...rest] = topic.slice(sensors.length).split('/');
      return rest.length === 0 && kind === 'data' && isName(id) ? id : null;
    },
    parseMeter(topic) {
      if (!topic.startsWith(meters)) return null;
      const [id = '', level, ...rest] = topic.slice(meters.length).split('/');
      return rest.length === 0 && level === 'data' && isName(id) ? id : null;
    },
  };
}

function isName(level: string): boolean {
  return level !== '' && printable(level, TOPIC_NAME_MAX) === level;
}

/** Where a home says whether it is there. */
export function homeTopic(prefix: string, kind: keyof typeof HOME_TOPICS): string {
  return `${prefix}/${kind}`;
}
