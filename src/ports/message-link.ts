import type { DropReason } from '../domain/intake/drop-reason';

/** The home's connection to its MQTT broker. */
export interface MessageLink {
  /** True while messages go out and come in. */
  readonly connected: boolean;
  /** How many messages were handed in that the broker does not have yet. */
  readonly waiting: number;
  /**
   * Hands a message to the broker; resolves when the broker has it.
   * @throws BROKER_UNAVAILABLE at once while there is no connection, when too much waits, or for a
   * topic that is none (empty, over 256 bytes, with `+`, `#` or NUL)
   */
  publish(topic: string, payload: string, options?: PublishOptions): Promise<void>;
  /**
   * Called for each message on a topic the link listens to, one after the other, before the sender is
   * told that it arrived. A listener that throws leaves it untold: the sender will try again.
   */
  onMessage(listener: (message: Message) => void): void;
  /** Called with the reason for each message that came in and was dropped by the link itself, if it drops any. */
  onDropped?(listener: (reason: DropReason) => void): void;
  /** Called on each change of `connected`. */
  onConnection(listener: (connected: boolean) => void): void;
  /** Begins. @throws BROKER_UNAVAILABLE, whose cause says why, where trying again by itself is not in the link */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface PublishOptions {
  /** Default 1. */
  readonly qos?: 0 | 1;
  /** Default false. */
  readonly retain?: boolean;
  /** Milliseconds since 1970 from which on nobody must be handed the message any more. */
  readonly expiresAt?: number;
}

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  /** The broker's memory of an earlier message, sent on connecting: state, never an event. */
  readonly retained: boolean;
  /** It was heard before and is sent again; `perhaps`: if it was, then by an earlier run. */
  readonly duplicate: boolean | 'perhaps';
}
