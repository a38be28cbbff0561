import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { assertGoodPassword } from '../domain/accounts/password';
import { line, optionalLine } from './fields';

const half = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit));
const around = fc.string({
  unit: fc.constantFrom('a', 'é', 'ɖ', '🏠'),
  minLength: 8,
  maxLength: 12,
});

describe('a text that people read', () => {
  it('D9: with NUL or half a surrogate anywhere is refused, and so is a new password', () => {
    const broken = fc.oneof(fc.constant('\0'), half);
    fc.assert(
      fc.property(around, broken, around, (before, bad, after) => {
        const text = `${before}${bad}${after}`;
        assert.equal(line(100).safeParse(text).success, false);
        assert.equal(optionalLine(100).safeParse(text).success, false);
        assert.throws(() => assertGoodPassword(text, 'ama@maison.tg', () => false), {
          code: 'PASSWORD_REFUSED',
        });
      }),
    );
  });

  it('D9: of whole characters, also those beyond 16 bits, is taken', () => {
    fc.assert(
      fc.property(around, (text) => {
        assert.equal(line(100).parse(text), text);
        assert.equal(optionalLine(100).parse(text), text);
        assertGoodPassword(text, 'ama@maison.tg', () => false);
      }),
    );
  });
});
