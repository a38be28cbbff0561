import type { NodeAPI } from 'node-red';
import type { Exchange } from '../../src/adapters/exchange';
import { AurionError, isErrorCode } from '../../src/contract/errors';
import { payloadToSend } from '../runtime/payload';
import { reveal } from '../runtime/secrets';
import { registerNode, type AurionMessage, type Passage } from '../runtime/shell';

/** Answers a request: with what its wire brings, or with the error a Catch node caught. */
export = function (RED: NodeAPI): void {
  registerNode(RED, 'aurion-response', (node, _config, _residence, show) => {
    let answers = 0;

    function onMessage({ message, exchange }: Passage): void {
      if (!exchange) throw new Error(RED._('aurion-response.error.no-request'));
      if (exchange.gone) return;
      const sent = message.error
        ? exchange.fail(errorOf(message, exchange))
        : exchange.succeed(reveal(payloadToSend(message), exchange.hidden), statusOf(message));
      if (!sent) {
        node.warn(RED._('aurion-response.error.answered-twice'));
        return;
      }
      answers += 1;
      const { status } = exchange;
      show(() => {
        const params = { count: String(answers), status: String(status) };
        const text = RED._('aurion-response.status.answers', params);
        return { fill: Number(status) < 400 ? 'green' : 'yellow', shape: 'dot', text };
      });
    }
    return { onMessage };
  });
};

/** An integrator's own `msg.statusCode` counts, as at Node-RED's `http response`. */
function statusOf({ statusCode }: AurionMessage): number | undefined {
  const status = Number(statusCode);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

/** The error as it was thrown, which carries more than its code, if the message still speaks of it. */
function errorOf({ error }: AurionMessage, exchange: Exchange): AurionError {
  const code = error?.code;
  if (exchange.error && exchange.error.code === code) return exchange.error;
  return new AurionError(isErrorCode(code) ? code : 'INTERNAL_ERROR');
}
