import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { AuditEntry } from '../../src/contract/audit';
import type { Schedule } from '../../src/contract/schedule';
import { AurionProcess } from '../../test/support/aurion-process';

describe('the schedules in the device’s dialog', () => {
  let aurion: AurionProcess;
  before(async () => {
    aurion = await AurionProcess.start();
  });
  after(() => aurion.remove());

  const HOME = '/aurion/homes/home';
  const daily = { type: 'daily', time: '18:00', action: 'on' };

  it('S26: no stranger sees or changes them', async () => {
    const paths = [
      ['GET', '/devices/1/schedules'],
      ['POST', '/devices/1/schedules'],
      ['DELETE', '/schedules/1'],
    ] as const;
    for (const [method, path] of paths) {
      const url = `http://127.0.0.1:${aurion.port}/admin${HOME}${path}`;
      assert.equal((await fetch(url, { method })).status, 401, path);
    }
  });

  it('are shown, added and deleted at once, by somebody the audit names', async () => {
    const path = `${HOME}/devices/1/schedules`;
    assert.equal((await aurion.admin('POST', path, daily)).status, 200);
    const list = async () => (await (await aurion.admin('GET', path)).json()) as Schedule[];
    assert.deepEqual(
      (await list()).map(({ id, time }) => [id, time]),
      [[1, '18:00']],
    );
    assert.equal((await aurion.admin('DELETE', `${HOME}/schedules/1`)).status, 200);
    assert.deepEqual(await list(), []);
    const token = await aurion.register('ama');
    const { body } = await aurion.request<AuditEntry[]>('GET', '/audit', { token });
    assert.deepEqual(
      body
        .filter(({ actor }) => actor === 'editor:admin')
        .map(({ action, target }) => `${action} ${target}`),
      ['schedules.delete schedule:1', 'schedules.create device:1 schedule:1'],
    );
  });

  it('say what is wrong, in the language of the reader', async () => {
    const post = async (language: string, path: string, body: object) => {
      const answer = await aurion.admin('POST', path, body, { 'accept-language': language });
      return [answer.status, ((await answer.json()) as { message: string }).message];
    };
    const weekly = { ...daily, type: 'weekly' };
    const path = `${HOME}/devices/1/schedules`;
    assert.deepEqual(await post('fr', path, weekly), [
      400,
      'Programmation refusée : choisissez au moins un jour (0 = lundi … 6 = dimanche)',
    ]);
    assert.deepEqual(await post('en', `${HOME}/devices/99/schedules`, daily), [
      404,
      'Device not found',
    ]);
    const elsewhere = await aurion.admin('GET', '/aurion/homes/attic/devices/1/schedules');
    assert.equal(elsewhere.status, 404);
  });
});
