import { AurionError } from '../contract/errors';
import { printable } from '../contract/safe-input';
import { OnceEvery } from '../domain/limits/once-every';
import { waitMs, type WindowLimit } from '../domain/limits/window';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { Attempts } from './attempts';
import type { Audit } from './audit';
import type { KnownAddresses } from './known-addresses';
import { GUESSES_FROM_KNOWN, GUESSES_PER_ACCOUNT, GUESSES_PER_ADDRESS } from './password-guesses';

const MINUTE_MS = 60_000;
const SUBJECTS_MAX = 10_000;
const ACTION = 'mqtt.sign-in';

/** Who a password is tried for, and from where. */
export interface MqttGuess {
  readonly username: string;
  readonly address: string | null;
  /** The account that may know the address, looked for beyond the limits only; null for none. */
  readonly account: () => Promise<string | null>;
}

interface Limited {
  readonly subject: string;
  readonly limit: WindowLimit;
}

/**
 * Limits the guessing of MQTT passwords as that of accounts is limited (S7). It counts in memory and not
 * in the store as `PasswordGuesses` does: a smoke detector has to get in while the disk is full, and two
 * hundred plugs that come back at once should cost no writes.
 */
export class MqttGuesses {
  /** When a password was wrong, or is not proven right yet, by the monotonic clock. */
  private readonly wrong = new Map<string, number[]>();
  private readonly wrongTold = new OnceEvery(MINUTE_MS);
  private readonly limitTold = new OnceEvery(GUESSES_PER_ACCOUNT.windowMs);
  private readonly audited = new OnceEvery(GUESSES_PER_ACCOUNT.windowMs);

  constructor(
    private readonly ports: {
      readonly clock: Clock;
      readonly logger: Logger;
      readonly audit: Pick<Audit, 'record'>;
      readonly attempts: Pick<Attempts, 'subject' | 'addressSubject'>;
      readonly known: Pick<KnownAddresses, 'isKnown'>;
    },
    /** False: nothing is counted or refused. */
    private readonly enabled: boolean,
  ) {}

  /**
   * Asks `verify`, which says null for a wrong password, unless there were too many. Beyond the limits
   * the right one from an address that the account knows still is.
   * @throws ATTEMPTS_EXCEEDED, and what `verify` throws, which counts for no try
   */
  async check<T>(guess: MqttGuess, verify: () => Promise<T | null>): Promise<T | null> {
    if (!this.enabled) return verify();
    const waitedMs = this.waitOf(this.limitsOf(guess));
    if (waitedMs === 0) {
      const found = await this.tried(this.limitsOf(guess), verify);
      if (found === null) this.tell(guess, 'CREDENTIALS_WRONG');
      return found;
    }
    const refusal = this.refusal(waitedMs);
    const known = await this.knownLimit(guess);
    const found =
      known === null || this.waitOf([known]) > 0 ? null : await this.tried([known], verify);
    if (found !== null) return found;
    this.tell(guess, 'ATTEMPTS_EXCEEDED');
    throw refusal;
  }

  /** The account has other credentials now: what was wrong before does not count against them. */
  forget(username: string): void {
    this.wrong.delete(this.accountSubject(username));
  }

  /** Counts a try before it is made, so that many at once can't slip through. */
  private async tried<T>(
    limited: readonly Limited[],
    verify: () => Promise<T | null>,
  ): Promise<T | null> {
    const at = this.ports.clock.monotonicMs();
    for (const { subject, limit } of limited) this.count(subject, limit, at);
    let counts = false;
    try {
      const found = await verify();
      counts = found === null;
      return found;
    } finally {
      if (!counts) for (const { subject } of limited) this.takeBack(subject, at);
    }
  }

  private count(subject: string, { windowMs }: WindowLimit, at: number): void {
    const times = (this.wrong.get(subject) ?? []).filter((time) => time > at - windowMs);
    // Behind those that were counted longer ago.
    this.wrong.delete(subject);
    this.wrong.set(subject, [...times, at]);
    for (const [oldest] of this.wrong) {
      if (this.wrong.size <= SUBJECTS_MAX) break;
      this.wrong.delete(oldest);
    }
  }

  private takeBack(subject: string, at: number): void {
    const times = this.wrong.get(subject) ?? [];
    const index = times.indexOf(at);
    const left = times.filter((_time, i) => i !== index);
    if (left.length > 0) this.wrong.set(subject, left);
    else this.wrong.delete(subject);
  }

  private waitOf(limited: readonly Limited[]): number {
    const now = this.ports.clock.monotonicMs();
    return Math.max(
      ...limited.map(({ subject, limit }) => waitMs(this.wrong.get(subject) ?? [], limit, now)),
    );
  }

  private limitsOf({ username, address }: MqttGuess): Limited[] {
    const account = { subject: this.accountSubject(username), limit: GUESSES_PER_ACCOUNT };
    if (address === null) return [account];
    const subject = this.ports.attempts.addressSubject('mqtt:address', address);
    return [account, { subject, limit: GUESSES_PER_ADDRESS }];
  }

  private async knownLimit(guess: MqttGuess): Promise<Limited | null> {
    const { address } = guess;
    const account = address === null ? null : await guess.account();
    if (account === null || address === null) return null;
    if (!(await this.ports.known.isKnown(account, address))) return null;
    const subject = this.ports.attempts.addressSubject(`mqtt:known:${account}`, address);
    return { subject, limit: GUESSES_FROM_KNOWN };
  }

  private accountSubject(username: string): string {
    return this.ports.attempts.subject('mqtt:account', username);
  }

  private refusal(waitedMs: number): AurionError {
    const seconds = Math.ceil(waitedMs / 1000);
    return new AurionError('ATTEMPTS_EXCEEDED', {
      params: { seconds: String(seconds) },
      retryAfterS: seconds,
    });
  }

  /**
   * One line a minute and address for a wrong password, one in a quarter of an hour for the limit. The audit has one of each
   * user name, which the limits bound, and one of each address for the limit: made-up names push nothing out of it.
   */
  private tell({ username, address }: MqttGuess, code: 'CREDENTIALS_WRONG' | 'ATTEMPTS_EXCEEDED') {
    const { clock, logger, audit, attempts } = this.ports;
    const nowMs = clock.monotonicMs();
    const from = attempts.addressSubject('mqtt:told', address ?? 'nowhere');
    const isLimit = code === 'ATTEMPTS_EXCEEDED';
    const held = (isLimit ? this.limitTold : this.wrongTold).admit(from, nowMs);
    const where = address === null ? '' : ` from ${printable(address, 64)}`;
    const name = printable(username, 64);
    if (held !== null) {
      const more = held === 0 ? '' : `, and ${held} times more since the last line`;
      logger.warn(
        isLimit
          ? `MQTT: too many wrong passwords${where}, the last for ${name}: refused for now${more}`
          : `MQTT: wrong user name or password for ${name}${where}${more}`,
      );
    }
    const about = isLimit ? '' : attempts.subject('told', username);
    if (this.audited.admit(`${code} ${from} ${about}`, nowMs) === null) return;
    const actor = address === null ? 'public' : `address:${printable(address, 64)}`;
    const action = `${ACTION}:${code}`;
    audit.record({ actor, action, target: `mqtt:${name}`, requestId: null, pool: 'security' });
  }
}
