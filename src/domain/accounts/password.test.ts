import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { textOf, type AurionError } from '../../contract/errors';
import { assertGoodPassword, normalPassword, passwordForms } from './password';

const isCommon = (text: string) => text === 'motdepasse';

describe('new passwords', () => {
  const refused: Record<string, [password: string, rule: RegExp]> = {
    'under 8 characters': ['court12', /au moins 8 caractères/],
    'over 72 bytes': ['é'.repeat(37), /72 octets/],
    'among the most common': ['MotDePasse', /trop courant/],
    'the e-mail': ['Ama@Example.TG', /différent de l'email/],
    'with control characters': ['mot de\u0000passe', /contrôle/],
  };
  for (const [name, [password, rule]] of Object.entries(refused)) {
    it(`S9: ${name}: refused, and the message says why`, () => {
      assert.throws(
        () => assertGoodPassword(password, 'ama@example.tg', isCommon),
        (error: AurionError) => {
          assert.equal(error.code, 'PASSWORD_REFUSED');
          assert.match(textOf(error, 'fr'), rule);
          assert.equal(error.details?.('fr')[0]?.path, 'password');
          return true;
        },
      );
    });
  }

  it('S9: no composition rules: eight plain characters will do, and so will 72 bytes', () => {
    for (const password of ['aaaabbbb', 'é'.repeat(36)]) {
      assert.doesNotThrow(() => assertGoodPassword(password, 'ama@example.tg', isCommon));
    }
  });

  it('S9: are looked at as they are hashed: composed, however they are typed', () => {
    const decomposed = 'é'.repeat(36).normalize('NFD');
    assert.ok(Buffer.byteLength(decomposed) > 72);
    assert.doesNotThrow(() => assertGoodPassword(decomposed, 'ama@example.tg', isCommon));
    // Eight code points, of which people see four letters.
    const short = 'éèàù'.normalize('NFD');
    assert.throws(() => assertGoodPassword(short, 'ama@example.tg', isCommon), {
      code: 'PASSWORD_REFUSED',
    });
  });

  it('have the same normal form for every way to spell the same letters', () => {
    assert.equal(normalPassword('Lomé'.normalize('NFD')), normalPassword('Lomé'));
    assert.notEqual(normalPassword('Lomé'), normalPassword('Lome'));
    assert.deepEqual(passwordForms('plain'), ['plain']);
    assert.equal(passwordForms('Lomé')[0], 'Lomé'.normalize('NFC'));
  });
});
