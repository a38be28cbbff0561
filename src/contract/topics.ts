/** The MQTT topics of a home, built and read in one place. */
export type DeviceTopicKind = 'command' | 'status' | 'availability';

/** What may stand for a device in a topic: its id or its key. */
export const TOPIC_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A prefix: one or more levels of plain characters. */
export const TOPIC_PREFIX = /^[A-Za-z0-9_-]{1,32}(\/[A-Za-z0-9_-]{1,32}){0,3}$/;

export interface Topics {
  device(id: string, kind: DeviceTopicKind): string;
  /** Where a sensor says what it senses. */
  sensor(id: string): string;
  alert(id: number): string;
  /** What Aurion listens to. */
  readonly incoming: readonly string[];
  /** Which device a topic speaks of, or null for a topic that is none of a device's. */
  parseDevice(topic: string): { readonly id: string; readonly kind: DeviceTopicKind } | null;
  /** The id or key of the sensor that a data topic is of, or null for any other topic. */
  parseSensor(topic: string): string | null;
}

/** @param prefix checked against `TOPIC_PREFIX` by whoever takes it from a setting */
export function createTopics(prefix: string): Topics {
  const devices = `${prefix}/devices/`;
  const sensors = `${prefix}/sensors/`;
  return {
    device: (id, kind) => `${devices}${id}/${kind}`,
    sensor: (id) => `${sensors}${id}/data`,
    alert: (id) => `${prefix}/alerts/${id}`,
    incoming: [`${devices}+/status`, `${devices}+/availability`, `${sensors}+/data`],
    parseDevice(topic) {
      if (!topic.startsWith(devices)) return null;
      const [id = '', kind = '', ...rest] = topic.slice(devices.length).split('/');
      if (rest.length > 0 || !TOPIC_ID.test(id)) return null;
      return kind === 'command' || kind === 'status' || kind === 'availability'
        ? { id, kind }
        : null;
    },
    parseSensor(topic) {
      if (!topic.startsWith(sensors)) return null;
      const [id = '', kind, ...rest] = topic.slice(sensors.length).split('/');
      return rest.length === 0 && kind === 'data' && TOPIC_ID.test(id) ? id : null;
    },
  };
}
