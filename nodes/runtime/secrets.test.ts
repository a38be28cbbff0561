import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { MASK, secret } from '../../src/contract/fields';
import { hide, reveal } from './secrets';

const SIGN_IN = z.object({
  email: z.string(),
  password: secret(z.string()),
  code: secret(z.string()).optional(),
  hint: secret(z.string().default('')),
  profile: z.object({ pin: secret(z.string()) }).optional(),
});

describe('S21: hiding secrets', () => {
  it('puts dots in place of the secret fields that are there, and keeps what they were', () => {
    const value = Object.freeze({ email: 'ama@maison.tg', password: 'canary', code: '' });
    assert.deepEqual(hide(value, SIGN_IN), {
      shown: { email: 'ama@maison.tg', password: MASK, code: MASK },
      hidden: { password: 'canary', code: '' },
    });
  });

  it('knows a secret field by its mark, whatever it holds', () => {
    for (const password of [null, 0, false, ['canary'], { of: 'canary' }]) {
      assert.deepEqual(hide({ password }, SIGN_IN), {
        shown: { password: MASK },
        hidden: { password },
      });
    }
  });

  it('adds no field that was not there', () => {
    assert.deepEqual(hide({ email: 'x', code: undefined }, SIGN_IN), {
      shown: { email: 'x', code: undefined },
      hidden: {},
    });
  });

  it('leaves what is no object, and what has no secrets, as it is', () => {
    const open = z.object({ name: z.string() });
    for (const value of [null, undefined, 7, 'canary', ['canary']]) {
      assert.deepEqual(hide(value, SIGN_IN), { shown: value, hidden: {} });
    }
    for (const schema of [open, z.array(SIGN_IN), z.null()]) {
      const value = { name: 'canary' };
      assert.equal(hide(value, schema).shown, value);
    }
  });
});

describe('S21: giving secrets back', () => {
  const hidden = { password: 'canary', code: '4711' };

  it('puts them where the dots still are, in a copy', () => {
    const shown = Object.freeze({ email: 'x', password: MASK, code: MASK });
    assert.deepEqual(reveal(shown, hidden), { email: 'x', ...hidden });
  });

  it('leaves what a flow put in, and what it took out', () => {
    const changed = { email: MASK, password: 'new' };
    assert.equal(reveal(changed, hidden), changed);
    assert.deepEqual(reveal({ password: [MASK], code: MASK }, hidden), {
      password: [MASK],
      code: '4711',
    });
  });

  it('leaves what is no object as it is', () => {
    for (const value of [null, undefined, MASK, [MASK], 7]) {
      assert.equal(reveal(value, hidden), value);
    }
  });

  it('undoes hiding, whatever the secrets are', () => {
    const value = fc.record(
      { email: fc.string(), password: fc.anything(), code: fc.string(), hint: fc.string() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, (given) => {
        const { shown, hidden: kept } = hide(given, SIGN_IN);
        assert.deepEqual(reveal(shown, kept), { ...given });
      }),
    );
  });
});
