import { portVerdict } from './adapters/broker/port-verdict';
import { tryBroker as tryOutsideBroker } from './adapters/mqtt/broker-trial';
import type { HomeSettings } from './contract/home-settings';
import type { Text } from './contract/language';
import { together, type Verdict } from './contract/verdict';

export interface TryBrokerOptions {
  readonly settings: Pick<
    HomeSettings,
    'key' | 'topicPrefix' | 'mqttUrl' | 'mqttHost' | 'mqttPort' | 'mqttWsPort'
  >;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The key of the home in this process whose broker listens on a port; null: none does. */
  readonly holderOf: (port: number) => string | null;
}

/** Whether a home with these settings would have a broker. Nothing is kept, and no text holds a secret. Answers within 10 s. */
export async function tryBroker(options: TryBrokerOptions): Promise<Verdict> {
  const { settings, username, password, holderOf } = options;
  const { key, topicPrefix: prefix, mqttUrl: url, mqttHost, mqttPort, mqttWsPort } = settings;
  if (url !== null) return tryOutsideBroker({ url, username, password, prefix });
  const at = async (port: number): Promise<Verdict> => {
    const holder = port === 0 ? null : holderOf(port);
    return holder === null ? portVerdict(mqttHost, port) : heldVerdict(port, holder, key);
  };
  if (mqttPort !== 0 && mqttPort === mqttWsPort) return SAME_PORT;
  return together(await at(mqttPort), await at(mqttWsPort));
}

const SAME_PORT: Verdict = {
  outcome: 'bad',
  code: 'same-port',
  text: {
    fr: 'MQTT et MQTT par WebSocket ne peuvent pas partager le même port.',
    en: "MQTT and MQTT over WebSocket can't share a port.",
  },
};

function heldVerdict(port: number, holder: string, key: string): Verdict {
  if (holder === key) {
    const text: Text = {
      fr: `Le broker de cette maison écoute déjà sur le port ${port}.`,
      en: `This home's broker listens on port ${port} already.`,
    };
    return { outcome: 'good', code: 'ours', text };
  }
  const text: Text = {
    fr: `Le port ${port} est celui de la maison « ${holder} » de ce Node-RED : prenez-en un autre.`,
    en: `Port ${port} belongs to the home "${holder}" of this Node-RED: take another one.`,
  };
  return { outcome: 'bad', code: 'taken', text };
}
