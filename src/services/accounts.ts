import { AurionError } from '../contract/errors';
import { emailKey } from '../contract/fields';
import type { Registration, SignedIn, SignIn, User } from '../contract/account';
import type { Origin } from '../contract/operation';
import { assertGoodPassword } from '../domain/accounts/password';
import type { Clock } from '../ports/clock';
import type { PasswordHasher } from '../ports/crypto';
import { UniqueConflict, type AccountRow, type NewRow, type Store } from '../ports/store';
import type { AccountActor, Sessions } from './sessions';

export interface AccountsOptions {
  readonly registration: 'open' | 'closed';
  /** True for the code that lets the first administrator register from elsewhere than loopback. */
  readonly isSetupCode: (code: string) => boolean;
  readonly isCommonPassword: (lowerCase: string) => boolean;
}

/** Who lives here: registration, sign-in, and the rule of the first administrator. */
export class Accounts {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly hasher: PasswordHasher;
      readonly clock: Clock;
      readonly sessions: Sessions;
    },
    private readonly options: AccountsOptions,
  ) {}

  /**
   * Makes an account and signs it in. The home's first becomes its administrator, if it comes from
   * this machine or brings the setup code; later ones are guests until an administrator raises them.
   * @throws EMAIL_TAKEN, PASSWORD_REFUSED, SETUP_CODE_REQUIRED, REGISTRATION_CLOSED
   */
  async register(input: Registration, origin: Origin): Promise<SignedIn> {
    const first = (await this.ports.store.accounts.count()) === 0;
    if (first) this.assertMayFound(input, origin);
    else this.assertRegistrationOpen();
    assertGoodPassword(input.password, input.email, this.options.isCommonPassword);
    if (await this.ports.store.accounts.getBy('emailKey', emailKey(input.email))) {
      throw new AurionError('EMAIL_TAKEN');
    }
    const guest: NewRow<AccountRow> = {
      name: input.name,
      email: input.email,
      emailKey: emailKey(input.email),
      phone: input.phone ?? null,
      role: 'guest',
      passwordHash: await this.ports.hasher.hash(input.password),
      disabled: false,
      founder: null,
      createdAt: this.ports.clock.now(),
    };
    const account = (first ? await this.found(guest) : null) ?? (await this.add(guest));
    return this.signedIn(account);
  }

  /** @throws CREDENTIALS_WRONG, the same for an unknown e-mail; ACCOUNT_DISABLED after the right password only */
  async login({ email, password }: SignIn): Promise<SignedIn> {
    const account = await this.ports.store.accounts.getBy('emailKey', emailKey(email));
    const right = await this.ports.hasher.verify(password, account?.passwordHash ?? null);
    if (!right || !account) throw new AurionError('CREDENTIALS_WRONG');
    if (account.disabled) throw new AurionError('ACCOUNT_DISABLED');
    return this.signedIn(account);
  }

  /** @throws ACCOUNT_NOT_FOUND */
  async me(actor: AccountActor): Promise<User> {
    const account = await this.ports.store.accounts.get(actor.accountId);
    if (!account) throw new AurionError('ACCOUNT_NOT_FOUND');
    return toUser(account);
  }

  private assertMayFound({ setupCode }: Registration, origin: Origin): void {
    const invited = setupCode !== undefined && this.options.isSetupCode(setupCode);
    if (!origin.loopback && !invited) throw new AurionError('SETUP_CODE_REQUIRED');
  }

  private assertRegistrationOpen(): void {
    if (this.options.registration === 'closed') throw new AurionError('REGISTRATION_CLOSED');
  }

  /** The founder's place is a unique value in the store, so that one of many at once gets it, in however many processes; null for the others. */
  private async found(guest: NewRow<AccountRow>): Promise<AccountRow | null> {
    try {
      return await this.add({ ...guest, role: 'admin', founder: 'founder' });
    } catch (error) {
      if (!(error instanceof UniqueConflict && error.field === 'founder')) throw error;
      this.assertRegistrationOpen();
      return null;
    }
  }

  private async add(row: NewRow<AccountRow>): Promise<AccountRow> {
    try {
      return await this.ports.store.accounts.insert(row);
    } catch (error) {
      if (error instanceof UniqueConflict && error.field === 'emailKey') {
        throw new AurionError('EMAIL_TAKEN', { cause: error });
      }
      throw error;
    }
  }

  private async signedIn(account: AccountRow): Promise<SignedIn> {
    return { user: toUser(account), token: await this.ports.sessions.open(account.id) };
  }
}

function toUser({ id, name, email, phone, role }: AccountRow): User {
  return { id, name, email, phone, role };
}
