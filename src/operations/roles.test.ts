import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { TestHome } from '../../test/support/test-home';
import { ROLES, satisfies, type Role } from '../contract/role';
import { OPERATIONS } from './registry';

/** Every operation with every kind of caller: generated, so that a new operation is in it at once. */
describe('roles', () => {
  let test: TestHome;
  let other: TestHome;
  const tokens = new Map<string, string>();
  before(async () => {
    test = await TestHome.open();
    other = await TestHome.open({ key: 'other' });
    for (const role of ['admin', 'user', 'guest']) tokens.set(role, await test.register(role));
    const me = await test.request('GET', '/auth/me', { token: tokens.get('user')! });
    // The operation that changes roles is an administrator's; here the store's row will do.
    const running = (
      test.home as unknown as {
        running: {
          store: { accounts: { update(id: unknown, changes: object): Promise<unknown> } };
        };
      }
    ).running;
    await running.store.accounts.update(me.body['id'], { role: 'user' });
    tokens.set('other home', await other.register('admin'));
    // A token of its own for each try: some operations end the session.
    tokens.set('forged', 'a.b.c');
  });
  after(async () => {
    await test.remove();
    await other.remove();
  });

  const callers = ['nobody', 'forged', 'other home', ...ROLES];

  for (const { id, role: required, rest } of OPERATIONS) {
    for (const caller of callers) {
      const allowed =
        required === 'public' ||
        (ROLES.includes(caller as Role) && satisfies(caller as Role, required));
      it(`S12: ${id} (${required}) ${allowed ? 'lets' : 'does not let'} ${caller} in`, async () => {
        const token = await tokenFor(caller);
        const path = rest.path.replace(/:\w+/g, '1');
        const { status, body } = await test.request(rest.method, path, {
          ...(token !== undefined && { token }),
          ...(rest.method === 'GET' ? {} : { json: {} }),
        });
        const expected = required !== 'public' && caller === 'nobody' ? 401 : 403;
        if (allowed)
          assert.ok(status !== 401 && status !== 403, `${status} ${JSON.stringify(body)}`);
        else assert.equal(status, expected, JSON.stringify(body));
      });
    }
  }

  async function tokenFor(caller: string): Promise<string | undefined> {
    if (!ROLES.includes(caller as Role)) return tokens.get(caller);
    const json = { email: `${caller}@maison.tg`, password: `${caller} aime la mer` };
    const { body } = await test.request('POST', '/auth/login', { json });
    return body['token'] as string;
  }
});
