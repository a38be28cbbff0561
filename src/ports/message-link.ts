/** The home's connection to its MQTT broker. */
export interface MessageLink {
  readonly connected: boolean;
  /**
   * Hands a message to the broker; resolves when the broker has it.
   * @throws BROKER_UNAVAILABLE at once while there is no connection
   */
  publish(topic: string, payload: string, options?: PublishOptions): Promise<void>;
  /** Called for each message on a topic the link was opened for, one after the other, and must not throw. */
  onMessage(listener: (message: Message) => void): void;
  close(): Promise<void>;
}

export interface PublishOptions {
  readonly qos?: 0 | 1;
  readonly retain?: boolean;
}

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  /** The broker's memory of an earlier message, sent on connecting: state, never an event. */
  readonly retained: boolean;
}
