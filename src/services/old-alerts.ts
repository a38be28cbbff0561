import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';

/** Resolved alerts that are kept. */
const RESOLVED_MAX = 10_000;
const TRIM_AFTER = 100;

/** The oldest resolved alerts go when there are too many. */
export class OldAlerts {
  private resolvedSinceTrim = TRIM_AFTER;

  constructor(private readonly ports: { readonly store: Store; readonly logger: Logger }) {}

  /** To be called when one was resolved; that old ones can't go now is not its failure. */
  async trim(): Promise<void> {
    this.resolvedSinceTrim += 1;
    if (this.resolvedSinceTrim < TRIM_AFTER) return;
    this.resolvedSinceTrim = 0;
    await this.deleteSurplus().catch((error: unknown) =>
      this.ports.logger.warn(`Old alerts were not deleted: ${String(error)}`),
    );
  }

  private async deleteSurplus(): Promise<void> {
    const { alerts, sendings } = this.ports.store;
    const surplus = (await alerts.count()) - RESOLVED_MAX;
    if (surplus <= 0) return;
    const range = { field: 'resolvedAt', from: 0 } as const;
    for (const { id } of await alerts.list({ range, orderBy: 'resolvedAt', limit: surplus })) {
      await alerts.delete(id);
      await sendings.deleteWhere({ where: { alertId: id } });
    }
  }
}
