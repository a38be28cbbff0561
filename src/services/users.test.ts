import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { from, HERE, peopleOf, person } from '../../test/support/test-people';
import { openTestStore } from '../../test/support/test-store';
import { systemClock } from '../adapters/time/system-clock';
import type { Store } from '../ports/store';
import type { EndedSessions } from './sessions';

describe('users', () => {
  let opened: { store: Store; remove(): Promise<void> };
  beforeEach(async () => {
    opened = await openTestStore();
  });
  afterEach(() => opened.remove());

  const process = () => peopleOf(opened.store, systemClock);
  const expired = { code: 'SESSION_EXPIRED' };

  it('an administrator makes accounts of any role; what is wrong with them is said', async () => {
    const { users, accounts } = process();
    const ama = await users.create({ ...person('ama'), role: 'user', phone: '+228 90 00 00 00' });
    assert.deepEqual(
      { ...ama, createdAt: ama.createdAt.slice(0, 4) },
      {
        id: 1,
        name: 'ama',
        email: 'ama@maison.tg',
        phone: '+228 90 00 00 00',
        role: 'user',
        disabled: false,
        createdAt: String(new Date().getUTCFullYear()),
      },
    );
    await assert.rejects(users.create({ ...person('x'), email: 'AMA@maison.tg', role: 'guest' }), {
      code: 'EMAIL_TAKEN',
    });
    await assert.rejects(users.create({ ...person('x'), password: 'court', role: 'guest' }), {
      code: 'PASSWORD_REFUSED',
    });
    assert.equal((await accounts.login(person('ama'), from(HERE))).user.role, 'user');
    assert.deepEqual(await users.list(), [ama]);
  });

  it('S4: role, disabling and deletion end the sessions, here at once and elsewhere by what the store says', async () => {
    const clock = new FakeClock();
    const [one, two] = [peopleOf(opened.store, clock), peopleOf(opened.store, clock)];
    await one.accounts.register(person('ama'), HERE);
    const ended: EndedSessions[] = [];
    one.sessions.onEnded((each) => ended.push(each));
    const { user } = await one.accounts.register(person('kofi'), HERE);
    const changes = [
      () => one.users.change({ id: user.id, role: 'user' as const }),
      () => one.users.change({ id: user.id, disabled: true }),
      () => one.users.remove(user.id),
    ];
    for (const change of changes) {
      await opened.store.accounts.update(user.id, { disabled: false });
      const { token } = await one.accounts.login(person('kofi'), from(HERE));
      await two.sessions.authenticate(token);
      await change();
      await assert.rejects(one.sessions.authenticate(token), expired);
      await clock.advance(5000);
      await assert.rejects(two.sessions.authenticate(token), expired);
    }
    assert.ok(ended.length >= 3);
    for (const each of ended) assert.deepEqual(each, { accountId: user.id });
  });

  it('a change that changes nothing ends no session', async () => {
    const { accounts, users, sessions } = process();
    const { user, token } = await accounts.register(person('ama'), HERE);
    await users.change({ id: user.id, role: 'admin', disabled: false });
    await users.change({ id: user.id });
    assert.equal((await sessions.authenticate(token)).role, 'admin');
  });

  it('what is no account is not found', async () => {
    const { users } = process();
    await assert.rejects(users.change({ id: 7, role: 'user' }), { code: 'ACCOUNT_NOT_FOUND' });
    await assert.rejects(users.remove(7), { code: 'ACCOUNT_NOT_FOUND' });
  });

  it('the last administrator keeps the role; one that is disabled does not count', async () => {
    const { accounts, users } = process();
    const { user: ama } = await accounts.register(person('ama'), HERE);
    const kofi = await users.create({ ...person('kofi'), role: 'admin' });
    await users.change({ id: kofi.id, disabled: true });
    const last = { code: 'ADMIN_LAST', status: 409 };
    await assert.rejects(users.change({ id: ama.id, role: 'user' }), last);
    await assert.rejects(users.change({ id: ama.id, disabled: true }), last);
    await assert.rejects(users.remove(ama.id), last);
    await users.change({ id: kofi.id, disabled: false });
    await users.change({ id: ama.id, role: 'user' });
    await assert.rejects(users.remove(kofi.id), last);
  });

  it('administrators that demote, disable and delete each other at once, in two processes, leave one', async () => {
    const processes = [process(), process()];
    const [one] = processes;
    const { user: first } = await one!.accounts.register(person('ama'), HERE);
    const ids = [first.id];
    for (const name of ['kofi', 'afi', 'yao', 'esi', 'edem']) {
      ids.push((await one!.users.create({ ...person(name), role: 'admin' })).id);
    }
    const results = await Promise.allSettled(
      ids.map((id, i) => {
        const { users } = processes[i % 2]!;
        if (i % 3 === 0) return users.change({ id, role: 'guest' });
        return i % 3 === 1 ? users.change({ id, disabled: true }) : users.remove(id);
      }),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    assert.deepEqual(
      refused.map(({ reason }) => (reason as { code: string }).code),
      ['ADMIN_LAST'],
    );
    const left = (await one!.users.list()).filter((row) => row.role === 'admin' && !row.disabled);
    assert.equal(left.length, 1);
  });

  it('a process that died while it changed administrators holds the others up for 20 s, not for good', async () => {
    const clock = new FakeClock();
    const { accounts, users } = peopleOf(opened.store, clock);
    const { user } = await accounts.register(person('ama'), HERE);
    const until = clock.now() + 20_000;
    await opened.store.turns.insert({ id: 'administrators', holder: 'dead', until });
    let end = '';
    const busy = users.change({ id: user.id, disabled: true }).catch((error: unknown) => {
      end = (error as { code: string }).code;
    });
    while (end === '') {
      await clock.advance(500);
      // The store works in real time: what was asked of it has its answer when this has.
      await opened.store.turns.count();
    }
    await busy;
    assert.equal(end, 'SERVICE_BUSY');
    await clock.advance(20_000);
    await assert.rejects(users.change({ id: user.id, disabled: true }), { code: 'ADMIN_LAST' });
  });

  it('a deleted account leaves nothing that lets anyone in, and its id is never given again', async () => {
    const { accounts, users, sessions } = process();
    await accounts.register(person('ama'), HERE);
    const { user, token } = await accounts.register(person('kofi'), HERE);
    await opened.store.resetTokens.insert({ id: 'x', accountId: user.id, expiresAt: 9e15 });
    await users.remove(user.id);
    await assert.rejects(sessions.authenticate(token), expired);
    assert.equal(await opened.store.resetTokens.count(), 0);
    assert.equal(await opened.store.sessions.count({ accountId: user.id }), 0);
    assert.equal(await opened.store.settings.get(`known-addresses.${user.id}`), null);
    const again = await accounts.register(person('kofi'), HERE);
    assert.equal(again.user.id, user.id + 1);
    await assert.rejects(sessions.authenticate(token), expired);
  });
});
