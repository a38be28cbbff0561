/** What an access token says, once its signature, issuer, audience and type are proven. */
export interface TokenClaims {
  readonly sessionId: string;
  readonly accountId: number;
  readonly expiresAt: number;
}

export interface Tokens {
  sign(claims: TokenClaims): string;
  /**
   * Proves a token and says what it claims, also when it has expired (`expiresAt` tells).
   * @throws TOKEN_INVALID for anything this home did not sign as an access token
   */
  verify(token: string): TokenClaims;
}

export interface PasswordHasher {
  /** How many passwords wait for their turn. */
  readonly waiting: number;
  /** @throws SERVICE_BUSY when too many wait, or it did not get its turn within a second */
  hash(password: string): Promise<string>;
  /** False for a wrong password; right also spelt with other code points for the same letters. With `hash` null it compares with a dummy, so that it takes as long, and is false. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** Randomness as a port, so that tests can foresee it. */
export interface Random {
  /** An unguessable text of `bytes` random bytes, base64url. */
  token(bytes: number): string;
}

/** Digests of texts that are random enough not to be guessed. */
export interface Digest {
  /** SHA-256, hexadecimal. */
  of(text: string): string;
  /** Compares in a time that tells nothing about where they differ. */
  same(a: string, b: string): boolean;
}
