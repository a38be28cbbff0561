import type { Value } from '../contract/value';

/** Hands a notification to a program somewhere: a webhook, an SMS gateway. */
export interface Webhook {
  /** True for an address that is never called: this machine or a private network, and not allowed. */
  refuses(url: string): boolean;
  /**
   * Posts a body as JSON; resolves when it was answered with 2xx.
   * @throws ADDRESS_FORBIDDEN for an address in a private network that is not allowed by name, Error
   * saying what else went wrong, within ten seconds
   */
  post(url: string, body: Value): Promise<void>;
}
