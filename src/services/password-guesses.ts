import { AurionError } from '../contract/errors';
import type { WindowLimit } from '../domain/limits/window';
import type { Clock } from '../ports/clock';
import type { RowChanges, SettingRow, Store } from '../ports/store';
import type { Attempts, Limited, Reservation } from './attempts';
import { KnownAddresses } from './known-addresses';

const WINDOW_MS = 15 * 60_000;

/** Wrong passwords for one account (or one unknown e-mail), and from one address (S7). */
export const GUESSES_PER_ACCOUNT: WindowLimit = { max: 10, windowMs: WINDOW_MS };
export const GUESSES_PER_ADDRESS: WindowLimit = { max: 100, windowMs: WINDOW_MS };
/** Beyond these, from an address that the account knows. */
export const GUESSES_FROM_KNOWN: WindowLimit = { max: 100, windowMs: WINDOW_MS };

/** Who a password is tried for, and from where. */
export interface Guess {
  readonly emailKey: string;
  /** Null for an e-mail nobody has. */
  readonly accountId: number | null;
  readonly address: string | null;
}

/** Limits the guessing of passwords, without locking out those who live here. */
export class PasswordGuesses {
  private readonly known: KnownAddresses;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly attempts: Attempts;
    },
  ) {
    this.known = new KnownAddresses(ports);
  }

  /**
   * Asks `verify` unless there were too many wrong passwords. Beyond the limits the right password
   * from an address that signed in to this account within 30 days still is: there a wrong one is
   * refused as everybody is. An e-mail nobody has is limited as an account is (S6).
   * @returns whether the password was right
   * @throws ATTEMPTS_EXCEEDED, and what `verify` throws, which counts for no try
   */
  async check(guess: Guess, verify: () => Promise<boolean>): Promise<boolean> {
    try {
      const reservation = await this.ports.attempts.reserve(this.limitsOf(guess));
      return await this.tried(reservation, verify);
    } catch (refusal) {
      if (!(refusal instanceof AurionError) || refusal.code !== 'ATTEMPTS_EXCEEDED') throw refusal;
      if (!isSomewhere(guess) || !(await this.isKnown(guess))) throw refusal;
      const { attempts } = this.ports;
      const subject = attempts.addressSubject(`password:known:${guess.accountId}`, guess.address);
      const reservation = await attempts.reserve([{ subject, limit: GUESSES_FROM_KNOWN }]);
      if (await this.tried(reservation, verify)) return true;
      throw refusal;
    }
  }

  /** An account was signed in to from here: this address is known to it for 30 days. */
  remember(
    accountId: number,
    address: string | null,
    settings: RowChanges<SettingRow>,
  ): Promise<void> {
    return this.known.remember(String(accountId), address, settings);
  }

  private async tried(reservation: Reservation, verify: () => Promise<boolean>): Promise<boolean> {
    let counts = false;
    try {
      const right = await verify();
      counts = !right;
      return right;
    } finally {
      if (!counts) await reservation.release();
    }
  }

  private isKnown({ accountId, address }: Locatable): Promise<boolean> {
    return this.known.isKnown(String(accountId), address);
  }

  private limitsOf({ emailKey, address }: Guess): Limited[] {
    const { attempts } = this.ports;
    const account = attempts.subject('password:account', emailKey);
    const limits = [{ subject: account, limit: GUESSES_PER_ACCOUNT }];
    if (address === null) return limits;
    const from = attempts.addressSubject('password:address', address);
    return [...limits, { subject: from, limit: GUESSES_PER_ADDRESS }];
  }
}

/** A guess at an account that exists, from somewhere. */
type Locatable = Guess & { readonly accountId: number; readonly address: string };

function isSomewhere(guess: Guess): guess is Locatable {
  return guess.accountId !== null && guess.address !== null;
}
