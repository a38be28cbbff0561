import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { lineOf, redactFields, redactText } from './redact';

const JWT =
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwic2lkIjoiYWJjIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

describe('S21: a log line', () => {
  for (const text of [
    `Authorization: Bearer canary-token`,
    `{"email":"a@b.tg","password":"canary word"}`,
    String.raw`{\"password\":\"canary\"}`,
    `{ name: 'x', password: 'canary word', token: "canary" }`,
    `mqttPassword=canary&x=1`,
    `jwtSecret: canary`,
    `x-aurion-setup-code: canary`,
    `connect mqtt://plug:canary@10.0.0.1:1883`,
  ]) {
    it(`does not show the secret of ${text}`, () => {
      const line = redactText(text);
      assert.ok(!line.includes('canary'), line);
      assert.match(line, /•••/);
    });
  }

  it('does not show a token, wherever it stands', () => {
    for (const text of [JWT, `/x?a=${JWT}&b`, `"${JWT}"`, `(${JWT}…`]) {
      assert.ok(!redactText(text).includes(JWT.slice(4, 20)), text);
    }
  });

  it('keeps what is no secret', () => {
    for (const text of [
      'Setting "tokenTtl": a number with s, m, h or d, for example 7d',
      'The broker does not work: it refuses the user name or the password',
      'http://10.0.0.1:1880/admin',
      '{"password":"•••","token":"•••"}',
    ]) {
      assert.equal(redactText(text), text);
    }
  });

  it('does not show fields with a secret name, nor tokens in others', () => {
    const fields = {
      requestId: 'r',
      status: 200,
      newPassword: 'canary',
      accessToken: 'c',
      at: JWT,
    };
    assert.deepEqual(redactFields(fields), {
      requestId: 'r',
      status: 200,
      newPassword: '•••',
      accessToken: '•••',
      at: '•••',
    });
  });

  it('is searched in a moment, also where it is made to take long', () => {
    for (const part of ['eyJ', 'password', '"password":"', 'password: \\"', '//a', "token='\\"]) {
      const startedAt = performance.now();
      redactText(part.repeat(100_000));
      assert.ok(performance.now() - startedAt < 500, part);
    }
  });
});

describe('S20: a log line', () => {
  it('is one line without control, invisible and bidirectional characters, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, value) => {
        const line = lineOf(text, { value });
        assert.doesNotMatch(line, UNSAFE);
      }),
    );
  });

  it('says what was there', () => {
    assert.equal(
      lineOf('Lampe\n\u001b[31m', { room: 'Sa\u202elon', n: 1 }),
      String.raw`Lampe\n\u001b[31m room=Sa\u202elon n=1`,
    );
  });
});
