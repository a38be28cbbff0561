import type { AurionClientError } from './errors';

/** Where the token is kept. */
export interface TokenStorage {
  read(): string | null;
  /** @param token null to forget it */
  write(token: string | null): void;
}

/** Keeps the token until the page is left. */
export function memoryStorage(token: string | null = null): TokenStorage {
  return {
    read: () => token,
    write: (next) => {
      token = next;
    },
  };
}

/** Keeps the token in a web storage (`localStorage`: until signed out; `sessionStorage`: as long as the tab). */
export function webStorage(
  storage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
  },
  key = 'aurion.token',
): TokenStorage {
  return {
    read: () => storage.getItem(key),
    write: (token) => {
      if (token === null) storage.removeItem(key);
      else storage.setItem(key, token);
    },
  };
}

/**
 * Called when Aurion asks to sign in (again): ask the user, call `auth.login`, and return. What
 * waited is then tried once more. It may call public operations only, until one has signed in. If it rejects,
 * what waited rejects with its error.
 * @param error why, if a request brought it up; null if it was the live connection
 */
export type OnSignInNeeded = (error: AurionClientError | null) => Promise<unknown>;

/** The token and who renews it. */
export class Session {
  private renewing: Promise<boolean> | null = null;
  private leaving: Promise<unknown> | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly storage: TokenStorage,
    private readonly onSignInNeeded: OnSignInNeeded | undefined,
  ) {}

  get token(): string | null {
    return this.storage.read();
  }

  accept(token: string): void {
    this.storage.write(token);
    for (const listener of [...this.listeners]) listener();
  }

  /** Calls back after each sign-in. @returns what ends it */
  onSignIn(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Runs a sign-out. The token is forgotten if Aurion ended the session or had ended it before. */
  async leave<T>(
    signOut: (token: string | null) => Promise<T>,
    isOver: (error: unknown) => boolean,
  ): Promise<T> {
    const { token } = this;
    const work = signOut(token);
    const forget = (): void => {
      if (this.token === token) this.storage.write(null);
    };
    const left = work.then(forget, (error: unknown) => {
      if (isOver(error)) forget();
    });
    this.leaving = left;
    try {
      await left;
    } finally {
      if (this.leaving === left) this.leaving = null;
    }
    return work;
  }

  /**
   * Called when `used` was refused. Asks for a new sign-in, once however many ask at the same time.
   * @returns true if there is another token to try with
   */
  async renew(used: string | null, error: AurionClientError | null): Promise<boolean> {
    // A sign-out ends what is under way; nobody should be asked to sign in because of it.
    if (this.leaving) await this.leaving;
    if (this.renewing) return this.renewing;
    const { token } = this;
    if (token !== used) return token !== null;
    if (token !== null) this.storage.write(null);
    if (!this.onSignInNeeded) return false;
    this.renewing = this.ask(this.onSignInNeeded, error);
    try {
      return await this.renewing;
    } finally {
      this.renewing = null;
    }
  }

  private async ask(hook: OnSignInNeeded, error: AurionClientError | null): Promise<boolean> {
    await hook(error);
    return this.token !== null;
  }
}
