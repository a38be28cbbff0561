import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock, settled } from '../../test/support/fake-clock';
import {
  ELSEWHERE,
  from,
  HERE,
  peopleOf,
  person,
  type PeopleOptions,
} from '../../test/support/test-people';
import { openTestStore } from '../../test/support/test-store';
import { AurionError } from '../contract/errors';
import type { NotifierMessage } from '../ports/notifier';
import type { Store } from '../ports/store';

const HOUR_MS = 3_600_000;
const AMA = person('ama');
const INVALID = { code: 'RESET_TOKEN_INVALID', status: 400 };

describe('passwords that were forgotten', () => {
  let opened: { store: Store; folder: string; remove(): Promise<void> };
  let clock: FakeClock;
  let mails: NotifierMessage[];
  beforeEach(async () => {
    opened = await openTestStore();
    clock = new FakeClock();
    mails = [];
  });
  afterEach(() => opened.remove());

  const mailbox = {
    send: (message: NotifierMessage) => {
      mails.push(message);
      return Promise.resolve();
    },
  };

  async function home(options: PeopleOptions = {}) {
    const people = peopleOf(opened.store, clock, { notifier: mailbox, ...options });
    const { token } = await people.accounts.register(AMA, HERE);
    return { ...people, token };
  }

  /** Asks for a link. @returns the token of the mail */
  async function ask({ reset }: Awaited<ReturnType<typeof home>>, email = AMA.email) {
    await reset.request(email, from(HERE));
    await reset.idle();
    return /^[\w-]{43}$/m.exec(mails.at(-1)?.text ?? '')?.[0] ?? '';
  }

  const confirm = (
    { reset }: Awaited<ReturnType<typeof home>>,
    resetToken: string,
    newPassword = 'une autre mer',
  ) => reset.confirm({ resetToken, newPassword }, from(HERE));

  it('S4: the link gives a new password once, and ends every session', async () => {
    const people = await home();
    const token = await ask(people);
    await confirm(people, token);
    await assert.rejects(people.sessions.authenticate(people.token), { code: 'SESSION_EXPIRED' });
    await people.accounts.login({ email: AMA.email, password: 'une autre mer' }, from(HERE));
    await assert.rejects(people.accounts.login(AMA, from(HERE)), { code: 'CREDENTIALS_WRONG' });
    await assert.rejects(confirm(people, token), INVALID);
  });

  it('of several who use a link at once one succeeds', async () => {
    const people = await home();
    const token = await ask(people);
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => confirm(people, token, `la mer numéro ${i}`)),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('a link ends after an hour, with the next one, with a new password and with a new e-mail', async () => {
    const people = await home();
    const actor = await people.sessions.authenticate(people.token);
    const ends: (() => Promise<unknown>)[] = [
      () => clock.advance(HOUR_MS),
      () => ask(people),
      () =>
        people.accounts.changePassword(
          actor,
          { currentPassword: AMA.password, newPassword: 'encore une mer' },
          HERE,
        ),
      () =>
        people.accounts.changeProfile(
          actor,
          { email: 'autre@maison.tg', currentPassword: 'encore une mer' },
          HERE,
        ),
    ];
    for (const end of ends) {
      const token = await ask(people);
      assert.notEqual(token, '');
      await end();
      await assert.rejects(confirm(people, token), INVALID);
    }
  });

  it('a password that will not do leaves the link good', async () => {
    const people = await home();
    const token = await ask(people);
    await assert.rejects(confirm(people, token, 'court'), (error: unknown) => {
      assert.ok(error instanceof AurionError);
      const [detail] = error.details?.('fr') ?? [];
      assert.deepEqual([error.code, detail?.path], ['PASSWORD_REFUSED', 'newPassword']);
      return true;
    });
    await confirm(people, token);
  });

  it('S6: an e-mail nobody has, and a disabled account, are answered alike and sent nothing', async () => {
    const people = await home();
    assert.equal(await ask(people, 'nobody@maison.tg'), '');
    await opened.store.accounts.update(1, { disabled: true });
    assert.equal(await ask(people), '');
    assert.equal(mails.length, 0);
    await opened.store.accounts.update(1, { disabled: false });
    assert.notEqual(await ask(people), '');
  });

  it('S6: the answer waits for no mail', async () => {
    const { promise: taken, resolve: take } = Promise.withResolvers<undefined>();
    const hanging = { send: () => taken };
    const people = await home({ notifier: hanging });
    await people.reset.request(AMA.email, from(HERE));
    await people.reset.request('nobody@maison.tg', from(HERE));
    while ((await opened.store.resetTokens.count()) === 0) await settled();
    take(undefined);
    await people.reset.idle();
  });

  it('S7: five an hour for an e-mail, known or not, and twenty from an address', async () => {
    const people = await home();
    for (const email of [AMA.email, 'nobody@maison.tg']) {
      for (let i = 0; i < 5; i++) await people.reset.request(email, from(ELSEWHERE));
      await assert.rejects(people.reset.request(email, from(ELSEWHERE)), {
        code: 'ATTEMPTS_EXCEEDED',
        retryAfterS: 3600,
      });
    }
    for (let i = 0; i < 10; i++) await people.reset.request(`x${i}@maison.tg`, from(ELSEWHERE));
    await assert.rejects(people.reset.request('y@maison.tg', from(ELSEWHERE)), { status: 429 });
    await people.reset.request('y@maison.tg', from(HERE));
    await people.reset.idle();
  });

  it('S7: tokens can’t be guessed on and on', async () => {
    const people = await home();
    for (let i = 0; i < 20; i++) await assert.rejects(confirm(people, `guess ${i}`), INVALID);
    await assert.rejects(confirm(people, 'guess'), { code: 'ATTEMPTS_EXCEEDED' });
  });

  it('S21: the store keeps no token that works', async () => {
    const people = await home();
    const token = await ask(people);
    const files = ['resetTokens.db', 'attempts.db', 'settings.db'].map((file) =>
      readFileSync(join(opened.folder, file), 'utf8'),
    );
    assert.ok(!files.join('\n').includes(token));
    assert.ok(!people.logger.lines.join('\n').includes(token));
  });

  it('the mail leads to the public address, else it holds the code; French or English', async () => {
    const people = await home({ publicUrl: 'https://maison.example/aurion/' });
    await ask(people);
    const [french] = mails;
    assert.equal(french?.to, AMA.email);
    assert.equal(french.subject, 'Aurion : nouveau mot de passe');
    assert.match(french.text, /^Bonjour ama,$/m);
    assert.match(
      french.text,
      /^https:\/\/maison\.example\/aurion\/reset-password\?token=[\w-]{43}$/m,
    );
    const english = peopleOf(opened.store, clock, { notifier: mailbox, language: 'en' });
    await english.reset.request(AMA.email, from(HERE));
    await english.reset.idle();
    assert.match(mails[1]!.text, /^Enter this code .*\n.*resetToken\):\n\n[\w-]{43}$/m);
  });

  it('F12: a server that does not take the mail is tried again, then the log says so, without the e-mail', async () => {
    let tries = 0;
    const refusing = {
      send: () => {
        tries += 1;
        return Promise.reject(new Error('550 no\nsuch thing'));
      },
    };
    const people = await home({ notifier: refusing });
    await people.reset.request(AMA.email, from(HERE));
    while (clock.timers === 0) await settled();
    await clock.advance(5000);
    await people.reset.idle();
    assert.equal(tries, 2);
    const [again, given] = people.logger.lines.slice(-2);
    assert.match(again!, /^warn: .*account 1 .*tried again: 550 no\u{fffd}such thing$/u);
    assert.match(given!, /^error: .*not sent/);
    assert.ok(!people.logger.lines.join('\n').includes(AMA.email));
  });

  it('without a mail server the log says how to configure one, once a minute, and the answer is the same', async () => {
    const people = await home({ notifier: null });
    for (let i = 0; i < 3; i++) await people.reset.request(`x${i}@maison.tg`, from(HERE));
    assert.equal(people.logger.lines.length, 1);
    assert.match(people.logger.lines[0]!, /AURION_SMTP_URL.*aurion set-password/);
    await clock.advance(60_000);
    await people.reset.request('x@maison.tg', from(HERE));
    assert.equal(people.logger.lines.length, 2);
  });

  it('stops with a mail on its way, and leaves no timer', async () => {
    const refusing = { send: () => Promise.reject(new Error('no')) };
    const people = await home({ notifier: refusing });
    people.reset.start();
    await people.reset.request(AMA.email, from(HERE));
    while (clock.timers < 2) await settled();
    people.reset.stop();
    await people.reset.idle();
    assert.equal(clock.timers, 0);
  });
});
