import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'mocha';
import { memoryLogger } from '../../../test/support/test-store';
import { createLastAnswer } from './last-answer';

describe('the end of a server', () => {
  /** What a request is answered that ended with `error`. */
  async function answerTo(error: unknown, language = '') {
    const logger = memoryLogger();
    const last = createLastAnswer(logger, 'fr');
    const server = createServer((req, res) => last.answer(req, res, error)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const response = await fetch(`http://127.0.0.1:${port}/x`, {
        headers: { 'accept-language': language },
      });
      const body = (await response.json()) as Record<string, string>;
      return { status: response.status, body, lines: logger.lines };
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('is 404 in JSON, in the language of the request', async () => {
    const { status, body, lines } = await answerTo(undefined, 'en');
    assert.deepEqual([status, body['code'], lines], [404, 'PATH_UNKNOWN', []]);
    assert.equal(body['message'], 'Nothing is at this address');
  });

  it('S19: an error is 500 with a request id and no more; the log has its stack', async () => {
    const { status, body, lines } = await answerTo(new Error('/home/ama/secret.js broke'));
    assert.deepEqual(
      [status, body['code'], body['message']],
      [500, 'INTERNAL_ERROR', 'Erreur interne'],
    );
    assert.ok(!JSON.stringify(body).includes('ama'));
    assert.match(lines.join(), new RegExp(`${body['requestId'] ?? ''} failed inside.*stack=`, 's'));
  });

  it('a request that can’t be read is the caller’s fault', async () => {
    const { status, body } = await answerTo(Object.assign(new URIError('x'), { status: 400 }));
    assert.deepEqual([status, body['code']], [400, 'INPUT_INVALID']);
  });
});
