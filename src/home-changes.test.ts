import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { TestHome } from '../test/support/test-home';
import { INSIDE } from './contract/operation';

describe('what a home tells of its changes', () => {
  let test: TestHome;
  let aspects: string[];
  beforeEach(async () => {
    test = await TestHome.open({ demo: '1' });
    aspects = [];
    test.home.onChange((aspect) => aspects.push(aspect));
  });
  afterEach(() => test.remove());

  /** The aspects an operation changes. */
  async function changedBy(operation: string, input: object): Promise<string[]> {
    aspects.length = 0;
    const actor = { kind: 'flow', nodeId: 'n', role: 'admin' } as const;
    await test.home.run(operation, input, { actor, requestId: 'r', origin: INSIDE });
    return [...new Set(aspects)].sort();
  }

  it('is what may look different, not what somebody only looked at', async () => {
    assert.deepEqual(await changedBy('devices.list', {}), []);
    assert.deepEqual(await changedBy('devices.command', { id: 1, status: false }), [
      'devices',
      'discovered',
    ]);
    assert.deepEqual(await changedBy('sensors.report', { id: 2, smoke: true }), [
      'alerts',
      'discovered',
      'sensors',
    ]);
    const threshold = await changedBy('energy.alert-threshold', { threshold: 6 });
    assert.ok(threshold.includes('energy'));
  });

  it('is its health too, and ends when nobody wants to hear it', () => {
    aspects.length = 0;
    test.home.setLiveOpen(true);
    assert.deepEqual(aspects, ['health']);
    const heard: string[] = [];
    test.home.onChange((aspect) => heard.push(aspect))();
    test.home.setLiveOpen(false);
    assert.deepEqual(heard, []);
  });
});
