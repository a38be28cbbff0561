import type { HomeTariff } from '../domain/energy/tariff';
import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';
import type { HomeLedger } from './home-ledger';
import type { Span } from './meter-ledger';
import type { KeptTariff, Tariffs } from './tariffs';

const RERATING = 'energy.rerating';

/** What is being priced anew, as it is kept. */
interface Kept extends KeptTariff, Span {}

/**
 * Prices spans anew, which takes many writes: what is wanted is kept in one, with the tariff as it stood, and then
 * worked off, also after a crash. So it is done as soon as it is kept, and before that nothing of it is (QUALITY M19).
 * To be called in the turn of `energy`.
 */
export class Rerating {
  constructor(
    private readonly ports: { readonly store: Store; readonly logger: Logger },
    private readonly home: HomeLedger,
    private readonly tariffs: Tariffs,
    /** Prices a span; twice gives the same as once. */
    private readonly price: (span: Span, tariff: HomeTariff) => Promise<void>,
  ) {}

  /** By the tariff as it stands; without one it stays as it is. @returns how many buckets */
  async begin(span: Span): Promise<number> {
    await this.finish();
    const tariff = await this.tariffs.asItStands();
    const known = await this.home.known(span);
    if (!this.tariffs.ready(tariff).isSet || known === null) return 0;
    const count = await this.home.count(known);
    if (count === 0) return 0;
    await this.keep({ ...tariff, ...known });
    await this.finishLater();
    return count;
  }

  /** Works off what is kept, if anything is. */
  async finish(): Promise<void> {
    const kept = await this.kept();
    if (!kept) return;
    await this.price({ from: kept.from, to: kept.to }, this.tariffs.ready(kept));
    await this.ports.store.settings.delete(RERATING);
  }

  /** Whether there is something to finish. */
  async isWaiting(): Promise<boolean> {
    return (await this.kept()) !== undefined;
  }

  /** As `finish`, but what fails is tried again with the next minute. */
  async finishLater(): Promise<void> {
    await this.finish().catch((error: unknown) =>
      this.ports.logger.warn(`Energy waits to be priced anew: ${String(error)}`),
    );
  }

  private async kept(): Promise<Kept | undefined> {
    const row = await this.ports.store.settings.get(RERATING);
    return row?.value as unknown as Kept | undefined;
  }

  /** There is none: another one is worked off before. */
  private async keep(kept: Kept): Promise<void> {
    await this.ports.store.settings.insert({ id: RERATING, value: kept as never });
  }
}
