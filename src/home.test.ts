import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { TestHome } from '../test/support/test-home';
import { createJwtTokens } from './adapters/crypto/jwt-tokens';

describe('the secret that signs tokens', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aurion-secret-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const me = async (home: TestHome, token: string) =>
    (await home.request('GET', '/auth/me', { token })).status;

  it('S5: is made once where none is given, so that tokens outlive a restart; another home has another', async () => {
    const first = await TestHome.open({}, {}, { folder });
    const token = await first.register('ama');
    await first.home.stop();
    const again = await TestHome.open({}, {}, { folder });
    const other = await TestHome.open();
    await other.register('ama');
    try {
      assert.deepEqual([await me(again, token), await me(other, token)], [200, 403]);
    } finally {
      await other.remove();
      await again.remove();
      await first.remove();
    }
  });

  it('S5: that is given wins over the one that was made', async () => {
    const made = await TestHome.open({}, {}, { folder });
    const token = await made.register('ama');
    await made.home.stop();
    const jwtSecret = 'e7Yq0f3vR1kTzL9wB5nXcM2sJhPdUaGo';
    const given = await TestHome.open({}, { jwtSecret }, { folder });
    try {
      assert.equal(await me(given, token), 403);
      const json = { email: 'ama@maison.tg', password: 'ama aime la mer' };
      const { body } = await given.request('POST', '/auth/login', { json });
      const tokens = createJwtTokens({ secret: jwtSecret, homeKey: 'home' });
      assert.equal(tokens.verify(String(body['token'])).accountId, 1);
    } finally {
      await given.remove();
      await made.remove();
    }
  });
});
