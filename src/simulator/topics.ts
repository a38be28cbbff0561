import { createTopics, type DeviceTopicKind } from '../contract/topics';

/** The topics that a house speaks and listens on. */
export interface HouseTopics {
  device(id: string, kind: DeviceTopicKind): string;
  /** Commands to every device. */
  readonly commands: string;
  /** Whom a topic commands, or null for any other topic. */
  commanded(topic: string): string | null;
  sensor(id: string): string;
  meter(id: string): string;
}

/** @param prefix as Aurion's home has it, `aurion` by default */
export function createHouseTopics(prefix: string): HouseTopics {
  const topics = createTopics(prefix);
  return {
    device: (id, kind) => topics.device(id, kind),
    commands: topics.device('+', 'command'),
    commanded(topic) {
      const device = topics.parseDevice(topic);
      return device?.kind === 'command' ? device.id : null;
    },
    sensor: (id) => topics.sensor(id),
    meter: (id) => `${prefix}/energy/${id}/data`,
  };
}
