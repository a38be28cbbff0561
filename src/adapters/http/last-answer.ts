import type { IncomingMessage, ServerResponse } from 'node:http';
import { AurionError } from '../../contract/errors';
import type { Language } from '../../contract/language';
import type { Origin } from '../../contract/operation';
import type { Logger } from '../../ports/logger';
import { HttpExchange } from './http-exchange';
import { answerWithoutHome } from './without-home';

/** No operation is asked for: it does not matter where from. */
const NOWHERE: Origin = { loopback: false, address: null };

/** Where the default start's home has its pages, as long as no flow says otherwise. */
const BASE_PATH = '/api';

/** Answers what nobody else on a server did, or what failed before it came to anybody. */
export interface LastAnswer {
  answer(req: IncomingMessage, res: ServerResponse, error?: unknown): void;
}

/**
 * The end of a server's middleware: JSON errors as the API gives them, instead of Express' pages, whose
 * errors show a stack (S19).
 * @param language where a request prefers none
 * @param areFlowsThere false while flows are still to come: what nobody answers then is 503, for what
 *   is missing may be there in a moment
 */
export function createLastAnswer(
  logger: Logger,
  language: Language,
  areFlowsThere: () => boolean = () => true,
): LastAnswer {
  return {
    answer(req, res, error) {
      if (res.headersSent) {
        // Half an answer must not pass for a whole one.
        if (!res.writableEnded) res.destroy();
        return;
      }
      const exchange = new HttpExchange('', null, NOWHERE, req, res, () => language);
      if (!error && !areFlowsThere()) {
        const [path = ''] = (req.url ?? '').split('?', 1);
        answerWithoutHome(
          exchange,
          path.startsWith(BASE_PATH) ? path.slice(BASE_PATH.length) : '',
          'starting',
        );
        return;
      }
      const reason = reasonFor(error);
      if (reason.code === 'INTERNAL_ERROR') {
        const { requestId } = exchange;
        const stack = error instanceof Error ? (error.stack ?? null) : null;
        logger.error(`Request ${requestId} failed inside: ${String(error)}`, { requestId, stack });
      }
      exchange.fail(reason);
    },
  };
}

/** Express marks what is wrong with a request by its status. */
function reasonFor(error: unknown): AurionError {
  if (error === undefined || error === null) return new AurionError('PATH_UNKNOWN');
  const { status } = error as { status?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) {
    return new AurionError('INTERNAL_ERROR', { cause: error });
  }
  return new AurionError('INPUT_INVALID', {
    params: { problem: { fr: 'requête illisible', en: 'unreadable request' } },
  });
}
