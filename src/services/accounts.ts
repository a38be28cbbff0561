import type {
  PasswordChange,
  Profile,
  Registration,
  SignedIn,
  SignIn,
  User,
} from '../contract/account';
import { AurionError } from '../contract/errors';
import { emailKey } from '../contract/fields';
import type { Language } from '../contract/language';
import type { Origin, RunningCall } from '../contract/operation';
import { printable } from '../contract/safe-input';
import { emailChangedMail } from '../domain/accounts/email-changed-mail';
import type { WindowLimit } from '../domain/limits/window';
import type { Clock } from '../ports/clock';
import type { PasswordHasher } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Notifier } from '../ports/notifier';
import {
  UniqueConflict,
  type AccountRow,
  type NewRow,
  type RowChanges,
  type SessionRow,
  type SettingRow,
  type Store,
} from '../ports/store';
import { toUser, withUniqueEmail } from './account-rows';
import type { Attempts } from './attempts';
import { againOnConflict } from './on-conflict';
import type { PasswordGuesses } from './password-guesses';
import { voidResets, type Passwords } from './passwords';
import type { AccountActor, Sessions } from './sessions';

/** Registrations from one address: a whole family at once, and no mass of guests. */
export const REGISTRATIONS: WindowLimit = { max: 100, windowMs: 3_600_000 };

export interface AccountsOptions {
  /** Of mails. */
  readonly language: Language;
  readonly registration: 'open' | 'closed';
  /** True for the code that lets the first administrator register from elsewhere than loopback. */
  readonly isSetupCode: (code: string) => boolean;
}

interface SignInRows {
  readonly sessions: RowChanges<SessionRow>;
  readonly settings: RowChanges<SettingRow>;
}

/** Where a sign-in comes from, and who hears which account it is about. */
export type SignInCall = Pick<RunningCall, 'origin' | 'about'>;

/** Who lives here: registration, sign-in, one's own account, and the rule of the first administrator. */
export class Accounts {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly hasher: PasswordHasher;
      readonly clock: Clock;
      readonly sessions: Sessions;
      readonly passwords: Passwords;
      readonly attempts: Attempts;
      readonly guesses: PasswordGuesses;
      readonly logger: Logger;
      /** Null: no mail is configured. */
      readonly notifier: Notifier | null;
    },
    private readonly options: AccountsOptions,
  ) {}

  /**
   * Makes an account and signs it in. The home's first becomes its administrator, if it comes from
   * this machine or brings the setup code; later ones are guests until an administrator raises them.
   * @throws EMAIL_TAKEN, PASSWORD_REFUSED, SETUP_CODE_REQUIRED, REGISTRATION_CLOSED, ATTEMPTS_EXCEEDED
   */
  async register(input: Registration, origin: Origin): Promise<SignedIn> {
    const { store, passwords, clock } = this.ports;
    await this.assertFewRegistrations(origin);
    const first = (await store.accounts.count()) === 0;
    if (first) this.assertMayFound(input, origin);
    else this.assertRegistrationOpen();
    if (await store.accounts.getBy('emailKey', emailKey(input.email))) {
      throw new AurionError('EMAIL_TAKEN');
    }
    const guest: NewRow<AccountRow> = {
      name: input.name,
      email: input.email,
      emailKey: emailKey(input.email),
      phone: input.phone ?? null,
      role: 'guest',
      passwordHash: await passwords.hash(input.password, input.email),
      disabled: false,
      founder: null,
      createdAt: clock.now(),
    };
    return (first ? await this.found(guest, origin) : null) ?? (await this.add(guest, origin));
  }

  /**
   * @throws CREDENTIALS_WRONG and ATTEMPTS_EXCEEDED, the same for an unknown e-mail; ACCOUNT_DISABLED
   *   after the right password only
   */
  async login({ email, password }: SignIn, { origin, about }: SignInCall): Promise<SignedIn> {
    const { store, hasher, guesses } = this.ports;
    const key = emailKey(email);
    const account = await store.accounts.getBy('emailKey', key);
    if (account) about(`account:${account.id}`);
    const right = await guesses.check(
      { emailKey: key, accountId: account?.id ?? null, address: origin.address },
      () => hasher.verify(password, account?.passwordHash ?? null),
    );
    if (!right || !account) throw new AurionError('CREDENTIALS_WRONG');
    if (account.disabled) throw new AurionError('ACCOUNT_DISABLED');
    return this.signedIn(account, origin);
  }

  /** @throws ACCOUNT_NOT_FOUND */
  async me(actor: AccountActor): Promise<User> {
    return toUser(await this.get(actor));
  }

  /**
   * Changes what is named. Another e-mail takes the current password, so that a session which fell into
   * wrong hands can't take the account; it is told to the address before.
   * @throws EMAIL_TAKEN, PASSWORD_WRONG, ATTEMPTS_EXCEEDED, SERVICE_BUSY, ACCOUNT_NOT_FOUND
   */
  async changeProfile(actor: AccountActor, profile: Profile, origin: Origin): Promise<User> {
    const { store } = this.ports;
    const { name, email, phone, currentPassword = '' } = profile;
    const before = await this.get(actor);
    const moves = email !== undefined && emailKey(email) !== before.emailKey;
    if (moves && !(await this.isOwn(currentPassword, before, origin))) {
      throw new AurionError('PASSWORD_WRONG');
    }
    const changes = {
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email, emailKey: emailKey(email) }),
      ...(phone !== undefined && { phone }),
    };
    const { emailKey: keyBefore, passwordHash } = before;
    const after = await withUniqueEmail(() =>
      store.together(['accounts', 'resetTokens'], async ({ accounts, resetTokens }) => {
        const expected = { emailKey: keyBefore, passwordHash };
        const changed = await accounts.update(actor.accountId, changes, expected);
        // A link sent to the address before belongs to whoever reads that.
        if (changed && moves) await voidResets(resetTokens, changed.id);
        return changed;
      }),
    );
    // E-mail or password were changed meanwhile: what was asked is judged by what they are now.
    if (!after) return this.changeProfile(actor, profile, origin);
    if (moves) this.tellMoved(before);
    return toUser(after);
  }

  /**
   * Changes the caller's password; the account's other sessions end.
   * @throws PASSWORD_WRONG, PASSWORD_REFUSED, ATTEMPTS_EXCEEDED, ACCOUNT_NOT_FOUND
   */
  async changePassword(
    actor: AccountActor,
    { currentPassword, newPassword }: PasswordChange,
    origin: Origin,
  ): Promise<void> {
    const { passwords } = this.ports;
    const account = await this.get(actor);
    if (!(await this.isOwn(currentPassword, account, origin))) {
      throw new AurionError('PASSWORD_WRONG');
    }
    const hash = await passwords.hash(newPassword, account.email, 'newPassword');
    // Of two changes at once one was not made from the password that counts now.
    if (!(await passwords.replace(account, hash, { except: actor.sessionId }))) {
      throw new AurionError('PASSWORD_WRONG');
    }
  }

  /** Whether a password is the account's. A wrong one is a guess (S7); none at all is not. @throws ATTEMPTS_EXCEEDED, SERVICE_BUSY */
  private async isOwn(
    password: string,
    { id: accountId, emailKey: key, passwordHash }: AccountRow,
    { address }: Origin,
  ): Promise<boolean> {
    const { hasher, guesses } = this.ports;
    if (password === '') return false;
    return guesses.check({ emailKey: key, accountId, address }, () =>
      hasher.verify(password, passwordHash),
    );
  }

  /** Nobody waits for the mail: what it tells is done. */
  private tellMoved({ id, name, email }: AccountRow): void {
    const { notifier, logger } = this.ports;
    const mail = { to: email, ...emailChangedMail(name, this.options.language) };
    notifier?.send(mail).catch((error: unknown) => {
      const reason = printable(error instanceof Error ? error.message : String(error), 200);
      logger.warn(`Account ${id} was not told that its e-mail has changed: ${reason}`);
    });
  }

  private async get({ accountId }: AccountActor): Promise<AccountRow> {
    const account = await this.ports.store.accounts.get(accountId);
    if (!account) throw new AurionError('ACCOUNT_NOT_FOUND');
    return account;
  }

  private async assertFewRegistrations({ address }: Origin): Promise<void> {
    if (address === null) return;
    const { attempts } = this.ports;
    const subject = attempts.addressSubject('register:address', address);
    await attempts.reserve([{ subject, limit: REGISTRATIONS }]);
  }

  private assertMayFound({ setupCode }: Registration, origin: Origin): void {
    const invited = setupCode !== undefined && this.options.isSetupCode(setupCode);
    if (!origin.loopback && !invited) throw new AurionError('SETUP_CODE_REQUIRED');
  }

  private assertRegistrationOpen(): void {
    if (this.options.registration === 'closed') throw new AurionError('REGISTRATION_CLOSED');
  }

  /** The founder's place is a unique value in the store, so that one of many at once gets it, in however many processes; null for the others. */
  private async found(guest: NewRow<AccountRow>, origin: Origin): Promise<SignedIn | null> {
    try {
      return await this.add({ ...guest, role: 'admin', founder: 'founder' }, origin);
    } catch (error) {
      if (!(error instanceof UniqueConflict && error.field === 'founder')) throw error;
      this.assertRegistrationOpen();
      return null;
    }
  }

  /** Adds an account and signs it in, as one. @throws EMAIL_TAKEN */
  private add(account: NewRow<AccountRow>, origin: Origin): Promise<SignedIn> {
    const tables = ['accounts', 'sessions', 'settings'] as const;
    return withUniqueEmail(() =>
      this.ports.store.together(tables, async ({ accounts, ...rows }) => {
        const added = await accounts.insert(account);
        return { user: toUser(added), token: await this.open(added.id, origin, rows) };
      }),
    );
  }

  private async open(
    accountId: number,
    { address }: Origin,
    { sessions, settings }: SignInRows,
  ): Promise<string> {
    await this.ports.guesses.remember(accountId, address, settings);
    return this.ports.sessions.open(accountId, sessions);
  }

  private async signedIn(account: AccountRow, origin: Origin): Promise<SignedIn> {
    const { store, sessions } = this.ports;
    const token = await againOnConflict(() =>
      store.together(['sessions', 'settings'], (rows) => this.open(account.id, origin, rows)),
    );
    // What ends an account's sessions may have come between the password and this one.
    const now = await store.accounts.get(account.id);
    if (now?.passwordHash === account.passwordHash && now.role === account.role && !now.disabled) {
      return { user: toUser(now), token };
    }
    await sessions.endToken(token);
    throw new AurionError('CREDENTIALS_WRONG');
  }
}
