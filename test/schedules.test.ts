import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { AwayMode } from '../src/contract/away';
import type { Schedule } from '../src/contract/schedule';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { Lamp } from './support/lamp';

const EXAMPLES = join(__dirname, '..', 'examples');

/** An example beside the full backend, which brings the home. */
function example(name: string): FlowNode[] {
  const nodes = JSON.parse(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8')) as FlowNode[];
  return nodes.filter(({ type }) => type !== 'aurion-home');
}

describe('schedules and away mode in a running Node-RED', () => {
  let aurion: AurionProcess;
  let token: string;
  before(async () => {
    const flows = [...fullBackend(), ...example('sunset-lights'), ...example('holiday')];
    aurion = await AurionProcess.start({ flows, env: { AURION_TZ: 'Africa/Lome' } });
    token = await aurion.register('ama');
  });
  after(() => aurion.remove());

  const press = async (id: string) => {
    assert.equal((await aurion.admin('POST', `/inject/${id}`)).status, 200);
  };

  /** Asks until the answer is as wanted. */
  async function eventually<T>(path: string, isWanted: (body: T) => boolean): Promise<T> {
    for (;;) {
      const { body } = await aurion.request<T>('GET', path, { token });
      if (isWanted(body)) return body;
    }
  }

  it('sunset-lights makes two schedules', async () => {
    await press('sunset-once');
    const made = await eventually<Schedule[]>('/devices/1/schedules', ({ length }) => length === 2);
    assert.deepEqual(made.map(({ type, action, time }) => [type, action, time.length]).sort(), [
      ['daily', 'off', 5],
      ['sun', 'on', 5],
    ]);
  });

  it('holiday arms the house, and what hangs on it happens', async () => {
    const body = { awayDelayS: 1 };
    const { status } = await aurion.request('PUT', '/settings', { token, body });
    assert.equal(status, 200);
    const climate = await Lamp.plugIn(aurion, 2);
    await climate.report({ status: true });
    await eventually<{ status: boolean }>('/devices/2', (device) => device.status);
    await press('holiday-leave');
    await eventually<AwayMode>('/devices/away-mode', ({ armed }) => armed);
    await eventually<{ status: boolean }>('/devices/2', (device) => !device.status);
    assert.equal(climate.commands.length, 1);
    await press('holiday-return');
    await eventually<AwayMode>('/devices/away-mode', ({ enabled }) => !enabled);
  });
});
