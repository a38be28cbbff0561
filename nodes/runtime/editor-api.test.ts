import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { AuditEntry } from '../../src/contract/audit';
import type { Schedule } from '../../src/contract/schedule';
import { OPERATIONS } from '../../src/operations/registry';
import { AurionProcess } from '../../test/support/aurion-process';

/** What dialogs and sidebar ask of a running home. */
describe('the end points of the editor', () => {
  let aurion: AurionProcess;
  before(async () => {
    aurion = await AurionProcess.start();
  });
  after(() => aurion.remove());

  const pathOf = (operation: string, home = 'home') =>
    `/aurion/homes/${home}/operations/${operation}`;
  const daily = { id: 1, type: 'daily', time: '18:00', action: 'on' };

  it('S26: no stranger does any operation by them', async () => {
    for (const { id } of OPERATIONS) {
      const url = `http://127.0.0.1:${aurion.port}/admin${pathOf(id)}`;
      assert.equal((await fetch(url, { method: 'POST' })).status, 401, id);
    }
  });

  it('say which homes there are, and how they are', async () => {
    const [home] = (await (await aurion.admin('GET', '/aurion/homes')).json()) as {
      parts: Record<string, { state: string }>;
    }[];
    const { parts, ...rest } = home!;
    assert.deepEqual(rest, {
      ...{ key: 'home', name: 'home', status: 'ok', problems: [], topicPrefix: 'aurion' },
      timeZone: 'Africa/Lome',
    });
    assert.deepEqual(
      Object.entries(parts).map(([part, { state }]) => `${part} ${state}`),
      ['store ok', 'journal ok', 'broker ok', 'websocket ok'],
    );
  });

  it('describe each operation: what it does, what it wants, what it answers', async () => {
    const described = (await (await aurion.admin('GET', '/aurion/operations')).json()) as {
      id: string;
    }[];
    assert.deepEqual(
      described.map(({ id }) => id),
      OPERATIONS.map(({ id }) => id),
    );
    const { answer, ...toggle } = described.find(({ id }) => id === 'devices.toggle') as never as {
      answer: { isList: boolean; fields: string[] };
    };
    assert.deepEqual(toggle, {
      id: 'devices.toggle',
      group: 'devices',
      role: 'user',
      method: 'POST',
      path: '/devices/:id/toggle',
      summary: OPERATIONS.find(({ id }) => id === 'devices.toggle')!.summary,
      input: [
        { name: 'id', isOptional: false },
        { name: 'idempotencyKey', isOptional: true },
      ],
    });
    assert.equal(answer.isList, false);
    assert.ok(answer.fields.includes('status'));
    const list = described.find(({ id }) => id === 'devices.list') as never as typeof toggle & {
      answer: typeof answer;
    };
    assert.equal(list.answer.isList, true);
    assert.ok(list.answer.fields.includes('room'));
  });

  it('S26: do what they are asked at once, as somebody the audit names', async () => {
    assert.equal((await aurion.admin('POST', pathOf('schedules.create'), daily)).status, 200);
    const list = async () =>
      (await (
        await aurion.admin('POST', pathOf('schedules.list'), { id: 1 })
      ).json()) as Schedule[];
    const [schedule] = await list();
    assert.equal(schedule!.time, '18:00');
    const gone = await aurion.admin('POST', pathOf('schedules.delete'), { id: schedule!.id });
    assert.equal(gone.status, 200);
    assert.deepEqual(await list(), []);
    const audit = await aurion.admin('POST', pathOf('audit.list'), {});
    assert.deepEqual(
      ((await audit.json()) as AuditEntry[])
        .filter(({ actor }) => actor === 'editor:admin')
        .map(({ action, target }) => `${action} ${target}`),
      ['schedules.delete schedule:1', 'schedules.create device:1 schedule:1'],
    );
  });

  it('say what is wrong, in the language of the reader', async () => {
    const post = async (language: string, operation: string, body: unknown) => {
      const headers = { 'accept-language': language };
      const answer = await aurion.admin('POST', pathOf(operation), body, headers);
      const { message, code } = (await answer.json()) as { message: string; code: string };
      return [answer.status, code, message];
    };
    assert.deepEqual(await post('fr', 'schedules.create', { ...daily, type: 'weekly' }), [
      400,
      'SCHEDULE_INVALID',
      'Programmation refusée : choisissez au moins un jour (0 = lundi … 6 = dimanche)',
    ]);
    assert.deepEqual(await post('en', 'schedules.create', { ...daily, id: 99 }), [
      404,
      'DEVICE_NOT_FOUND',
      'Device not found',
    ]);
    const elsewhere = await aurion.admin('POST', pathOf('devices.list', 'attic'), {});
    assert.equal(elsewhere.status, 404);
  });

  it('S2: refuse what would reach into objects, and what is no object', async () => {
    for (const body of ['{"__proto__":{"room":"x"}}', '{"constructor":{"prototype":1}}', '[]']) {
      const answer = await aurion.admin('POST', pathOf('devices.list'), JSON.parse(body) as object);
      assert.equal(answer.status, 400, body);
    }
  });
});
