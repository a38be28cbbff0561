import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { takeUndeclared } from '../../test/support/declared-errors';
import { AurionError } from '../contract/errors';
import { INSIDE } from '../contract/operation';
import type { Services } from '../services/services';
import { createRunner } from './runner';

/** Services of which one fails with this. */
function failing(code: 'WEATHER_UNAVAILABLE' | 'ALERT_NOT_FOUND', inTime: boolean): Services {
  const fail = () => {
    if (inTime) throw new AurionError(code);
    return Promise.reject(new AurionError(code));
  };
  return { weather: { current: fail } } as unknown as Services;
}

describe('the runner of operations', () => {
  const actor = { kind: 'flow', nodeId: 'n', role: 'admin' } as const;
  const call = { actor, requestId: 'r', origin: INSIDE };

  for (const inTime of [true, false]) {
    const when = inTime ? 'at once' : 'later';
    it(`passes on what an operation fails with ${when}; what is not declared fails the test`, async () => {
      const runBy = (code: Parameters<typeof failing>[0]) =>
        createRunner(failing(code, inTime), 'fr')('weather.get', {}, call);
      await assert.rejects(runBy('WEATHER_UNAVAILABLE'), { code: 'WEATHER_UNAVAILABLE' });
      assert.deepEqual(takeUndeclared(), []);
      await assert.rejects(runBy('ALERT_NOT_FOUND'), { code: 'ALERT_NOT_FOUND' });
      assert.deepEqual(takeUndeclared(), ['weather.get: ALERT_NOT_FOUND']);
    });
  }
});
