import type { RunOutcome, RunsQuery, ScheduleRun } from '../contract/schedule';
import type { Slot } from '../domain/schedules/timing';
import type { Clock } from '../ports/clock';
import type { Random } from '../ports/crypto';
import type { ScheduleRunRow, Store } from '../ports/store';

/** Who claimed a slot and did nothing for so long has died or been stopped: another takes it over. */
export const CLAIM_HELD_MS = 10_000;
/** A command that was on its way for so long has nobody who could tell what became of it. */
const SENDING_HELD_MS = 120_000;
/** What was settled this far in the future was settled by a clock that was wrong. */
const CLOCKS_APART_MS = 120_000;
/** How many runs of a schedule are kept; all of the last days besides, so that a clock set back finds them. */
const KEPT_RUNS = 100;
const KEPT_MS = 2 * 86_400_000;

/** A slot that is this process's to run. */
export interface Claim {
  readonly id: string;
  readonly scheduleId: number;
  readonly slotAt: number;
  readonly owner: string;
}

/**
 * What became of each slot of each schedule. Every slot is a row of its own with an id that follows
 * from schedule and slot: whoever inserts it first deals with the slot, in whichever process, and
 * nobody ever again.
 *
 * `claimed → sending` is a compare-and-set: a process that was stopped after its claim finds that
 * another took over and sends nothing. From `sending` on nobody else will: one that died then leaves
 * a run that `failed` as `interrupted`, since nobody knows whether its command left.
 */
export class ScheduleRuns {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly random: Random;
    },
  ) {}

  /** @returns null if somebody else has the slot, or it was dealt with */
  async claim(scheduleId: number, slot: Slot): Promise<Claim | null> {
    const { row, inserted } = await this.insert(scheduleId, slot, 'claimed', null);
    if (inserted) return row;
    return this.wasUndone(row) ? this.takeOver(row) : null;
  }

  /** Settles a slot that does not run. @returns false if it was dealt with before */
  async settleAtOnce(
    scheduleId: number,
    slot: Slot,
    outcome: 'missed' | 'superseded',
    reason: string | null,
  ): Promise<boolean> {
    return (await this.insert(scheduleId, slot, outcome, reason)).inserted;
  }

  /** To be asked right before the command. @returns false if another process took the slot over */
  async begin({ id, owner }: Claim): Promise<boolean> {
    const mine = { owner, state: 'claimed' } as const;
    return (await this.change(id, { state: 'sending' }, mine)) !== null;
  }

  async settle({ id, owner }: Claim, outcome: RunOutcome, reason: string | null): Promise<void> {
    await this.change(id, { state: outcome, reason }, { owner });
  }

  /**
   * Slots that were claimed and left there, taken over; commands whose end nobody told are settled.
   * @param mine claims this process is at work on
   * @returns waiting: some may be left, but it is too early to tell
   */
  async takeOverLeft(
    mine: ReadonlySet<string>,
  ): Promise<{ readonly claims: Claim[]; readonly waiting: boolean }> {
    const { store, clock } = this.ports;
    const now = clock.now();
    const claims: Claim[] = [];
    const claimed = await store.scheduleRuns.list({ where: { state: 'claimed' } });
    const others = claimed.filter(({ id }) => !mine.has(id));
    const left = others.filter(({ at }) => Math.abs(now - at) >= CLAIM_HELD_MS);
    for (const row of left) {
      const claim = await this.takeOver(row);
      if (claim) claims.push(claim);
    }
    for (const row of await store.scheduleRuns.list({ where: { state: 'sending' } })) {
      const { id, at, owner } = row;
      if (mine.has(id) || Math.abs(now - at) < SENDING_HELD_MS) continue;
      await this.change(
        id,
        { state: 'failed', reason: 'interrupted' },
        { owner, state: 'sending' },
      );
    }
    return { claims, waiting: others.length > left.length };
  }

  /** Newest first; each with the cursor that goes on behind it. What is under way is not there yet. */
  async list({ id: scheduleId, limit, cursor }: RunsQuery): Promise<ScheduleRun[]> {
    const rows = await this.ports.store.scheduleRuns.list({
      where: { scheduleId },
      orderBy: 'slotAt',
      descending: true,
      limit,
      ...(cursor !== undefined && { after: readCursor(scheduleId, cursor) }),
    });
    return rows.flatMap((row) => {
      const { slotAt, state: outcome, reason, at } = row;
      if (outcome === 'claimed' || outcome === 'sending') return [];
      return {
        slot: new Date(slotAt).toISOString(),
        outcome,
        ...(reason !== null && { reason }),
        at: new Date(at).toISOString(),
        cursor: cursorOf(row),
      };
    });
  }

  async forget(scheduleId: number): Promise<void> {
    await this.ports.store.scheduleRuns.deleteWhere({ where: { scheduleId } });
  }

  /** Deletes what is old, but the last 100 runs. */
  async prune(scheduleId: number): Promise<void> {
    const { store, clock } = this.ports;
    const newest = { where: { scheduleId }, orderBy: 'slotAt', descending: true } as const;
    const kept = await store.scheduleRuns.list({ ...newest, limit: KEPT_RUNS });
    if (kept.length < KEPT_RUNS) return;
    const to = Math.min(kept.at(-1)?.slotAt ?? 0, clock.now() - KEPT_MS);
    await store.scheduleRuns.deleteWhere({
      where: { scheduleId },
      range: { field: 'slotAt', to },
    });
  }

  private insert(
    scheduleId: number,
    { at: slotAt, key }: Slot,
    state: ScheduleRunRow['state'],
    reason: string | null,
  ) {
    const { store, clock, random } = this.ports;
    return store.scheduleRuns.insertIfAbsent({
      id: `${scheduleId}@${key}`,
      scheduleId,
      slotAt,
      state,
      reason,
      at: clock.now(),
      owner: random.token(9),
    });
  }

  /** It never ran, and who said so lived ahead of time: it is still to come. */
  private wasUndone({ state, at }: ScheduleRunRow): boolean {
    const never = state === 'missed' || state === 'superseded';
    return never && at > this.ports.clock.now() + CLOCKS_APART_MS;
  }

  private async takeOver({ id, owner, state }: ScheduleRunRow): Promise<Claim | null> {
    const mine = { state: 'claimed', reason: null, owner: this.ports.random.token(9) } as const;
    return this.change(id, mine, { owner, state });
  }

  private change(
    id: string,
    changes: Partial<Pick<ScheduleRunRow, 'state' | 'reason' | 'owner'>>,
    expected: Partial<ScheduleRunRow>,
  ): Promise<ScheduleRunRow | null> {
    const { store, clock } = this.ports;
    return store.scheduleRuns.update(id, { ...changes, at: clock.now() }, expected);
  }
}

/** Opaque to those outside: when and which slot. */
function cursorOf({ id, slotAt }: ScheduleRunRow): string {
  const key = id.slice(id.indexOf('@') + 1);
  return `${slotAt.toString(36)}-${Buffer.from(key).toString('base64url')}`;
}

function readCursor(scheduleId: number, cursor: string): ScheduleRunRow {
  const [at = '', ...key] = cursor.split('-');
  return {
    id: `${scheduleId}@${Buffer.from(key.join('-'), 'base64url').toString()}`,
    slotAt: parseInt(at, 36),
    scheduleId,
    state: 'done',
    reason: null,
    at: 0,
    owner: '',
  };
}
