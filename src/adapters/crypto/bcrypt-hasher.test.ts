import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { systemClock } from '../time/system-clock';
import { createBcryptHasher } from './bcrypt-hasher';

describe('password hashing', () => {
  it('knows the right password from a wrong one', async () => {
    const hasher = createBcryptHasher(systemClock, 4);
    const hash = await hasher.hash('la mer à Lomé');
    assert.equal(await hasher.verify('la mer à Lomé', hash), true);
    assert.equal(await hasher.verify('la mer a Lomé', hash), false);
  });

  it('S6: without an account it does the same work and says no', async () => {
    const hasher = createBcryptHasher(systemClock, 10);
    const hash = await hasher.hash('la mer à Lomé');
    const timed = async (known: string | null) => {
      const start = performance.now();
      assert.equal(await hasher.verify('wrong', known), false);
      return performance.now() - start;
    };
    await timed(hash);
    const known = Math.min(await timed(hash), await timed(hash), await timed(hash));
    const unknown = Math.min(await timed(null), await timed(null), await timed(null));
    assert.ok(unknown > known / 2 && unknown < known * 2, `${unknown} ms against ${known} ms`);
  });

  it('S8: 300 at once are all served or refused as busy, and none waits for long', async () => {
    const hasher = createBcryptHasher(systemClock, 11);
    const results = await Promise.allSettled(
      Array.from({ length: 300 }, () => hasher.verify('x', null)),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    assert.ok(refused.length > 0 && refused.length < 300);
    for (const { reason } of refused) {
      assert.equal((reason as { code: string }).code, 'SERVICE_BUSY');
    }
  });
});
