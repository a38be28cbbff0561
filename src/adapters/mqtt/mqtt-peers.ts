import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { peerMessage } from '../../contract/messages';
import type { Logger } from '../../ports/logger';
import type { Message, MessageLink } from '../../ports/message-link';
import type { PeerMessage, Peers } from '../../ports/peers';

const KNOWN_MAX = 10_000;

export interface MqttPeersOptions {
  readonly link: MessageLink;
  /** The one topic all processes of the home speak and listen on; the link must listen to it. */
  readonly topic: string;
  /** What the processes of the home share and nobody else has. */
  readonly secret: string;
  readonly logger: Logger;
}

/**
 * Lets the processes of a home talk over their broker. Others who may publish on the topic are not
 * believed: each message is signed. The link handed out is the one given, without those messages.
 */
export function createMqttPeers(options: MqttPeersOptions): { peers: Peers; link: MessageLink } {
  const { link, topic, secret, logger } = options;
  const self = randomUUID();
  const listeners: ((message: PeerMessage) => void)[] = [];
  const gapListeners: (() => void)[] = [];
  const homeListeners: ((message: Message) => void)[] = [];
  /** A broker hands a message out at least once. */
  const known = new Set<string>();
  let isOthersGap = false;

  const macOf = (from: string, id: string, body: string) =>
    createHmac('sha256', `aurion.peers ${secret}`)
      .update(JSON.stringify([from, id, body]))
      .digest('hex');

  function read(payload: Buffer): PeerMessage | null {
    const { from, id, body, mac } = peerMessage.parse(JSON.parse(payload.toString()));
    if (from === self || known.has(id)) return null;
    const right = Buffer.from(macOf(from, id, body));
    const given = Buffer.from(mac);
    if (right.length !== given.length || !timingSafeEqual(right, given)) {
      throw new Error('its signature is not that of a process of this home');
    }
    if (known.size >= KNOWN_MAX) known.clear();
    known.add(id);
    return JSON.parse(body) as PeerMessage;
  }

  link.onMessage((message) => {
    if (message.topic !== topic) {
      for (const listener of homeListeners) listener(message);
      return;
    }
    try {
      const said = read(message.payload);
      if (said?.kind === 'gap') gap();
      else if (said) for (const listener of listeners) listener(said);
    } catch (error) {
      // Sent again it would be no better.
      logger.warn(`Message on ${topic} refused: ${String(error)}`);
    }
  });
  link.onConnection((connected) => {
    if (!connected) return;
    // The first time too: others may have said something since the store was read.
    gap();
    if (isOthersGap) tell({ kind: 'gap' });
  });

  function gap(): void {
    for (const listener of gapListeners) listener();
  }

  function tell(message: PeerMessage): void {
    const id = randomUUID();
    const body = JSON.stringify(message);
    const mac = macOf(self, id, body);
    link.publish(topic, JSON.stringify({ from: self, id, body, mac })).then(
      () => {
        if (message.kind === 'gap') isOthersGap = false;
      },
      () => {
        // Told when the broker is there again.
        isOthersGap = true;
      },
    );
  }

  const peers: Peers = {
    tell,
    onMessage: (listener) => void listeners.push(listener),
    onGap: (listener) => void gapListeners.push(listener),
  };
  return {
    peers,
    link: {
      get connected() {
        return link.connected;
      },
      get waiting() {
        return link.waiting;
      },
      publish: (...message) => link.publish(...message),
      onMessage: (listener) => void homeListeners.push(listener),
      onConnection: (listener) => link.onConnection(listener),
      start: () => link.start(),
      close: () => link.close(),
    },
  };
}
