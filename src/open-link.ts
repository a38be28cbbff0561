import { EmbeddedBroker } from './adapters/broker/embedded-broker';
import { createMqttLink } from './adapters/mqtt/mqtt-link';
import { createMqttPeers } from './adapters/mqtt/mqtt-peers';
import type { HomeSettings } from './contract/home-settings';
import { homeTopic } from './contract/topics';
import type { BrokerAccess } from './ports/broker-access';
import type { Clock } from './ports/clock';
import type { Logger } from './ports/logger';
import type { MessageLink } from './ports/message-link';
import { ALONE, type Peers } from './ports/peers';

export interface OpenLinkOptions {
  readonly settings: HomeSettings;
  readonly username: string;
  readonly password: string;
  readonly access: BrokerAccess;
  /** What the home listens to. */
  readonly topics: readonly string[];
  /** Names this process among those that share the home's store; null: there are no others. */
  readonly processName: string | null;
  /** What those processes share and nobody else has. */
  readonly secret: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The home's link to its broker, the embedded one or one outside, and to its other processes. Those
 * meet at an outside broker only. Nothing is connected yet.
 */
export function openLink(options: OpenLinkOptions): { link: MessageLink; peers: Peers } {
  const { settings, username, password, access, clock, logger, processName } = options;
  const { key, mqttUrl, mqttHost: host, mqttPort: port, mqttWsPort: wsPort } = settings;
  const { topicPrefix: prefix } = settings;
  if (mqttUrl === null) {
    const { trustProxy } = settings;
    const link = new EmbeddedBroker({
      ...{ host, port, wsPort, prefix, trustProxy, access, clock, logger },
    });
    return { link, peers: ALONE };
  }
  const clientId = ['aurion', key, ...(processName === null ? [] : [processName])].join('-');
  const statusTopic = homeTopic(prefix, 'status');
  const topic = homeTopic(prefix, 'peers');
  const topics = processName === null ? options.topics : [...options.topics, topic];
  const link = createMqttLink({
    ...{ url: mqttUrl, username, password, clientId, topics, statusTopic, clock, logger },
  });
  if (processName === null) return { link, peers: ALONE };
  return createMqttPeers({ link, topic, secret: options.secret, logger });
}
