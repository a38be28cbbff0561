import type { Value } from '../contract/value';
import type { Clock } from '../ports/clock';
import type { RowChanges, SettingRow, Store } from '../ports/store';
import type { Attempts } from './attempts';

const DAY_MS = 24 * 3_600_000;
const KNOWN_FOR_MS = 30 * DAY_MS;
const KNOWN_MAX = 20;

type Settings = RowChanges<SettingRow>;

interface KnownAddress {
  readonly digest: string;
  /** The day of the last sign-in. */
  readonly at: number;
}

/** From where somebody signed in to an account, so that wrong passwords of others don't lock him out. */
export class KnownAddresses {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly attempts: Pick<Attempts, 'addressSubject'>;
    },
  ) {}

  /** An account was signed in to from here: this address is known to it for 30 days. */
  async remember(
    account: string,
    address: string | null,
    settings: Settings = this.ports.store.settings,
  ): Promise<void> {
    if (address === null) return;
    const now = this.ports.clock.now();
    const digest = this.digestOf(account, address);
    const known = await this.knownTo(account, settings);
    // A day more or less does not matter, and a write a sign-in would.
    if (known.some((one) => one.digest === digest && now - one.at < DAY_MS && one.at <= now))
      return;
    const others = known.filter((one) => one.digest !== digest && now - one.at < KNOWN_FOR_MS);
    const value: Value = [{ digest, at: now }, ...others.map((one) => ({ ...one }))].slice(
      0,
      KNOWN_MAX,
    );
    const id = knownAddressesId(account);
    if (!(await settings.update(id, { value }))) await settings.insert({ id, value });
  }

  async isKnown(account: string, address: string): Promise<boolean> {
    const digest = this.digestOf(account, address);
    const since = this.ports.clock.now() - KNOWN_FOR_MS;
    return (await this.knownTo(account)).some((one) => one.digest === digest && one.at > since);
  }

  /** An account is deleted: nothing is remembered of it. */
  async forget(account: string): Promise<void> {
    await this.ports.store.settings.delete(knownAddressesId(account));
  }

  private async knownTo(
    account: string,
    settings: Pick<Settings, 'get'> = this.ports.store.settings,
  ): Promise<readonly KnownAddress[]> {
    const row = await settings.get(knownAddressesId(account));
    return (row?.value ?? []) as unknown as readonly KnownAddress[];
  }

  private digestOf(account: string, address: string): string {
    return this.ports.attempts.addressSubject(`known:${account}`, address);
  }
}

/** The row of settings that holds them; it goes with the account. */
export function knownAddressesId(account: string): string {
  return `known-addresses.${account}`;
}
