import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { from, HERE, peopleOf, person } from '../../test/support/test-people';
import { memoryLogger, openTestStore } from '../../test/support/test-store';
import { sha256 } from '../adapters/crypto/digest';
import { systemRandom } from '../adapters/crypto/random';
import type { Standing, Visitor } from '../ports/broker-access';
import type { Store } from '../ports/store';
import type { Deed } from './audit';
import { deleteDevice, emptyRow } from './device-rows';
import { KnownAddresses } from './known-addresses';
import { MqttAccess } from './mqtt-access';
import { MqttGuesses } from './mqtt-guesses';

const LAMP = { name: 'Lampe', type: 'light', room: 'Salon' } as const;

const PASSWORD = 'the password of the installer';
const [LAN, AWAY] = ['192.168.1.7', '203.0.113.9'];

describe('access to the embedded broker', () => {
  let opened: { store: Store; remove(): Promise<void> };
  let clock: FakeClock;
  beforeEach(async () => {
    opened = await openTestStore();
    clock = new FakeClock();
  });
  afterEach(() => opened.remove());

  /** One process: two of them on one store are two processes of one home. */
  function processOf({ rateLimit = true, password = PASSWORD } = {}) {
    const { store } = opened;
    const people = peopleOf(store, clock);
    const logger = memoryLogger();
    const { sessions, attempts } = people;
    const deeds: Deed[] = [];
    const audit = { record: (deed: Deed) => void deeds.push(deed) };
    const known = new KnownAddresses({ store, clock, attempts });
    const guesses = new MqttGuesses({ clock, logger, audit, attempts, known }, rateLimit);
    const access = new MqttAccess(
      { store, sessions, random: systemRandom, digest: sha256, guesses, known, logger },
      { username: 'installer', password },
    );
    const signIn = (username: string, password: string, address: string | null = LAN) =>
      access.authenticate(username, password, address);
    return { ...people, access, signIn, deeds, lines: logger.lines };
  }

  const lamp = () =>
    opened.store.devices.insert({ ...emptyRow, ...LAMP, key: 'lampe', createdAt: 0 });

  it('S16: a token signs in with the e-mail of its own account only', async () => {
    const { accounts, signIn } = processOf();
    const ama = await accounts.register(person('ama'), HERE);
    const kofi = await accounts.register(person('kofi'), HERE);
    for (const [email, token, accountId] of [
      ['ama@maison.tg', ama.token, ama.user.id],
      ['AMA@maison.tg', ama.token, ama.user.id],
      ['kofi@maison.tg', kofi.token, kofi.user.id],
      ['kofi@maison.tg', ama.token, null],
      ['ama@maison.tg', kofi.token, null],
      ['nobody@maison.tg', ama.token, null],
      ['ama@maison.tg', person('ama').password, null],
    ] as const) {
      const visitor = await signIn(email, token);
      assert.equal(visitor?.kind === 'user' ? visitor.accountId : null, accountId, email);
    }
  });

  it('S16: no token signs in as the installer or a device', async () => {
    const { access, accounts, signIn } = processOf();
    const { token } = await accounts.register(person('ama'), HERE);
    const { id } = await lamp();
    const { username } = await access.issue({ kind: 'device', id });
    for (const name of ['installer', username, 'device-99', '']) {
      assert.equal(await signIn(name, token), null);
    }
  });

  it('S4, S27: another process notices new credentials, another key and a deletion', async () => {
    const [one, two] = [processOf(), processOf()];
    const { id } = await lamp();
    const plug = async () => {
      const { username, password } = await one.access.issue({ kind: 'device', id });
      return (await two.signIn(username, password))!;
    };
    const standing = async (visitor: Visitor) => (await two.access.standings([visitor]))[0];

    const first = await plug();
    assert.equal(await standing(first), 'good');
    const second = await plug();
    assert.deepEqual([await standing(first), await standing(second)], ['ended', 'good']);
    await opened.store.devices.update(id, { key: 'neu' });
    assert.equal(await standing(second), 'gone');
    const third = await plug();
    assert.equal(await standing(third), 'good');
    await opened.store.devices.delete(id);
    assert.equal(await standing(third), 'gone');
  });

  it('S4: a person whose session ended in another process, or by time, is no visitor any more', async () => {
    const [one, two] = [processOf(), processOf()];
    const { token } = await one.accounts.register(person('ama'), HERE);
    const other = await one.accounts.register(person('kofi'), HERE);
    const visitor = (await two.signIn('ama@maison.tg', token))!;
    const kofi = (await two.signIn('kofi@maison.tg', other.token))!;
    await one.sessions.endToken(token);
    await clock.advance(4000);
    assert.deepEqual(await two.access.standings([visitor, kofi, { kind: 'installer' }]), [
      'ended',
      'good',
      'good',
    ]);
    await clock.advance(8 * 24 * 3_600_000);
    assert.deepEqual(await two.access.standings([kofi]), ['ended']);
  });

  it('F2: while the store does not answer, everybody stays', async () => {
    const { access, accounts, signIn } = processOf();
    const { token } = await accounts.register(person('ama'), HERE);
    const { id } = await lamp();
    const { username, password } = await access.issue({ kind: 'device', id });
    const visitors = [(await signIn('ama@maison.tg', token))!, (await signIn(username, password))!];
    await clock.advance(60_000);
    await opened.store.close();
    assert.deepEqual(await access.standings(visitors), ['good', 'good']);
  });

  it('tells who has to leave: an account’s session, one’s own credentials, a holder that is gone', async () => {
    const { access, accounts, sessions, signIn } = processOf();
    const { token } = await accounts.register(person('ama'), HERE);
    const { id } = await lamp();
    const { username, password } = await access.issue({ kind: 'device', id });
    const page = (await signIn('ama@maison.tg', token))!;
    const device = (await signIn(username, password))!;
    const told: (readonly [Standing, Standing])[] = [];
    access.onChanged((standingOf) => void told.push([standingOf(page), standingOf(device)]));
    await access.issue({ kind: 'sensor', id });
    await access.issue({ kind: 'device', id });
    access.rightsChanged({ kind: 'device', id }, false);
    await deleteDevice(opened.store, id);
    access.rightsChanged({ kind: 'device', id }, true);
    await sessions.endToken(token);
    assert.deepEqual(told, [
      ['good', 'good'],
      ['good', 'ended'],
      ['good', 'gone'],
      ['good', 'gone'],
      ['ended', 'good'],
    ]);
    assert.equal(await signIn(username, password), null);
  });

  it('S7: the installer’s password has 8 characters at least, so that ten tries find none', () => {
    const { access } = processOf();
    access.assertSafe();
    for (const [password, isSafe] of [
      ['', false],
      ['1234567', false],
      ['12345678', true],
    ] as const) {
      const other = processOf({ password }).access;
      if (isSafe) other.assertSafe();
      else assert.throws(() => other.assertSafe(), { code: 'MQTT_PASSWORD_SHORT' });
    }
  });

  const EXCEEDED = { code: 'ATTEMPTS_EXCEEDED' };

  it('S7: the eleventh MQTT password within 15 minutes is refused, right or wrong, for that account', async () => {
    const { signIn } = processOf();
    for (let i = 0; i < 10; i += 1) assert.equal(await signIn('installer', `wrong ${i}`), null);
    await assert.rejects(signIn('installer', 'wrong'), EXCEEDED);
    await assert.rejects(signIn('installer', PASSWORD), EXCEEDED);
    await assert.rejects(signIn('installer', PASSWORD, AWAY), EXCEEDED);
    assert.equal(await signIn('device-1', 'wrong'), null);
    await clock.advance(15 * 60_000);
    assert.ok(await signIn('installer', PASSWORD));
  });

  it('S7: of 1,000 MQTT passwords at once ten are looked at', async () => {
    const { access, signIn } = processOf();
    const { id } = await lamp();
    const { username } = await access.issue({ kind: 'device', id });
    const results = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, i) => signIn(username, `wrong ${i}`)),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10);
  });

  it('S7: the 101st from an address is refused, whatever accounts it names', async () => {
    const { signIn } = processOf();
    for (let i = 0; i < 100; i += 1) assert.equal(await signIn(`device-${i}`, 'wrong'), null);
    await assert.rejects(signIn('device-200', 'wrong'), EXCEEDED);
    await assert.rejects(signIn('ama@maison.tg', 'wrong'), EXCEEDED);
    assert.equal(await signIn('device-200', 'wrong', AWAY), null);
  });

  it('S7: from where it signed in before, the right password still works, also after a restart', async () => {
    const { access, signIn } = processOf();
    const { id } = await lamp();
    const { username, password } = await access.issue({ kind: 'device', id });
    assert.ok(await signIn(username, password));
    await until(async () => (await opened.store.settings.count()) > 0);
    for (const { signIn: again } of [processOf(), processOf()]) {
      for (let i = 0; i < 10; i += 1) await again(username, 'wrong', AWAY);
      await assert.rejects(again(username, password, AWAY), EXCEEDED);
      assert.ok(await again(username, password));
      await assert.rejects(again(username, 'wrong'), EXCEEDED);
    }
    await deleteDevice(opened.store, id);
    access.rightsChanged({ kind: 'device', id }, true);
    await until(async () => (await opened.store.settings.count()) === 0);
  });

  it('S7: a person gets in with a token from where he signed in to REST', async () => {
    const { accounts, signIn } = processOf();
    const origin = { loopback: true, address: LAN };
    await accounts.register(person('ama'), origin);
    const { token } = await accounts.login(person('ama'), from(origin));
    for (let i = 0; i < 10; i += 1) await signIn('ama@maison.tg', 'wrong', AWAY);
    await assert.rejects(signIn('AMA@maison.tg', token, AWAY), EXCEEDED);
    assert.ok(await signIn('ama@maison.tg', token));
  });

  it('S7: right passwords count for nothing, nor those that the store could not look at', async () => {
    const { access, signIn } = processOf();
    const { id } = await lamp();
    const { username, password } = await access.issue({ kind: 'device', id });
    for (let i = 0; i < 200; i += 1) assert.ok(await signIn(username, password));
    await opened.store.close();
    for (let i = 0; i < 20; i += 1) {
      await assert.rejects(signIn(username, password), { code: 'STORE_UNAVAILABLE' });
    }
  });

  it('S7: new credentials begin anew', async () => {
    const { access, signIn } = processOf();
    const { id } = await lamp();
    const holder = { kind: 'device', id } as const;
    const old = await access.issue(holder);
    const { username, password } = await access.issue(holder);
    for (let i = 0; i < 10; i += 1) await signIn(username, old.password);
    await assert.rejects(signIn(username, password), EXCEEDED);
    const newest = await access.issue(holder);
    assert.ok(await signIn(username, newest.password));
  });

  it('S7: 1,000 wrong ones are two lines of log and two of audit, with neither password nor token', async () => {
    const { signIn, lines, deeds } = processOf();
    for (let i = 0; i < 1000; i += 1) await signIn('installer', `secret ${i}`).catch(() => null);
    assert.deepEqual(lines, [
      'warn: MQTT: wrong user name or password for installer from 192.168.1.7',
      'warn: MQTT: too many wrong passwords from 192.168.1.7, the last for installer: refused for now',
    ]);
    assert.deepEqual(
      deeds.map(({ actor, action, target }) => [actor, action, target]),
      [
        ['address:192.168.1.7', 'mqtt.sign-in:CREDENTIALS_WRONG', 'mqtt:installer'],
        ['address:192.168.1.7', 'mqtt.sign-in:ATTEMPTS_EXCEEDED', 'mqtt:installer'],
      ],
    );
    await clock.advance(15 * 60_000);
    await signIn('installer', 'secret');
    assert.equal(deeds.length, 3);
    assert.match(lines[2] ?? '', /and 9 times more since the last line/);
  });

  it('S7: 1,000 user names from one address write no more audit than the limits let through, and one entry for the limit', async () => {
    const { signIn, deeds } = processOf();
    for (let i = 0; i < 1000; i += 1) await signIn(`nobody-${i}`, 'wrong').catch(() => null);
    const of = (code: string) => deeds.filter(({ action }) => action.endsWith(code)).length;
    assert.equal(of(':ATTEMPTS_EXCEEDED'), 1);
    assert.ok(of(':CREDENTIALS_WRONG') <= 100);
  });

  it('S20: a user name is one line of log, however long and whatever it holds', async () => {
    const { signIn, lines } = processOf();
    await signIn(`a\nb\u001b[31m${'x'.repeat(200)}`, 'wrong');
    assert.equal(await signIn('x'.repeat(255), 'wrong'), null);
    assert.equal(lines.length, 1);
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    assert.ok(lines[0]!.length < 200 && !/[\n\u001b]/.test(lines[0]!));
  });

  it('counts nothing while rate limits are off', async () => {
    const { signIn } = processOf({ rateLimit: false });
    for (let i = 0; i < 200; i += 1) assert.equal(await signIn('installer', 'wrong'), null);
    assert.ok(await signIn('installer', PASSWORD));
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
