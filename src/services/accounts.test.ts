import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock, settled } from '../../test/support/fake-clock';
import {
  DAY_MS,
  ELSEWHERE,
  from,
  HERE,
  peopleOf,
  person,
  type PeopleOptions,
} from '../../test/support/test-people';
import { openTestStore } from '../../test/support/test-store';
import { errorsOf } from '../adapters/http/openapi-errors';
import { OPERATIONS } from '../operations/registry';
import type { NotifierMessage } from '../ports/notifier';
import type { Store } from '../ports/store';

describe('accounts and sessions', () => {
  let opened: { store: Store; remove(): Promise<void> };
  let clock: FakeClock;
  beforeEach(async () => {
    opened = await openTestStore();
    clock = new FakeClock();
  });
  afterEach(() => opened.remove());

  const process = (options: PeopleOptions = {}) => peopleOf(opened.store, clock, options);

  it('S10: of 50 first registrations at once in two processes one is administrator', async () => {
    const processes = [process(), process()];
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        processes[i % 2]!.accounts.register(person(`p${i}`), HERE),
      ),
    );
    const roles = results.map(({ user }) => user.role).sort();
    assert.deepEqual(roles, ['admin', ...Array<string>(49).fill('guest')]);
    assert.equal(new Set(results.map(({ user }) => user.id)).size, 50);
  });

  it('S10: from elsewhere the first needs the setup code', async () => {
    const { accounts } = process();
    const required = { code: 'SETUP_CODE_REQUIRED' };
    await assert.rejects(accounts.register(person('ama'), ELSEWHERE), required);
    await assert.rejects(
      accounts.register({ ...person('ama'), setupCode: 'wrong' }, ELSEWHERE),
      required,
    );
    const { user } = await accounts.register({ ...person('ama'), setupCode: 'sesame' }, ELSEWHERE);
    assert.equal(user.role, 'admin');
  });

  it('with registration closed only the first account of an empty home can be made', async () => {
    const { accounts } = process({ registration: 'closed' });
    await accounts.register(person('ama'), HERE);
    await assert.rejects(accounts.register(person('kofi'), HERE), { code: 'REGISTRATION_CLOSED' });
  });

  it('an e-mail is taken whatever its case', async () => {
    const { accounts } = process();
    await accounts.register(person('ama'), HERE);
    await assert.rejects(accounts.register({ ...person('x'), email: 'AMA@Maison.tg' }, HERE), {
      code: 'EMAIL_TAKEN',
    });
    const { user } = await accounts.login(
      { email: 'AMA@MAISON.TG', password: 'ama aime la mer' },
      from(HERE),
    );
    assert.equal(user.email, 'ama@maison.tg');
  });

  it('S7: an e-mail that is changed meanwhile is not changed back by who does not know the password', async () => {
    const { accounts, sessions } = process();
    const elsewhere = process();
    const { token } = await accounts.register(person('ama'), HERE);
    const actor = await sessions.authenticate(token);
    const moved = { email: 'nouvelle@maison.tg', currentPassword: person('ama').password };
    // Between the look at the account and the write.
    const { together } = opened.store;
    let done = false;
    Object.assign(opened.store, {
      together: async (...given: Parameters<Store['together']>) => {
        if (!done) {
          done = true;
          await elsewhere.accounts.changeProfile(actor, moved, HERE);
        }
        return together.apply(opened.store, given);
      },
    });
    const back = accounts.changeProfile(actor, { email: person('ama').email }, HERE);
    await assert.rejects(back, { code: 'PASSWORD_WRONG' });
    assert.equal((await accounts.me(actor)).email, moved.email);
  });

  it('the address before is told that the e-mail has changed, and a mail server that refuses stops nothing', async () => {
    const mails: NotifierMessage[] = [];
    const notifier = {
      send: (mail: NotifierMessage) => {
        mails.push(mail);
        return Promise.reject(new Error('550 no'));
      },
    };
    const { accounts, sessions, logger } = process({ notifier });
    const { token } = await accounts.register(person('ama'), HERE);
    const actor = await sessions.authenticate(token);
    const currentPassword = person('ama').password;
    await accounts.changeProfile(actor, { email: 'AMA@maison.tg', name: 'Ama' }, HERE);
    assert.equal(mails.length, 0);
    await accounts.changeProfile(actor, { email: 'nouvelle@maison.tg', currentPassword }, HERE);
    while (logger.lines.length === 0) await settled();
    assert.deepEqual([mails.length, mails[0]?.to], [1, 'AMA@maison.tg']);
    assert.match(mails[0]!.text, /^Bonjour Ama,\n\nl'email de votre compte/);
    assert.match(logger.lines[0]!, /^warn: Account 1 was not told .*550 no$/);
  });

  it('an account that vanished from the store without being deleted is not found, and every operation that takes a token says so', async () => {
    const { accounts, sessions } = process();
    const { token, user } = await accounts.register(person('ama'), HERE);
    await opened.store.accounts.delete(user.id);
    await assert.rejects(sessions.authenticate(token), { code: 'ACCOUNT_NOT_FOUND', status: 404 });
    for (const operation of OPERATIONS.filter(({ role }) => role !== 'public')) {
      assert.ok(errorsOf(operation).includes('ACCOUNT_NOT_FOUND'), operation.id);
    }
  });

  it('the same e-mail registered many times at once makes one account', async () => {
    const { accounts } = process();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => accounts.register(person('ama'), HERE)),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(await opened.store.accounts.count(), 1);
  });

  it('S6: a wrong password and an unknown e-mail are told the same', async () => {
    const { accounts } = process();
    await accounts.register(person('ama'), HERE);
    const wrong = { code: 'CREDENTIALS_WRONG' };
    await assert.rejects(
      accounts.login({ email: 'ama@maison.tg', password: 'x' }, from(HERE)),
      wrong,
    );
    await assert.rejects(
      accounts.login({ email: 'kofi@maison.tg', password: 'x' }, from(HERE)),
      wrong,
    );
  });

  it('a disabled account learns so after the right password only', async () => {
    const { accounts } = process();
    const { user } = await accounts.register(person('ama'), HERE);
    await opened.store.accounts.update(user.id, { disabled: true });
    const login = (password: string) => accounts.login({ email: user.email, password }, from(HERE));
    await assert.rejects(login('x'), { code: 'CREDENTIALS_WRONG' });
    await assert.rejects(login('ama aime la mer'), { code: 'ACCOUNT_DISABLED' });
  });

  it('S4: a token is refused after logout, at once here and within 5 s in another process', async () => {
    const [one, two] = [process(), process()];
    const { token } = await one.accounts.register(person('ama'), HERE);
    const { sessionId } = await two.sessions.authenticate(token);
    await one.sessions.end(sessionId);
    await assert.rejects(one.sessions.authenticate(token), { code: 'SESSION_EXPIRED' });
    await clock.advance(5000);
    await assert.rejects(two.sessions.authenticate(token), { code: 'SESSION_EXPIRED' });
  });

  it('S4: logout-all ends every session of the account and no other', async () => {
    const { accounts, sessions } = process();
    const ama = await accounts.register(person('ama'), HERE);
    const kofi = await accounts.register(person('kofi'), HERE);
    const again = await accounts.login(person('ama'), from(HERE));
    for (const { token } of [ama, again, kofi]) await sessions.authenticate(token);
    await sessions.endAll(ama.user.id);
    for (const { token } of [ama, again]) {
      await assert.rejects(sessions.authenticate(token), { code: 'SESSION_EXPIRED' });
    }
    assert.equal((await sessions.authenticate(kofi.token)).name, 'kofi');
  });

  it('S4: the tokens of a disabled or deleted account are refused', async () => {
    const { accounts, sessions } = process();
    const ama = await accounts.register(person('ama'), HERE);
    await opened.store.accounts.update(ama.user.id, { disabled: true });
    await assert.rejects(sessions.authenticate(ama.token), { code: 'SESSION_EXPIRED' });
  });

  it('S4: a sign-in that was under way when the password changed leaves no session', async () => {
    const { accounts, sessions } = process();
    const { token } = await accounts.register(person('ama'), HERE);
    const actor = await sessions.authenticate(token);
    const { store } = opened;
    const { together } = store;
    Object.assign(store, {
      together: async (...session: Parameters<Store['together']>) => {
        Object.assign(store, { together });
        const change = { currentPassword: person('ama').password, newPassword: 'une autre mer' };
        await accounts.changePassword(actor, change, HERE);
        return together(...session);
      },
    });
    await assert.rejects(accounts.login(person('ama'), from(HERE)), { code: 'CREDENTIALS_WRONG' });
    assert.deepEqual(
      (await store.sessions.list()).map(({ id }) => id),
      [actor.sessionId],
    );
  });

  it('S4: a look at a session that ends meanwhile is not believed', async () => {
    const { accounts, sessions } = process();
    const { user, token } = await accounts.register(person('ama'), HERE);
    const rows = opened.store.accounts;
    const get = rows.get.bind(rows);
    Object.assign(rows, {
      get: async (id: number) => {
        Object.assign(rows, { get });
        const row = await get(id);
        await sessions.endAll(user.id);
        return row;
      },
    });
    await sessions.authenticate(token);
    await assert.rejects(sessions.authenticate(token), { code: 'SESSION_EXPIRED' });
  });

  it('a token whose time is over is an expired session, and its row goes', async () => {
    const { accounts, sessions } = process();
    const { token } = await accounts.register(person('ama'), HERE);
    await clock.advance(7 * DAY_MS);
    await assert.rejects(sessions.authenticate(token), { code: 'SESSION_EXPIRED' });
    sessions.start();
    sessions.stop();
    assert.equal(await opened.store.sessions.count(), 0);
    assert.equal(clock.timers, 0);
  });

  it('a changed role counts from the next look at the store on', async () => {
    const { accounts, sessions } = process();
    const { user, token } = await accounts.register(person('ama'), HERE);
    await sessions.authenticate(token);
    await opened.store.accounts.update(user.id, { role: 'guest' });
    await clock.advance(5000);
    assert.equal((await sessions.authenticate(token)).role, 'guest');
  });
});
