import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
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
import type { AurionError } from '../contract/errors';
import type { Store } from '../ports/store';

const MINUTE_MS = 60_000;
const AMA = person('ama');

describe('the guessing of passwords', () => {
  let opened: { store: Store; folder: string; remove(): Promise<void> };
  let clock: FakeClock;
  beforeEach(async () => {
    opened = await openTestStore();
    clock = new FakeClock();
  });
  afterEach(() => opened.remove());

  const process = (options?: PeopleOptions) => peopleOf(opened.store, clock, options);

  /** How a sign-in ends: `ok` or the error's code. */
  async function signIn(
    { accounts }: ReturnType<typeof process>,
    password: string,
    { email = AMA.email, origin = ELSEWHERE } = {},
  ): Promise<string> {
    try {
      await accounts.login({ email, password }, from(origin));
      return 'ok';
    } catch (error) {
      return (error as AurionError).code;
    }
  }

  async function wrong(home: ReturnType<typeof process>, times: number, options = {}) {
    const ends = [];
    for (let i = 0; i < times; i++) ends.push(await signIn(home, `wrong ${i}`, options));
    return ends;
  }

  it('S7: the eleventh try within 15 minutes is refused, right or wrong, until the first has left the window', async () => {
    const home = process();
    await home.accounts.register(AMA, HERE);
    assert.deepEqual(await wrong(home, 1), ['CREDENTIALS_WRONG']);
    await clock.advance(MINUTE_MS);
    assert.deepEqual(new Set(await wrong(home, 9)), new Set(['CREDENTIALS_WRONG']));
    await assert.rejects(
      home.accounts.login({ email: AMA.email, password: AMA.password }, from(ELSEWHERE)),
      { code: 'ATTEMPTS_EXCEEDED', status: 429, retryAfterS: 14 * 60 },
    );
    await clock.advance(14 * MINUTE_MS - 1);
    assert.equal(await signIn(home, AMA.password), 'ATTEMPTS_EXCEEDED');
    await clock.advance(1);
    assert.equal(await signIn(home, AMA.password), 'ok');
    home.attempts.stop();
  });

  it('S7: the right password from an address that signed in here within 30 days still works; a wrong one there is refused as everywhere', async () => {
    const home = process();
    await home.accounts.register(AMA, HERE);
    await wrong(home, 10);
    assert.equal(await signIn(home, AMA.password, { origin: ELSEWHERE }), 'ATTEMPTS_EXCEEDED');
    assert.equal(await signIn(home, 'wrong', { origin: HERE }), 'ATTEMPTS_EXCEEDED');
    assert.equal(await signIn(home, AMA.password, { origin: HERE }), 'ok');
    await clock.advance(31 * DAY_MS);
    await wrong(home, 10);
    assert.equal(await signIn(home, AMA.password, { origin: HERE }), 'ATTEMPTS_EXCEEDED');
  });

  it('S7: a known address is known to its account only, and has an end of guesses too', async () => {
    const home = process();
    await home.accounts.register(AMA, HERE);
    await home.accounts.register(person('kofi'), ELSEWHERE);
    await wrong(home, 10);
    assert.equal(await signIn(home, AMA.password, { origin: ELSEWHERE }), 'ATTEMPTS_EXCEEDED');
    await wrong(home, 100, { origin: HERE });
    assert.equal(await signIn(home, AMA.password, { origin: HERE }), 'ATTEMPTS_EXCEEDED');
  });

  it('S7: of 50 guesses at once, ten are tried', async () => {
    const home = process();
    await home.accounts.register(AMA, HERE);
    const ends = await Promise.all(Array.from({ length: 50 }, (_, i) => signIn(home, `no ${i}`)));
    assert.equal(ends.filter((end) => end === 'CREDENTIALS_WRONG').length, 10);
    assert.equal(ends.filter((end) => end === 'ATTEMPTS_EXCEEDED').length, 40);
  });

  it('S7: of 50 guesses at once in two processes, ten are tried at most', async () => {
    const processes = [process(), process()];
    await processes[0]!.accounts.register(AMA, HERE);
    const ends = await Promise.all(
      Array.from({ length: 50 }, (_, i) => signIn(processes[i % 2]!, `no ${i}`)),
    );
    ends.push(...(await wrong(processes[0]!, 12)));
    assert.equal(ends.filter((end) => end === 'CREDENTIALS_WRONG').length, 10);
  });

  it('S7: a hundred from an address are refused whomever they are for, others are not', async () => {
    const home = process();
    await home.accounts.register(AMA, HERE);
    const address = (last: string) => ({ loopback: false, address: `2001:db8:1:2::${last}` });
    for (let i = 0; i < 100; i++) {
      const email = `nobody${i}@maison.tg`;
      await wrong(home, 1, { email, origin: address(i.toString(16)) });
    }
    assert.equal(
      await signIn(home, AMA.password, { origin: address('ffff') }),
      'ATTEMPTS_EXCEEDED',
    );
    assert.equal(await signIn(home, AMA.password, { origin: ELSEWHERE }), 'ok');
  });

  it('S6: an e-mail nobody has is limited as an account is', async () => {
    const home = process();
    await home.accounts.register(AMA, HERE);
    const known = await wrong(home, 12);
    const unknown = await wrong(home, 12, { email: 'nobody@maison.tg' });
    assert.deepEqual(unknown, known);
    assert.deepEqual(known.slice(9), [
      'CREDENTIALS_WRONG',
      'ATTEMPTS_EXCEEDED',
      'ATTEMPTS_EXCEEDED',
    ]);
  });

  it('S7: the right password counts for no try, nor does one the house was too busy for', async () => {
    const home = process();
    await home.accounts.register(AMA, HERE);
    for (let i = 0; i < 15; i++) assert.equal(await signIn(home, AMA.password), 'ok');
    await assert.rejects(
      home.guesses.check({ emailKey: AMA.email, accountId: 1, address: null }, () =>
        Promise.reject(new Error('busy')),
      ),
      /busy/,
    );
    assert.equal(await opened.store.attempts.count(), 1, 'only the registration');
  });

  it('S7: a wrong current password is a guess as well', async () => {
    const home = process();
    const { token } = await home.accounts.register(AMA, HERE);
    const actor = await home.sessions.authenticate(token);
    const change = (currentPassword: string) =>
      home.accounts.changePassword(
        actor,
        { currentPassword, newPassword: 'une autre mer' },
        ELSEWHERE,
      );
    for (let i = 0; i < 10; i++) await assert.rejects(change('x'), { code: 'PASSWORD_WRONG' });
    await assert.rejects(change(AMA.password), { code: 'ATTEMPTS_EXCEEDED', status: 429 });
    assert.equal(await signIn(home, AMA.password), 'ATTEMPTS_EXCEEDED');
  });

  it('S7: so is the wrong password for another e-mail; none at all is not', async () => {
    const home = process();
    const { token } = await home.accounts.register(AMA, HERE);
    const actor = await home.sessions.authenticate(token);
    const email = 'autre@maison.tg';
    const change = (proof: { currentPassword?: string }) =>
      home.accounts.changeProfile(actor, { email, ...proof }, ELSEWHERE);
    const wrong = { code: 'PASSWORD_WRONG', status: 400 };
    for (let i = 0; i < 20; i++) await assert.rejects(change({}), wrong);
    for (let i = 0; i < 10; i++) await assert.rejects(change({ currentPassword: 'x' }), wrong);
    await assert.rejects(change({ currentPassword: AMA.password }), { code: 'ATTEMPTS_EXCEEDED' });
    assert.equal(await signIn(home, AMA.password), 'ATTEMPTS_EXCEEDED');
    const { phone } = await home.accounts.changeProfile(actor, { phone: '90' }, ELSEWHERE);
    assert.equal(phone, '90');
  });

  it('S7: what is kept shows neither e-mails nor addresses, and goes when it counts no more', async () => {
    const home = process();
    await home.accounts.register(person('kofi'), HERE);
    await home.accounts.register(AMA, ELSEWHERE);
    await wrong(home, 3, { email: 'nobody@maison.tg' });
    const files = ['attempts.db', 'settings.db'].map((file) =>
      readFileSync(join(opened.folder, file), 'utf8'),
    );
    assert.ok(readdirSync(opened.folder).includes('attempts.db'));
    assert.doesNotMatch(files.join('\n'), /nobody|maison\.tg|192\.0\.2/);
    await clock.advance(61 * MINUTE_MS);
    home.attempts.start();
    home.attempts.stop();
    assert.equal(await opened.store.attempts.count(), 0);
  });

  it('rateLimit off: nothing is counted', async () => {
    const home = process({ rateLimit: false });
    await home.accounts.register(AMA, HERE);
    assert.deepEqual(new Set(await wrong(home, 15)), new Set(['CREDENTIALS_WRONG']));
    assert.equal(await opened.store.attempts.count(), 0);
  });
});
