import { AurionError } from '../../contract/errors';
import type { Exchange } from '../exchange';

const RETRY_AFTER_S = { starting: 1, refused: 5 } as const;

/**
 * Answers a request to a home that is not there: a balancer that asks must not take a 404 for an answer.
 * @param path below the base path
 * @param why `starting` if flows are still to come, `refused` if its settings can't be
 */
export function answerWithoutHome(
  exchange: Exchange,
  path: string,
  why: keyof typeof RETRY_AFTER_S,
): void {
  const retryAfterS = RETRY_AFTER_S[why];
  if (path === '/health/live') exchange.succeed({ status: 'ok' });
  else if (path === '/health/ready') exchange.succeed({ status: 'unavailable' }, 503, retryAfterS);
  else {
    const code = why === 'starting' ? 'SERVICE_RESTARTING' : 'SERVICE_UNAVAILABLE';
    exchange.fail(new AurionError(code, { retryAfterS }));
  }
}
