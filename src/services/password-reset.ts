import type { ResetConfirmation } from '../contract/account';
import { AurionError } from '../contract/errors';
import { emailKey } from '../contract/fields';
import type { Language } from '../contract/language';
import type { RunningCall } from '../contract/operation';
import { printable } from '../contract/safe-input';
import { resetMail } from '../domain/accounts/reset-mail';
import type { WindowLimit } from '../domain/limits/window';
import type { Clock, Timer } from '../ports/clock';
import type { Digest, Random } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Notifier } from '../ports/notifier';
import type { AccountRow, Store } from '../ports/store';
import type { Attempts } from './attempts';
import { voidResets, type Passwords } from './passwords';

const MINUTE_MS = 60_000;
const LINK_LIFETIME_MS = 60 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;

export const RESETS_PER_ACCOUNT: WindowLimit = { max: 5, windowMs: HOUR_MS };
export const RESETS_PER_ADDRESS: WindowLimit = { max: 20, windowMs: HOUR_MS };
/** Wrong tokens from an address. */
export const CONFIRMATIONS_PER_ADDRESS: WindowLimit = { max: 20, windowMs: 15 * MINUTE_MS };

/** A server that does not take the mail is tried once more. */
const TRY_AGAIN_AFTER_MS = 5000;
const WAITING_MAX = 100;
const TOLD_EVERY_MS = MINUTE_MS;
const PURGE_EVERY_MS = 6 * HOUR_MS;

export interface PasswordResetOptions {
  readonly language: Language;
  readonly publicUrl: string | null;
}

/** Passwords that were forgotten: a link by mail, good once and for an hour. */
export class PasswordReset {
  private readonly waiting: string[] = [];
  private working: Promise<void> | null = null;
  private stopped = false;
  private toldAtMs = -Infinity;
  private pause: { end(): void } | undefined;
  private purge: Timer | undefined;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly random: Random;
      readonly digest: Digest;
      readonly logger: Logger;
      readonly attempts: Attempts;
      readonly passwords: Passwords;
      /** Null: no mail is configured. */
      readonly notifier: Notifier | null;
    },
    private readonly options: PasswordResetOptions,
  ) {}

  start(): void {
    this.purgeExpired();
  }

  /** What has not been sent yet is dropped. Resolves when nothing is under way; a mail server is not waited for. */
  stop(): void {
    this.stopped = true;
    this.purge?.cancel();
    this.waiting.length = 0;
    this.pause?.end();
  }

  /** Resolves when all that was asked for has been sent or given up. */
  async idle(): Promise<void> {
    while (this.working) await this.working;
  }

  /**
   * Sends a link to the account of an e-mail, if there is one. What is done about it is done after
   * the answer, so that neither body nor time tells whether there is.
   * @throws ATTEMPTS_EXCEEDED, for any e-mail alike
   */
  async request(
    email: string,
    { origin: { address } }: Pick<RunningCall, 'origin'>,
  ): Promise<void> {
    const { attempts, clock, logger, notifier } = this.ports;
    const key = emailKey(email);
    await attempts.reserve([
      { subject: attempts.subject('reset:account', key), limit: RESETS_PER_ACCOUNT },
      ...(address === null
        ? []
        : [
            {
              subject: attempts.addressSubject('reset:address', address),
              limit: RESETS_PER_ADDRESS,
            },
          ]),
    ]);
    if (notifier) {
      this.enqueue(key);
    } else if (clock.monotonicMs() - this.toldAtMs >= TOLD_EVERY_MS) {
      this.toldAtMs = clock.monotonicMs();
      logger.warn(
        'Somebody asked for a new password, and no mail is configured: set smtpUrl in the home (AURION_SMTP_URL), or give the account a password here with `aurion set-password <e-mail>`',
      );
    }
  }

  /**
   * Gives the account a link was sent to a new password; all its sessions end.
   * @throws RESET_TOKEN_INVALID, PASSWORD_REFUSED (the link stays good), ATTEMPTS_EXCEEDED
   */
  async confirm(
    { resetToken, newPassword }: ResetConfirmation,
    { origin: { address }, about }: Pick<RunningCall, 'origin' | 'about'>,
  ): Promise<void> {
    const { attempts, digest, passwords } = this.ports;
    const reservation =
      address === null
        ? null
        : await attempts.reserve([
            {
              subject: attempts.addressSubject('reset-confirm:address', address),
              limit: CONFIRMATIONS_PER_ADDRESS,
            },
          ]);
    const id = digest.of(resetToken);
    const account = await this.accountOf(id);
    if (!account) throw new AurionError('RESET_TOKEN_INVALID');
    await reservation?.release();
    about(`account:${account.id}`);
    const hash = await passwords.hash(newPassword, account.email, 'newPassword');
    if (!(await passwords.replace(account, hash, { link: id }))) {
      throw new AurionError('RESET_TOKEN_INVALID');
    }
  }

  private async accountOf(tokenId: string): Promise<AccountRow | null> {
    const { store, clock } = this.ports;
    const row = await store.resetTokens.get(tokenId);
    if (!row || row.expiresAt <= clock.now()) return null;
    const account = await store.accounts.get(row.accountId);
    return account && !account.disabled ? account : null;
  }

  /** One after the other: the later of two requests voids the link of the earlier. */
  private enqueue(key: string): void {
    const { logger } = this.ports;
    if (this.stopped) return;
    if (this.waiting.length >= WAITING_MAX) {
      logger.warn('Too many asked for a new password at once: one was sent none');
      return;
    }
    this.waiting.push(key);
    this.working ??= this.sendAll()
      .catch((error: unknown) => logger.error(`Mails for new passwords stopped: ${String(error)}`))
      .finally(() => (this.working = null));
  }

  private async sendAll(): Promise<void> {
    for (let key = this.waiting.shift(); key !== undefined; key = this.waiting.shift()) {
      try {
        const account = await this.ports.store.accounts.getBy('emailKey', key);
        if (account && !account.disabled) await this.sendLink(account);
      } catch (error) {
        if (this.stopped) return;
        this.ports.logger.error(`A link for a new password was not sent: ${reasonOf(error)}`);
      }
    }
  }

  private async sendLink({ id: accountId, name, email }: AccountRow): Promise<void> {
    const { store, clock, random, digest, notifier, logger } = this.ports;
    const { language, publicUrl } = this.options;
    const token = random.token(32);
    const expiresAt = clock.now() + LINK_LIFETIME_MS;
    await store.together(['resetTokens'], async ({ resetTokens }) => {
      await voidResets(resetTokens, accountId);
      await resetTokens.insert({ id: digest.of(token), accountId, expiresAt });
    });
    const minutes = LINK_LIFETIME_MS / MINUTE_MS;
    const mail = { to: email, ...resetMail({ name, token, publicUrl, language, minutes }) };
    try {
      await notifier?.send(mail);
    } catch (error) {
      logger.warn(`The mail to account ${accountId} is tried again: ${reasonOf(error)}`);
      await this.wait(TRY_AGAIN_AFTER_MS);
      if (!this.stopped) await notifier?.send(mail);
    }
  }

  private async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.ports.clock.schedule(ms, resolve);
      this.pause = {
        end: () => {
          timer.cancel();
          resolve();
        },
      };
    });
    this.pause = undefined;
  }

  private purgeExpired(): void {
    const { store, clock, logger } = this.ports;
    store.resetTokens
      .deleteWhere({ range: { field: 'expiresAt', to: clock.now() } })
      .catch((error: unknown) => logger.warn(`Expired links were not purged: ${String(error)}`));
    this.purge = clock.schedule(PURGE_EVERY_MS, () => this.purgeExpired());
  }
}

function reasonOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), 200);
}
