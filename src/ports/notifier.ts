/** A text for one person. */
export interface NotifierMessage {
  /** An e-mail address. */
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

/** Brings messages to people who do not look at a page: by mail. */
export interface Notifier {
  /**
   * Resolves when the message is on its way: the next server has taken it.
   * @throws Error saying why it was not, within half a minute; it names no password
   */
  send(message: NotifierMessage): Promise<void>;
}
