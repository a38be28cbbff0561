import type { AuditEntry, AuditQuery } from '../contract/audit';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { AuditPool, AuditRow, NewRow, Store } from '../ports/store';

const DAY_MS = 24 * 3_600_000;
const KEPT_MS = 400 * DAY_MS;
/** Entries of each pool that are kept, and that may wait for the store. */
const BOUNDS = { rows: 100_000, waiting: 10_000 };
/** Each gives way to its own kind only, so that no flood of switching or of refusals pushes out who became administrator. */
const POOLS: readonly AuditPool[] = ['rights', 'security', 'daily'];
const PURGE_EVERY_MS = 3_600_000;
const WRITE_AFTER_MS = 200;
const BATCH = 200;
const TRY_AGAIN_AFTER_MS = 5000;

/** Something somebody did, before the audit says when. */
export type Deed = Omit<NewRow<AuditRow>, 'at' | 'pool'> & { readonly pool: AuditPool };

/** Who did what, for 400 days and 100,000 entries of each pool. */
export class Audit {
  private readonly waiting: NewRow<AuditRow>[] = [];
  private lost = 0;
  private failing = false;
  private timer: Timer | undefined;
  private purge: Timer | undefined;
  private writing: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
    },
    private readonly bounds = BOUNDS,
  ) {}

  start(): void {
    this.purgeOld();
  }

  /** Writes what waits. What the store does not take then is counted in the log. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.purge?.cancel();
    this.timer?.cancel();
    await this.flush();
    if (this.waiting.length > 0) {
      this.ports.logger.error(`${this.waiting.length} audit entries could not be written`);
    }
  }

  /** Takes a deed down, to be in the store a moment later: a command does not wait for it. */
  record(deed: Deed): void {
    this.keep({ at: this.ports.clock.now(), ...deed });
  }

  /** Takes a deed down; resolves when it is in the store. If the store does not take it now, it gets it later: what was done is done. */
  async write(deed: Deed): Promise<void> {
    const row = { at: this.ports.clock.now(), ...deed };
    try {
      await this.ports.store.audit.insert(row);
    } catch {
      this.keep(row);
    }
  }

  /** Newest first; each with the cursor that goes on behind it. */
  async list({ from, to, limit, cursor }: AuditQuery): Promise<AuditEntry[]> {
    await this.flush();
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const rows = await this.ports.store.audit.list({
      range: {
        field: 'at',
        ...(from !== undefined && { from: Date.parse(from) }),
        ...(to !== undefined && { to: Date.parse(to) }),
      },
      orderBy: 'at',
      descending: true,
      limit,
      ...(after && { after: { ...after, actor: '', action: '', target: null, requestId: null } }),
    });
    return rows.map((row) => {
      const { at, actor, action, target, requestId } = row;
      const time = new Date(at).toISOString();
      return { at: time, actor, action, target, requestId, cursor: cursorOf(row) };
    });
  }

  private keep(row: NewRow<AuditRow>): void {
    if (this.waiting.length >= this.bounds.waiting) {
      this.waiting.shift();
      this.lost += 1;
    }
    this.waiting.push(row);
    if (!this.stopped) this.later(WRITE_AFTER_MS);
  }

  private later(ms: number): void {
    this.timer ??= this.ports.clock.schedule(ms, () => {
      this.timer = undefined;
      this.flush().catch((error: unknown) =>
        this.ports.logger.error(`The audit is not written: ${String(error)}`),
      );
    });
  }

  private flush(): Promise<void> {
    this.writing = this.writing.then(() => this.writeWaiting());
    return this.writing;
  }

  /** Never rejects: what is not taken waits for the next time. */
  private async writeWaiting(): Promise<void> {
    const { store, logger } = this.ports;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      const results = await Promise.allSettled(batch.map((row) => store.audit.insert(row)));
      const failed = batch.filter((_row, i) => results[i]?.status === 'rejected');
      if (failed.length > 0) {
        this.waiting.unshift(...failed);
        if (!this.failing) logger.error('The audit is not written: the store takes nothing');
        this.failing = true;
        if (!this.stopped) this.later(TRY_AGAIN_AFTER_MS);
        return;
      }
      this.failing = false;
    }
    if (this.lost > 0) logger.error(`${this.lost} audit entries were lost: too many waited`);
    this.lost = 0;
  }

  private purgeOld(): void {
    this.deleteOld().catch((error: unknown) =>
      this.ports.logger.warn(`Old audit entries were not deleted: ${String(error)}`),
    );
    this.purge = this.ports.clock.schedule(PURGE_EVERY_MS, () => this.purgeOld());
  }

  private async deleteOld(): Promise<void> {
    const { store, clock } = this.ports;
    await store.audit.deleteWhere({ range: { field: 'at', to: clock.now() - KEPT_MS } });
    // The common case costs no look at every row: pools have no index, since they are so few.
    if ((await store.audit.count()) <= this.bounds.rows) return;
    for (const pool of POOLS) {
      const excess = (await store.audit.count({ pool })) - this.bounds.rows;
      if (excess <= 0) continue;
      const last = (await store.audit.list({ where: { pool }, limit: excess })).at(-1);
      if (!last) continue;
      await store.audit.deleteWhere({ where: { pool }, range: { field: 'id', to: last.id + 1 } });
    }
  }
}

/** Opaque to those outside: when and which. */
function cursorOf({ at, id }: AuditRow): string {
  return `${at.toString(36)}-${id.toString(36)}`;
}

function readCursor(cursor: string): Pick<AuditRow, 'at' | 'id'> {
  const [at = '', id = ''] = cursor.split('-');
  return { at: parseInt(at, 36), id: parseInt(id, 36) };
}
