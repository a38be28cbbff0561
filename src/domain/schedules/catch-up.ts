import { slotsBetween, type HomeTime, type Slot, type Timing } from './timing';

/** What to do about slots that passed while nobody was there (QUALITY M11). */
export type MissedPolicy =
  /** Nothing. */
  | 'skip'
  /** The schedule's own last slot is run late, however late. */
  | 'run-last'
  /** The device is put into the state it would have, if that slot is no older than 6 h. */
  | 'state';

/** A slot may be this late and still counts as in time: a busy minute is no downtime (QUALITY M13). */
export const IN_TIME_MS = 120_000;
/** How far back `state` looks. */
export const STATE_WINDOW_MS = 6 * 3_600_000;
/** How many missed slots of one schedule are told apart; of older ones nothing is kept. */
const MISSED_MAX = 100;

/** A schedule as far as catching up needs to know it. */
export interface Due {
  readonly id: number;
  readonly deviceId: number;
  readonly timing: Timing;
  readonly policy: MissedPolicy;
  /** Up to here all its slots were dealt with; milliseconds since 1970. */
  readonly from: number;
}

export type Judgement =
  | { readonly act: 'run' }
  | { readonly act: 'miss'; readonly reason: 'downtime' | 'replaced' }
  /** Someone switched the device by hand after the slot. */
  | { readonly act: 'supersede' };

export interface Judged<D extends Due = Due> {
  readonly schedule: D;
  readonly slot: Slot;
  readonly judgement: Judgement;
}

/**
 * What becomes of each slot with the schedule's `from` < at <= `now`, in the order of time (then of the schedules'
 * ids).
 *
 * A slot in time runs. Of those that are late: `once` is always missed; a change by hand after the
 * slot wins; `skip` is missed; `run-last` runs the schedule's last slot; `state` runs the device's
 * last late slot (of all its schedules) if it is within 6 h, and the earlier ones are missed, since a
 * later one replaced them: off-time 17–20 h with on at 18:00 and off at 19:00 gives one off.
 * @param changedByHandAt when each device was last told something by anyone but a schedule
 */
export function judgeSlots<D extends Due>(
  schedules: readonly D[],
  now: number,
  changedByHandAt: ReadonlyMap<number, number>,
  home: HomeTime,
): Judged<D>[] {
  const passed = schedules
    .flatMap((schedule) =>
      slotsBetween(schedule.timing, { from: schedule.from, to: now, limit: MISSED_MAX }, home).map(
        (slot) => ({ schedule, slot }),
      ),
    )
    .sort((a, b) => a.slot.at - b.slot.at || a.schedule.id - b.schedule.id);
  return passed.map(({ schedule, slot }, index) => ({
    schedule,
    slot,
    judgement: judge(schedule, slot, {
      now,
      byHandAt: changedByHandAt.get(schedule.deviceId) ?? -Infinity,
      later: passed.slice(index + 1),
    }),
  }));
}

function judge(
  { id, deviceId, timing, policy }: Due,
  { at }: Slot,
  around: {
    readonly now: number;
    readonly byHandAt: number;
    readonly later: readonly { readonly schedule: Due }[];
  },
): Judgement {
  const { now, byHandAt, later } = around;
  if (now - at <= IN_TIME_MS) return { act: 'run' };
  if (timing.type === 'once' || policy === 'skip') return { act: 'miss', reason: 'downtime' };
  if (byHandAt > at) return { act: 'supersede' };
  const replaced = later.some(({ schedule }) =>
    policy === 'run-last' ? schedule.id === id : schedule.deviceId === deviceId,
  );
  if (replaced) return { act: 'miss', reason: 'replaced' };
  if (policy === 'state' && now - at > STATE_WINDOW_MS) return { act: 'miss', reason: 'downtime' };
  return { act: 'run' };
}
