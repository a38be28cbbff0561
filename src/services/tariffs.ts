import {
  DEFAULT_TARIFF,
  tariff as schema,
  type ShownTariff,
  type Tariff,
} from '../contract/tariff';
import type { Value } from '../contract/value';
import type { HomeCalendar } from '../domain/energy/calendar';
import type { Unlabelled } from '../domain/energy/packs';
import { homeTariff, type HomeTariff } from '../domain/energy/tariff';
import type { Store } from '../ports/store';
import { againOnConflict } from './on-conflict';

const TARIFF = 'energy.tariff';
/** The last one in each currency the home had before. */
const FORMER = 'energy.former-tariffs';
const UNLABELLED = 'energy.unlabelled-costs';
const THRESHOLD = 'energy.alert-threshold';

/** A tariff as it is kept, with the last one in each currency the home had before. */
export interface KeptTariff {
  readonly tariff: ShownTariff;
  readonly former: readonly ShownTariff[];
}

/** What energy costs in this home, and when its power is worth an alert: kept in the store, for all its processes. */
export class Tariffs {
  private made: { readonly text: string; readonly tariff: HomeTariff } | null = null;
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly store: Store,
    private readonly calendar: HomeCalendar,
    /** Until a tariff is set. */
    private readonly currency: string,
  ) {}

  /** Without versions where nobody has set one: a price is known beforehand in francs only (M18). */
  async get(): Promise<ShownTariff> {
    const set = await this.read(TARIFF);
    if (set !== null) return schema.parse(set);
    const { currency } = this;
    return currency === DEFAULT_TARIFF.currency ? DEFAULT_TARIFF : { currency, versions: [] };
  }

  /**
   * Counts for what flows from now on, and for what has no price yet; what has its price keeps it, and its
   * currency, until it is priced anew.
   */
  async set(tariff: Tariff): Promise<Tariff> {
    const { tariff: before, former } = await this.asItStands();
    const isOther = before.versions.length > 0 && before.currency !== tariff.currency;
    const others = former.filter(({ currency }) => currency !== before.currency);
    await againOnConflict(() =>
      this.store.together(['settings'], async ({ settings }) => {
        const put = async (id: string, value: Value) => {
          if (!(await settings.update(id, { value }))) await settings.insert({ id, value });
        };
        if (isOther) await put(FORMER, [...others, before] as unknown as Value);
        await put(TARIFF, tariff as unknown as Value);
      }),
    );
    this.tell();
    return tariff;
  }

  async asItStands(): Promise<KeptTariff> {
    return { tariff: await this.get(), former: await this.former() };
  }

  /** The tariff as it stands, ready to price. */
  async inForce(): Promise<HomeTariff> {
    return this.ready(await this.asItStands());
  }

  /** A tariff, ready to price. */
  ready({ tariff, former }: KeptTariff): HomeTariff {
    const text = JSON.stringify([tariff, former]);
    if (this.made?.text !== text) {
      this.made = { text, tariff: homeTariff(tariff, this.calendar, former) };
    }
    return this.made.tariff;
  }

  /** Whether energy may have been used of which nobody knew the price. */
  async mayLackPrice(): Promise<boolean> {
    const { byDefault } = (await this.unlabelled()).unlabelled;
    return this.currency !== DEFAULT_TARIFF.currency || byDefault === null;
  }

  /**
   * How costs are read that an earlier version stored without their currency: they were shown in that of the
   * tariff, and are still. Found out once, at the first start, since the tariff may change after that.
   */
  async unlabelled(): Promise<{ readonly unlabelled: Unlabelled; readonly isNew: boolean }> {
    const known = await this.read(UNLABELLED);
    if (known !== null) return { unlabelled: known as unknown as Unlabelled, isNew: false };
    const { currency, versions } = await this.get();
    const isOwn = versions.some((one) => one.kind === 'flat' && Number(one.price) === 200);
    const francs = this.currency === DEFAULT_TARIFF.currency ? this.currency : null;
    const unlabelled = { currency, byDefault: isOwn ? currency : francs };
    await this.put(UNLABELLED, unlabelled);
    return { unlabelled, isNew: true };
  }

  /** kW; null: none is set. */
  async alertThreshold(): Promise<number | null> {
    const threshold = await this.read(THRESHOLD);
    return typeof threshold === 'number' ? threshold : null;
  }

  /** @param kW null: none */
  async setAlertThreshold(kW: number | null): Promise<void> {
    await this.put(THRESHOLD, kW);
    this.tell();
  }

  /** Called when this process has changed the tariff or the threshold. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** With the francs that a home has without anybody setting them. */
  private async former(): Promise<readonly ShownTariff[]> {
    const set = ((await this.read(FORMER)) ?? []) as unknown as readonly ShownTariff[];
    const isThere = set.some(({ currency }) => currency === DEFAULT_TARIFF.currency);
    return isThere ? set : [...set, DEFAULT_TARIFF];
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  private async read(id: string): Promise<Value | null> {
    return (await this.store.settings.get(id))?.value ?? null;
  }

  private async put(id: string, value: Value): Promise<void> {
    const { settings } = this.store;
    if (!(await settings.update(id, { value }))) await settings.insertIfAbsent({ id, value });
  }
}
