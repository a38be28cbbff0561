import assert from 'node:assert/strict';
import bcrypt from 'bcrypt';
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

  it('S9: knows a password of 72 bytes from the same with something behind it', async () => {
    const hasher = createBcryptHasher(systemClock, 4);
    for (const longest of ['x'.repeat(72), 'é'.repeat(36)]) {
      const hash = await hasher.hash(longest);
      assert.equal(await hasher.verify(longest, hash), true);
      for (const more of ['y', ' ', 'é', '\u0000', 'x'.repeat(72)]) {
        assert.equal(await hasher.verify(`${longest}${more}`, hash), false, JSON.stringify(more));
      }
    }
    const short = await hasher.hash('la mer à Lomé');
    assert.equal(await hasher.verify('la mer à Lomé\u0000', short), false);
  });

  it('takes a password for the same whichever way its letters are spelt, also one that was hashed as it was typed', async () => {
    const hasher = createBcryptHasher(systemClock, 4);
    const [composed, decomposed] = ['la mer à Lomé', 'la mer à Lomé'.normalize('NFD')];
    assert.notEqual(composed, decomposed);
    const hashes = [
      await hasher.hash(composed),
      await hasher.hash(decomposed),
      // As they were made before.
      await bcrypt.hash(composed, 4),
      await bcrypt.hash(decomposed, 4),
    ];
    for (const hash of hashes) {
      assert.equal(await hasher.verify(composed, hash), true);
      assert.equal(await hasher.verify(decomposed, hash), true);
      assert.equal(await hasher.verify('la mer a Lome', hash), false);
    }
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

  it('S8: of 200 at once two run, and who does not get his turn within a second hears it then', async () => {
    const { compare } = bcrypt;
    let [running, most] = [0, 0];
    Object.assign(bcrypt, {
      compare: async (password: string, hash: string) => {
        most = Math.max(most, (running += 1));
        try {
          return await compare(password, hash);
        } finally {
          running -= 1;
        }
      },
    });
    try {
      const hasher = createBcryptHasher(systemClock, 10);
      const hash = await hasher.hash('la mer à Lomé');
      const start = performance.now();
      const refusedAfterMs: number[] = [];
      const results = await Promise.all(
        Array.from({ length: 200 }, async () => {
          try {
            return await hasher.verify('x', hash);
          } catch (error) {
            refusedAfterMs.push(performance.now() - start);
            return (error as { code: string }).code;
          }
        }),
      );
      assert.equal(most, 2);
      assert.ok(refusedAfterMs.length > 0 && results.includes(false));
      assert.deepEqual(new Set(results), new Set([false, 'SERVICE_BUSY']));
      // A second, and what a busy machine takes to say so.
      assert.ok(Math.max(...refusedAfterMs) < 1500, String(Math.max(...refusedAfterMs)));
    } finally {
      Object.assign(bcrypt, { compare });
    }
  });

  it('S8: with more waiting than there is room for, who comes is refused at once', async () => {
    const hasher = createBcryptHasher(systemClock, 8);
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
