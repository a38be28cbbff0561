import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { HERE, peopleOf, person } from '../../test/support/test-people';
import { openTestStore } from '../../test/support/test-store';
import { sha256 } from '../adapters/crypto/digest';
import { systemRandom } from '../adapters/crypto/random';
import type { Standing, Visitor } from '../ports/broker-access';
import type { Store } from '../ports/store';
import { emptyRow } from './device-rows';
import { MqttAccess } from './mqtt-access';

const LAMP = { name: 'Lampe', type: 'light', room: 'Salon' } as const;

describe('access to the embedded broker', () => {
  let opened: { store: Store; remove(): Promise<void> };
  let clock: FakeClock;
  beforeEach(async () => {
    opened = await openTestStore();
    clock = new FakeClock();
  });
  afterEach(() => opened.remove());

  /** One process: two of them on one store are two processes of one home. */
  function processOf() {
    const { store } = opened;
    const people = peopleOf(store, clock);
    const access = new MqttAccess(
      { store, sessions: people.sessions, random: systemRandom, digest: sha256 },
      { username: 'installer', password: 'the password of the installer' },
    );
    return { ...people, access };
  }

  const lamp = () =>
    opened.store.devices.insert({ ...emptyRow, ...LAMP, key: 'lampe', createdAt: 0 });

  it('S16: a token signs in with the e-mail of its own account only', async () => {
    const { access, accounts } = processOf();
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
      const visitor = await access.authenticate(email, token);
      assert.equal(visitor?.kind === 'user' ? visitor.accountId : null, accountId, email);
    }
  });

  it('S16: no token signs in as the installer or a device', async () => {
    const { access, accounts } = processOf();
    const { token } = await accounts.register(person('ama'), HERE);
    const { id } = await lamp();
    const { username } = await access.issue({ kind: 'device', id });
    for (const name of ['installer', username, 'device-99', '']) {
      assert.equal(await access.authenticate(name, token), null);
    }
  });

  it('S4, S27: another process notices new credentials, another key and a deletion', async () => {
    const [one, two] = [processOf(), processOf()];
    const { id } = await lamp();
    const signIn = async () => {
      const { username, password } = await one.access.issue({ kind: 'device', id });
      return (await two.access.authenticate(username, password))!;
    };
    const standing = async (visitor: Visitor) => (await two.access.standings([visitor]))[0];

    const first = await signIn();
    assert.equal(await standing(first), 'good');
    const second = await signIn();
    assert.deepEqual([await standing(first), await standing(second)], ['ended', 'good']);
    await opened.store.devices.update(id, { key: 'neu' });
    assert.equal(await standing(second), 'gone');
    const third = await signIn();
    assert.equal(await standing(third), 'good');
    await opened.store.devices.delete(id);
    assert.equal(await standing(third), 'gone');
  });

  it('S4: a person whose session ended in another process, or by time, is no visitor any more', async () => {
    const [one, two] = [processOf(), processOf()];
    const { token } = await one.accounts.register(person('ama'), HERE);
    const other = await one.accounts.register(person('kofi'), HERE);
    const visitor = (await two.access.authenticate('ama@maison.tg', token))!;
    const kofi = (await two.access.authenticate('kofi@maison.tg', other.token))!;
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
    const { access, accounts } = processOf();
    const { token } = await accounts.register(person('ama'), HERE);
    const { id } = await lamp();
    const { username, password } = await access.issue({ kind: 'device', id });
    const visitors = [
      (await access.authenticate('ama@maison.tg', token))!,
      (await access.authenticate(username, password))!,
    ];
    await clock.advance(60_000);
    await opened.store.close();
    assert.deepEqual(await access.standings(visitors), ['good', 'good']);
  });

  it('tells who has to leave: an account’s session, one’s own credentials, a holder that is gone', async () => {
    const { access, accounts, sessions } = processOf();
    const { token } = await accounts.register(person('ama'), HERE);
    const { id } = await lamp();
    const { username, password } = await access.issue({ kind: 'device', id });
    const page = (await access.authenticate('ama@maison.tg', token))!;
    const device = (await access.authenticate(username, password))!;
    const told: (readonly [Standing, Standing])[] = [];
    access.onChanged((standingOf) => void told.push([standingOf(page), standingOf(device)]));
    await access.issue({ kind: 'sensor', id });
    await access.issue({ kind: 'device', id });
    await access.rightsChanged({ kind: 'device', id }, false);
    await access.rightsChanged({ kind: 'device', id }, true);
    await sessions.endToken(token);
    assert.deepEqual(told, [
      ['good', 'good'],
      ['good', 'ended'],
      ['good', 'gone'],
      ['good', 'gone'],
      ['ended', 'good'],
    ]);
    assert.equal(await access.authenticate(username, password), null);
  });
});
