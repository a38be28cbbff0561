import { AurionError } from '../contract/errors';
import type {
  NewSchedule,
  RunsQuery,
  Schedule,
  ScheduleChanges,
  ScheduleRun,
} from '../contract/schedule';
import { readTiming, retime, shownTiming } from '../domain/schedules/plan';
import { nextSlot, type HomeTime } from '../domain/schedules/timing';
import type { Clock } from '../ports/clock';
import type { ScheduleRow, Store } from '../ports/store';
import type { Devices } from './devices';
import type { ScheduleRuns } from './schedule-runs';

/** Of one device. */
const SCHEDULES_MAX = 100;

/** The home's schedules, as people make and see them. What runs them is the `Scheduler`. */
export class Schedules {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly devices: Devices;
      readonly runs: ScheduleRuns;
    },
    private readonly home: HomeTime,
    /** Called when a schedule was made, changed or deleted. */
    private readonly onChanged: () => void,
  ) {}

  /** Of one device, in the order they were made. @throws DEVICE_NOT_FOUND */
  async list(deviceId: number): Promise<Schedule[]> {
    const { store, devices } = this.ports;
    devices.get(deviceId);
    const rows = await store.schedules.list({ where: { deviceId } });
    return rows.map((row) => this.shown(row));
  }

  /** @throws DEVICE_NOT_FOUND, SCHEDULE_INVALID, SCHEDULE_LIMIT_REACHED */
  async create(deviceId: number, input: NewSchedule): Promise<Schedule> {
    const { store, clock, devices } = this.ports;
    devices.get(deviceId);
    const { action, policy = 'state', ...fields } = input;
    const now = clock.now();
    const timing = readTiming(fields, now, this.home);
    if ((await store.schedules.count({ deviceId })) >= SCHEDULES_MAX) {
      const params = { count: String(SCHEDULES_MAX) };
      throw new AurionError('SCHEDULE_LIMIT_REACHED', { params });
    }
    const made = { enabled: true, createdAt: now, since: now };
    const row = await store.schedules.insert({ deviceId, timing, action, policy, ...made });
    this.onChanged();
    return this.shown(row);
  }

  /** Changes what is named. Slots before now are none of a schedule that was changed or enabled. @throws SCHEDULE_NOT_FOUND, SCHEDULE_INVALID */
  async change(id: number, changes: ScheduleChanges): Promise<Schedule> {
    const { store, clock } = this.ports;
    const before = await this.row(id);
    const { action, policy, enabled, ...fields } = changes;
    const now = clock.now();
    const retimed = Object.values(fields).some((value) => value !== undefined);
    const row = await store.schedules.update(id, {
      ...(retimed && { timing: retime(before.timing, fields, now, this.home) }),
      ...(action !== undefined && { action }),
      ...(policy !== undefined && { policy }),
      ...(enabled !== undefined && { enabled }),
      ...((retimed || (enabled === true && !before.enabled)) && { since: now }),
    });
    if (!row) throw new AurionError('SCHEDULE_NOT_FOUND');
    this.onChanged();
    return this.shown(row);
  }

  /** @throws SCHEDULE_NOT_FOUND */
  async remove(id: number): Promise<void> {
    const deleted = await this.ports.store.together(
      ['schedules', 'scheduleRuns'],
      async ({ schedules, scheduleRuns }) => {
        if (!(await schedules.delete(id))) return false;
        await scheduleRuns.deleteWhere({ where: { scheduleId: id } });
        return true;
      },
    );
    if (!deleted) throw new AurionError('SCHEDULE_NOT_FOUND');
    this.onChanged();
  }

  /** What became of its slots. @throws SCHEDULE_NOT_FOUND */
  async runs(query: RunsQuery): Promise<ScheduleRun[]> {
    await this.row(query.id);
    return this.ports.runs.list(query);
  }

  /** A device is gone, and its schedules with it. */
  deviceGone(): void {
    this.onChanged();
  }

  private async row(id: number): Promise<ScheduleRow> {
    const row = await this.ports.store.schedules.get(id);
    if (!row) throw new AurionError('SCHEDULE_NOT_FOUND');
    return row;
  }

  private shown(row: ScheduleRow): Schedule {
    const { id, deviceId, timing, action, policy, enabled, createdAt } = row;
    const next = nextSlot(timing, this.ports.clock.now(), this.home)?.at ?? null;
    const nextAt = enabled ? next : null;
    return {
      id,
      deviceId,
      ...shownTiming(timing, nextAt, this.home),
      action,
      policy,
      enabled,
      createdAt: new Date(createdAt).toISOString(),
      nextRun: nextAt === null ? null : new Date(nextAt).toISOString(),
    };
  }
}
