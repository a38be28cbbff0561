import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertSafeKeys, printable } from './safe-input';

describe('safe input', () => {
  const refused: Record<string, string> = {
    'a prototype key': '{"__proto__":{"admin":true}}',
    'a constructor deep inside': '{"a":[{"constructor":{"prototype":{}}}]}',
    'a query operator': '{"email":{"$ne":null}}',
    'a path': '{"a.b":1}',
    'a NUL': '{"a\\u0000":1}',
  };
  for (const [name, json] of Object.entries(refused)) {
    it(`S2: ${name} is refused and pollutes nothing`, () => {
      assert.throws(() => assertSafeKeys(JSON.parse(json)), { code: 'INPUT_KEY_FORBIDDEN' });
      assert.equal(({} as Record<string, unknown>)['admin'], undefined);
    });
  }

  it('S17: input nested 32 deep passes, 33 deep is refused', () => {
    const nested = (depth: number): unknown =>
      JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;
    assert.doesNotThrow(() => assertSafeKeys(nested(32)));
    assert.throws(() => assertSafeKeys(nested(33)), { code: 'INPUT_TOO_DEEP' });
    assert.throws(() => assertSafeKeys(nested(20_000)), { code: 'INPUT_TOO_DEEP' });
  });

  it('S20: text from outside becomes one line without control characters', () => {
    assert.equal(printable('a\nb\u001b[31mc\u202ed'), 'a�b�[31mc�d');
    assert.equal(printable('x'.repeat(100)).length, 65);
  });
});
