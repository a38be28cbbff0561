import { presentable } from '../contract/errors';
import type { ScheduleFired } from '../contract/schedule';
import { judgeSlots, type Due, type Judged } from '../domain/schedules/catch-up';
import { nextSlot, type HomeTime, type Slot } from '../domain/schedules/timing';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { ScheduleRow, Store } from '../ports/store';
import type { Devices } from './devices';
import type { EventBus } from './event-bus';
import { CLAIM_HELD_MS, type Claim, type ScheduleRuns } from './schedule-runs';

/** So that a clock that leaps is noticed while a slot it leapt over is still in time. */
const LOOK_EVERY_MS = 60_000;
/** So that a schedule that another process made is seen also if that process dies. */
const REFRESH_EVERY_MS = 15 * 60_000;
const TRY_AGAIN_AFTER_MS = 5000;
/** Plugs need a moment to come back, too. */
const START_AFTER_MS = 5000;
const STOP_WITHIN_MS = 2000;
const PRUNE_EVERY_MS = 3_600_000;

const DEALT_UNTIL = 'schedules.dealtUntil';

interface DueSchedule extends Due {
  readonly row: ScheduleRow;
}

export interface SchedulerPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly devices: Devices;
  readonly events: EventBus;
  readonly runs: ScheduleRuns;
}

/**
 * Runs the schedules: wakes at the next slot, claims what passed, and switches the devices (QUALITY
 * M11, M13). Every process of a home does; the claims in the store make each slot run once.
 */
export class Scheduler {
  /** Up to when the slots of each schedule were dealt with; of the others up to `dealtUntil`. */
  private readonly dealt = new Map<number, number>();
  private dealtUntil = 0;
  private nextAt = Infinity;
  private lookedAt = 0;
  private dealAtMs = 0;
  private pruneAtMs = 0;
  private timer: Timer | undefined;
  private stopped = false;
  private failing = false;
  /** Looks follow each other. */
  private looking: Promise<void> = Promise.resolve();
  private readonly underWay = new Map<string, Promise<void>>();
  /** One command of ours a device at a time, in the order of the slots. */
  private readonly lines = new Map<number, Promise<void>>();
  private readonly ran = new Set<number>();

  constructor(
    private readonly ports: SchedulerPorts,
    private readonly home: HomeTime,
    /** False while people want nothing to happen by itself. */
    private readonly isAutomatic: () => boolean,
    /** Tests that let a year pass take more. */
    private readonly lookEveryMs = LOOK_EVERY_MS,
  ) {}

  async start(): Promise<void> {
    const { store, clock } = this.ports;
    const kept = (await store.settings.get(DEALT_UNTIL))?.value;
    this.dealtUntil = typeof kept === 'number' ? kept : clock.now();
    this.dealAfter(START_AFTER_MS);
  }

  /** Waits a moment for commands on their way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    const { clock } = this.ports;
    let late: Timer | undefined;
    await Promise.race([
      this.idle(),
      new Promise<void>((resolve) => (late = clock.schedule(STOP_WITHIN_MS, resolve))),
    ]);
    late?.cancel();
    if (!this.failing) await this.remember();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.looking;
    while (this.underWay.size > 0) await Promise.all(this.underWay.values());
  }

  /** A schedule was made, changed or deleted. */
  changed(): void {
    this.look();
  }

  private tick(): void {
    const { clock } = this.ports;
    const now = clock.now();
    const setBack = now < this.lookedAt;
    if (now >= this.nextAt || setBack || clock.monotonicMs() >= this.dealAtMs) this.look();
    else this.arm();
  }

  private look(): void {
    if (this.stopped) return;
    this.timer?.cancel();
    this.looking = this.looking
      .then(() => this.deal())
      .then(
        (againAfterMs) => {
          this.failing = false;
          this.dealAfter(againAfterMs);
        },
        (error: unknown) => {
          if (!this.failing) this.ports.logger.error(`Schedules wait: ${String(error)}`);
          this.failing = true;
          this.nextAt = Infinity;
          this.dealAfter(TRY_AGAIN_AFTER_MS);
        },
      );
  }

  private dealAfter(ms: number): void {
    this.dealAtMs = this.ports.clock.monotonicMs() + ms;
    this.arm();
  }

  /** Sleeps until something may have to be done. */
  private arm(): void {
    this.timer?.cancel();
    if (this.stopped) return;
    const { clock } = this.ports;
    this.lookedAt = clock.now();
    const untilNextMs = Math.min(
      this.nextAt - this.lookedAt,
      this.dealAtMs - clock.monotonicMs(),
      this.lookEveryMs,
    );
    this.timer = clock.schedule(Math.max(1, untilNextMs), () => this.tick());
  }

  /** Deals with all slots up to now. @returns when to do so again at the latest */
  private async deal(): Promise<number> {
    const { store, clock, devices, runs } = this.ports;
    const rows = await store.schedules.list({ where: { enabled: true } });
    const now = clock.now();
    const judged = judgeSlots(
      rows.map((row) => this.dueOf(row, now)),
      now,
      devices.changedByHandAt,
      this.home,
    );
    for (const each of judged) await this.dealWith(each);

    const { claims, waiting } = await runs.takeOverLeft(new Set(this.underWay.keys()));
    for (const claim of claims) await this.goOn(claim, now);

    this.dealt.clear();
    for (const { id } of rows) this.dealt.set(id, now);
    this.dealtUntil = now;
    const refresh = clock.monotonicMs() >= this.dealAtMs;
    if (judged.length > 0 || refresh) await this.remember();
    if (clock.monotonicMs() >= this.pruneAtMs) await this.prune();
    this.nextAt = Math.min(...rows.map((row) => this.nextOf(row, now)));
    return waiting ? CLAIM_HELD_MS : Math.max(REFRESH_EVERY_MS, this.lookEveryMs);
  }

  /**
   * A clock that was set back begins anew, from when that can have been at the earliest: what ran has
   * its row, and does not run again.
   */
  private dueOf(row: ScheduleRow, now: number): DueSchedule {
    const { id, deviceId, timing, policy, since } = row;
    const dealt = this.dealt.get(id) ?? this.dealtUntil;
    const from = dealt > now ? now - LOOK_EVERY_MS : Math.max(dealt, since);
    return { id, deviceId, timing, policy, row, from };
  }

  private nextOf({ timing }: ScheduleRow, now: number): number {
    return nextSlot(timing, now, this.home)?.at ?? Infinity;
  }

  private async dealWith({
    schedule: { row },
    slot,
    judgement,
  }: Judged<DueSchedule>): Promise<void> {
    const { runs } = this.ports;
    if (judgement.act === 'supersede') {
      await runs.settleAtOnce(row.id, slot, 'superseded', null);
    } else if (judgement.act === 'run' && this.isAutomatic()) {
      const claim = await runs.claim(row.id, slot);
      if (claim) this.begin(row, slot, claim);
    } else {
      const reason = judgement.act === 'miss' ? judgement.reason : 'automation-off';
      if (await runs.settleAtOnce(row.id, slot, 'missed', reason)) {
        this.tellMissed(row, slot, reason);
      }
    }
  }

  /** A slot that somebody claimed and left there is judged as what it is now: late. */
  private async goOn(claim: Claim, now: number): Promise<void> {
    const { store, devices, runs } = this.ports;
    const rows = await store.schedules.list({ where: { enabled: true } });
    const judged = judgeSlots(
      rows.map((row) => ({ ...this.dueOf(row, now), from: claim.slotAt - 1 })),
      now,
      devices.changedByHandAt,
      this.home,
    );
    const mine = judged.find(
      ({ schedule, slot }) => schedule.id === claim.scheduleId && slot.at === claim.slotAt,
    );
    if (!mine) {
      if (await store.schedules.get(claim.scheduleId))
        await runs.settle(claim, 'missed', 'downtime');
      else await runs.forget(claim.scheduleId);
      return;
    }
    const { slot, judgement } = mine;
    const { row } = mine.schedule;
    if (judgement.act === 'run') {
      this.begin(row, slot, claim);
    } else if (judgement.act === 'supersede') {
      await runs.settle(claim, 'superseded', null);
    } else {
      await runs.settle(claim, 'missed', judgement.reason);
      this.tellMissed(row, slot, judgement.reason);
    }
  }

  private begin(row: ScheduleRow, slot: Slot, claim: Claim): void {
    const before = this.lines.get(row.deviceId) ?? Promise.resolve();
    const run = before
      .then(() => this.run(row, slot, claim))
      .catch((error: unknown) =>
        this.ports.logger.error(`Schedule ${row.id} stopped in between: ${String(error)}`),
      )
      .finally(() => {
        this.underWay.delete(claim.id);
        if (this.lines.get(row.deviceId) === run) this.lines.delete(row.deviceId);
      });
    this.lines.set(row.deviceId, run);
    this.underWay.set(claim.id, run);
  }

  private async run(row: ScheduleRow, slot: Slot, claim: Claim): Promise<void> {
    const { runs } = this.ports;
    if (!(await runs.begin(claim))) return;
    this.ran.add(row.id);
    const reason = await this.command(row);
    const outcome = reason === null ? 'done' : 'failed';
    await runs.settle(claim, outcome, reason);
    this.tell('schedule.fired', row, slot, outcome, reason);
  }

  /** @returns the code of what went wrong */
  private async command({ deviceId, action }: ScheduleRow): Promise<string | null> {
    const status = action === 'on';
    try {
      await this.ports.devices.command(deviceId, () => ({ status, attributes: {} }), 'aurion');
      return null;
    } catch (error) {
      return presentable(error).code;
    }
  }

  private tellMissed(row: ScheduleRow, slot: Slot, reason: string): void {
    this.ran.add(row.id);
    this.tell('schedule.missed', row, slot, 'missed', reason);
  }

  private tell(
    event: 'schedule.fired' | 'schedule.missed',
    { id, deviceId, timing, action }: ScheduleRow,
    { at }: Slot,
    outcome: ScheduleFired['outcome'],
    reason: string | null,
  ): void {
    const { devices, events } = this.ports;
    const device = devices.list().find((each) => each.id === deviceId)?.name ?? '';
    events.share(event, {
      scheduleId: id,
      deviceId,
      device,
      type: timing.type,
      action,
      slot: new Date(at).toISOString(),
      outcome,
      ...(reason !== null && { reason }),
    });
  }

  private async remember(): Promise<void> {
    const { settings } = this.ports.store;
    const value = this.dealtUntil;
    if (await settings.update(DEALT_UNTIL, { value })) return;
    await settings.insertIfAbsent({ id: DEALT_UNTIL, value });
  }

  private async prune(): Promise<void> {
    const { clock, runs } = this.ports;
    for (const id of this.ran) await runs.prune(id);
    this.ran.clear();
    this.pruneAtMs = clock.monotonicMs() + PRUNE_EVERY_MS;
  }
}
