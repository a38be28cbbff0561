import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Device } from '../../src/contract/device';
import { AurionProcess } from '../support/aurion-process';
import { Lamp } from '../support/lamp';

describe('an Idempotency-Key and a process that is killed', () => {
  let aurion: AurionProcess;
  let token: string;
  before(async () => {
    aurion = await AurionProcess.start();
    await aurion.untilReady();
    token = await aurion.register('ama');
  });
  after(() => aurion.remove());

  const toggle = () =>
    aurion.request<Device>('POST', '/devices/1/toggle', {
      token,
      headers: { 'idempotency-key': 'one-tap' },
    });

  it('F3: the same key after kill -9 wants the same again, never a second flip', async () => {
    // It obeys, and the process dies before it hears of it.
    const lamp = await Lamp.plugIn(aurion, 1, () => null);
    await lamp.report({ status: false });
    const commanded = new Promise((resolve) => lamp.client.once('message', resolve));
    const cut = assert.rejects(toggle());
    await commanded;
    await aurion.stop('SIGKILL');
    await cut;
    await lamp.unplug();
    await aurion.launch();
    await aurion.untilReady();
    const again = await Lamp.plugIn(aurion, 1);
    await again.report({ status: true });
    const { status, body } = await toggle();
    assert.deepEqual([status, body.status], [200, true]);
    assert.deepEqual((await toggle()).body, body);
    assert.deepEqual(
      [...lamp.commands, ...again.commands].map((command) => command.status),
      [true, true],
    );
  });
});
