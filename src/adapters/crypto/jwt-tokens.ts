import { createHash, timingSafeEqual } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { AurionError } from '../../contract/errors';
import type { TokenClaims, Tokens } from '../../ports/crypto';

const ALGORITHM = 'HS256';
const ISSUER = 'aurion';
const TYPE = 'access';
const TOKEN_LENGTH_MAX = 2048;
/** Tokens proven lately, so that a page's next request costs a look-up and not a signature. */
const REMEMBERED_MAX = 1000;

export const SECRET_BYTES_MIN = 32;

/** Secrets from samples and tutorials, compared without case. */
const WELL_KNOWN_SECRETS = [
  'secret',
  'your-secret-key',
  'your_jwt_secret',
  'aurion-secret-key',
  'aurion_secret_key',
  'change-me',
  'changeme',
  'password',
];

/**
 * Refuses a secret that could be guessed: under 32 bytes, well known (also when repeated or padded
 * to length), or with too few different characters.
 * @param setting what the log tells the owner to change
 * @throws SECRET_WEAK
 */
export function assertStrongSecret(secret: string, setting: string): void {
  const text = secret.toLowerCase();
  const known = WELL_KNOWN_SECRETS.some((sample) => text.replaceAll(sample, '').length < 12);
  if (Buffer.byteLength(secret) < SECRET_BYTES_MIN || known || new Set(secret).size < 8) {
    throw new AurionError('SECRET_WEAK', { params: { setting } });
  }
}

/**
 * Access tokens as JWT. The one place that calls `jsonwebtoken`, since that takes any algorithm,
 * tokens without `exp` and one-character secrets unless told otherwise.
 * The audience names the home, so that a token of one home is nothing in another.
 */
export function createJwtTokens(options: {
  readonly secret: string;
  readonly homeKey: string;
}): Tokens {
  assertStrongSecret(options.secret, 'jwtSecret');
  // A fixed-length key of its own purpose, whatever the secret's form.
  const key = createHash('sha256').update('aurion:access:').update(options.secret).digest();
  const audience = `aurion:${options.homeKey}`;
  const proven = new Map<string, TokenClaims>();

  function prove(token: string): TokenClaims {
    const { header, payload } = decode(token);
    // `kid`, `jku`, `jwk`, `x5u` name a key of the sender's choice: no token of ours does.
    if (Object.keys(header).some((name) => name !== 'alg' && name !== 'typ')) throw invalid();
    if (header.alg !== ALGORITHM) throw invalid();
    const { jti, sub, exp, typ } = payload;
    if (
      typ !== TYPE ||
      typeof jti !== 'string' ||
      typeof sub !== 'string' ||
      typeof exp !== 'number'
    ) {
      throw invalid();
    }
    const accountId = Number(sub);
    if (!Number.isSafeInteger(accountId) || accountId < 1) throw invalid();
    return { sessionId: jti, accountId, expiresAt: exp * 1000 };
  }

  function decode(token: string): { header: jwt.JwtHeader; payload: Record<string, unknown> } {
    try {
      const { header, payload } = jwt.verify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience,
        // An expired token is another answer than a forged one: the caller looks at `expiresAt`.
        ignoreExpiration: true,
        complete: true,
      });
      if (typeof payload === 'string') throw invalid();
      return { header, payload };
    } catch (cause) {
      throw invalid(cause);
    }
  }

  return {
    sign: ({ sessionId, accountId, expiresAt }) =>
      jwt.sign({ typ: TYPE, exp: Math.floor(expiresAt / 1000) }, key, {
        algorithm: ALGORITHM,
        issuer: ISSUER,
        audience,
        subject: String(accountId),
        jwtid: sessionId,
      }),
    verify(token) {
      const remembered = proven.get(token);
      if (remembered) return remembered;
      if (token.length > TOKEN_LENGTH_MAX) throw invalid();
      const claims = prove(token);
      if (proven.size >= REMEMBERED_MAX) {
        for (const oldest of proven.keys()) {
          proven.delete(oldest);
          break;
        }
      }
      proven.set(token, claims);
      return claims;
    },
  };
}

function invalid(cause?: unknown): AurionError {
  return cause instanceof AurionError ? cause : new AurionError('TOKEN_INVALID', { cause });
}

/** Compares two secrets in a time that tells nothing about where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
