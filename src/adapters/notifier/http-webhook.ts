import type { Webhook } from '../../ports/webhook';
import {
  guardedPost,
  isForbidden,
  type GuardedRequestOptions,
} from '../http-client/guarded-request';

export interface WebhookOptions extends Pick<GuardedRequestOptions, 'resolve'> {
  /** Host names and addresses that may lie in private networks. */
  readonly allowedHosts: readonly string[];
  /** Tests take less. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** Posts JSON to addresses that people typed in, as guarded as `guardedRequest` says (QUALITY S23). */
export function createHttpWebhook(options: WebhookOptions): Webhook {
  const { timeoutMs = TIMEOUT_MS, ...rest } = options;
  const allowedHosts = options.allowedHosts.map((host) => host.toLowerCase());
  return {
    refuses: (address) => isForbidden(address, allowedHosts),
    post: (address, body) =>
      guardedPost(address, { ...rest, timeoutMs, allowedHosts, body: JSON.stringify(body) }),
  };
}
