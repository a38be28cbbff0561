import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'mocha';
import jwt from 'jsonwebtoken';
import { assertStrongSecret, createJwtTokens } from './jwt-tokens';

const secret = 'e7Yq0f3vR1kTzL9wB5nXcM2sJhPdUaGo';
const key = createHash('sha256').update('aurion:access:').update(secret).digest();
const tokens = createJwtTokens({ secret, homeKey: 'home' });
const claims = { sessionId: 's-1', accountId: 7, expiresAt: 1_900_000_000_000 };

function forge(
  payload: Record<string, unknown> = {},
  options: jwt.SignOptions = {},
  signKey: jwt.Secret = key,
): string {
  const good = {
    typ: 'access',
    jti: 's-1',
    sub: '7',
    iss: 'aurion',
    aud: 'aurion:home',
    exp: 1.9e9,
  };
  const all: Record<string, unknown> = { ...good, ...payload };
  const merged = Object.entries(all).filter(([, value]) => value !== undefined);
  return jwt.sign(Object.fromEntries(merged), signKey, { algorithm: 'HS256', ...options });
}

describe('access tokens', () => {
  it('say what they were made with, also when proven again', () => {
    const token = tokens.sign(claims);
    assert.deepEqual(tokens.verify(token), claims);
    assert.deepEqual(tokens.verify(token), claims);
  });

  it('that have expired are still proven, so that they can be told from forged ones', () => {
    const old = { ...claims, expiresAt: 1_000_000_000_000 };
    assert.deepEqual(tokens.verify(tokens.sign(old)), old);
  });

  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = b64(jwt.decode(forge()));
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
  const confused = `${b64({ alg: 'HS256', typ: 'JWT' })}.${payload}`;
  const refused: Record<string, string> = {
    'of algorithm none': `${b64({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'of algorithm HS512': forge({}, { algorithm: 'HS512' }),
    'of algorithm RS256': forge({}, { algorithm: 'RS256' }, privateKey),
    'signed with a public key as a shared secret': `${confused}.${createHmac('sha256', publicPem).update(confused).digest('base64url')}`,
    'signed with the bare secret': forge({}, {}, secret),
    'without exp': forge({ exp: undefined }),
    'of another issuer': forge({ iss: 'other' }),
    'of another home': forge({ aud: 'aurion:other' }),
    'of another type': forge({ typ: 'reset' }),
    'without a session': forge({ jti: undefined }),
    'without an account': forge({ sub: 'x' }),
    'with a kid': forge({}, { keyid: '../../etc/passwd' }),
    'with a jku': forge({}, { header: { alg: 'HS256', jku: 'http://127.0.0.1/keys' } }),
    'with a jwk': forge({}, { header: { alg: 'HS256', jwk: { kty: 'oct' } } as jwt.JwtHeader }),
    'with an x5u': forge({}, { header: { alg: 'HS256', x5u: 'http://127.0.0.1/cert' } }),
    'that is no token': 'abc',
    'that is too long': `${forge()}${'a'.repeat(3000)}`,
    'changed in its payload': forge().replace(
      /\.(.)/,
      (_, c: string) => `.${c === 'e' ? 'f' : 'e'}`,
    ),
  };
  for (const [name, token] of Object.entries(refused)) {
    it(`S3: a token ${name} is refused`, () => {
      assert.throws(() => tokens.verify(token), { code: 'TOKEN_INVALID' });
    });
  }

  it('S3: the forging helper itself makes good tokens, so the refusals above mean something', () => {
    assert.equal(tokens.verify(forge()).accountId, 7);
  });

  for (const weak of [
    '',
    'short',
    'secret'.repeat(8),
    'your-secret-key'.repeat(4),
    'a'.repeat(64),
  ]) {
    it(`S5: the secret "${weak.slice(0, 20)}" (${weak.length}) is refused and the setting named`, () => {
      assert.throws(() => assertStrongSecret(weak, 'jwtSecret'), {
        code: 'SECRET_WEAK',
        message: /jwtSecret/,
      });
    });
  }
});
