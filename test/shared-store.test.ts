import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { newDatabase } from './support/postgres';
import { TestHome } from './support/test-home';

describe('two homes of one key on one PostgreSQL, as two processes have them', () => {
  let homes: readonly TestHome[];
  beforeEach(async () => {
    const storeUrl = await newDatabase();
    homes = await Promise.all([TestHome.open({}, { storeUrl }), TestHome.open({}, { storeUrl })]);
  });
  afterEach(() => Promise.all(homes.map((home) => home.remove())));

  const register = (home: TestHome, name: string) =>
    home.request('POST', '/auth/register', {
      json: { name, email: `${name}@maison.tg`, password: `${name} aime la mer` },
    });

  it('S10: of 50 first registrations at once one is the administrator', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => register(homes[n % 2]!, `hote${n}`)),
    );
    const roles = answers
      .filter(({ status }) => status === 200)
      .map(({ body }) => (body['user'] as { role: string }).role);
    assert.equal(roles.filter((role) => role === 'admin').length, 1);
  });

  it('S4, S5: a session of one is good at the other, until it ends anywhere', async () => {
    const [one, two] = homes as [TestHome, TestHome];
    const token = await one.register('ama');
    assert.equal((await two.request('GET', '/auth/me', { token })).status, 200);
    assert.equal((await two.request('POST', '/auth/logout', { token })).status, 200);
    const deadlineMs = performance.now() + 5000;
    while ((await one.request('GET', '/auth/me', { token })).status === 200) {
      assert.ok(performance.now() < deadlineMs, 'refused in 5 s');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
});
