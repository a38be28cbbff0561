import { DEFAULT_TARIFF, tariff as schema, type Tariff } from '../contract/tariff';
import type { Value } from '../contract/value';
import type { HomeCalendar } from '../domain/energy/calendar';
import { homeTariff, type HomeTariff } from '../domain/energy/tariff';
import type { Store } from '../ports/store';

const TARIFF = 'energy.tariff';
const THRESHOLD = 'energy.alert-threshold';

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

  async get(): Promise<Tariff> {
    const row = await this.store.settings.get(TARIFF);
    return row ? schema.parse(row.value) : { ...DEFAULT_TARIFF, currency: this.currency };
  }

  /** Counts for what flows from now on; what has its price keeps it until it is priced anew. */
  async set(tariff: Tariff): Promise<Tariff> {
    await this.put(TARIFF, tariff as unknown as Value);
    return tariff;
  }

  /** Ready to price. */
  async inForce(): Promise<HomeTariff> {
    const tariff = await this.get();
    const text = JSON.stringify(tariff);
    if (this.made?.text !== text) {
      this.made = { text, tariff: homeTariff(tariff, this.calendar) };
    }
    return this.made.tariff;
  }

  /** kW; null: none is set. */
  async alertThreshold(): Promise<number | null> {
    const row = await this.store.settings.get(THRESHOLD);
    return typeof row?.value === 'number' ? row.value : null;
  }

  /** @param kW null: none */
  async setAlertThreshold(kW: number | null): Promise<void> {
    await this.put(THRESHOLD, kW);
  }

  /** Called when this process has changed the tariff or the threshold. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private async put(id: string, value: Value): Promise<void> {
    const { settings } = this.store;
    if (!(await settings.update(id, { value }))) await settings.insertIfAbsent({ id, value });
    for (const listener of this.listeners) listener();
  }
}
