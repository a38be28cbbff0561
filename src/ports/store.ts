import type { NotificationConfig, Severity } from '../contract/alert';
import type { Text } from '../contract/language';
import type { Role } from '../contract/role';
import type { Value } from '../contract/value';
import type { KeptAlert, Trigger } from '../domain/alerts/lifecycle';
import type { Watch } from '../domain/alerts/watch';
import type { DeviceState, Registered } from '../domain/devices/state';
import type { RegisteredSensor, SensorState } from '../domain/sensors/state';
import type { RunOutcome, ScheduleAction } from '../contract/schedule';
import type { MissedPolicy } from '../domain/schedules/catch-up';
import type { Timing } from '../domain/schedules/timing';

/**
 * The store of one home: small repositories of plain rows. Rows handed out are private copies, rows
 * handed in are copied. Every promise that resolves means: on disk (a power cut does not undo it).
 * Homes that share a database never see each other's rows.
 *
 * Errors: `UniqueConflict`, and AurionError `STORE_UNAVAILABLE`, `STORE_FULL`, `STORE_LOCKED`,
 * `STORE_CORRUPT`. After a failed write the row reads as it was before. Keys and conditions that
 * `assertSafeKeys` refuses are refused (`INPUT_KEY_FORBIDDEN`), a TypeError tells of values that
 * are no `Value`, undefined too, and a row or point that is too long is refused (`ROW_TOO_LARGE`).
 */
export interface Store {
  readonly accounts: Repository<AccountRow>;
  readonly sessions: Repository<SessionRow>;
  readonly devices: Repository<DeviceRow>;
  readonly deviceStates: Repository<DeviceStateRow>;
  readonly credentials: Repository<CredentialRow>;
  readonly idempotency: Repository<IdempotencyRow>;
  readonly settings: Repository<SettingRow>;
  readonly audit: Repository<AuditRow>;
  readonly turns: Repository<TurnRow>;
  readonly attempts: Repository<AttemptRow>;
  readonly resetTokens: Repository<ResetTokenRow>;
  readonly sensors: Repository<SensorRow>;
  readonly sensorStates: Repository<SensorStateRow>;
  readonly alerts: Repository<AlertRow>;
  readonly alertWatches: Repository<AlertWatchRow>;
  readonly notificationConfigs: Repository<NotificationConfigRow>;
  readonly sendings: Repository<SendingRow>;
  readonly meterCheckpoints: Repository<MeterCheckpointRow>;
  /** Readings as they came. */
  readonly readings: TimeSeries;
  /** A sensor's readings as they came, for ten days. */
  readonly sensorReadings: TimeSeries;
  /** Their minutes and hours, for longer. */
  readonly sensorMinutes: TimeSeries;
  readonly sensorHours: TimeSeries;
  readonly schedules: Repository<ScheduleRow>;
  readonly scheduleRuns: Repository<ScheduleRunRow>;
  /** What meters said, an hour in a point, for ten days; energy in slots of 5 minutes, an hour in a point; in hours, a day in a point; in days, 16 in a point. Packed by `domain/energy/packs`. */
  readonly meterReadings: TimeSeries;
  readonly energyFine: TimeSeries;
  readonly energyHours: TimeSeries;
  readonly energyDays: TimeSeries;
  /**
   * Changes rows of several tables as one: when it resolves, all that `change` did is on disk; if it
   * rejects, nothing is, also after a crash. `change` touches the store by what it is given only, and
   * waits for nothing else: others wait for it meanwhile. What it throws undoes all, and is thrown. It
   * may be called again, with nothing done yet. After a `UniqueConflict` nothing more can be done in it.
   */
  readonly together: <T extends TableName, A>(
    tables: readonly T[],
    change: (rows: { readonly [N in T]: RowChanges<RowOf<N>> }) => Promise<A>,
  ) => Promise<A>;
  /** Waits for writes under way and lets go of the store; afterwards every call is refused. */
  close(): Promise<void>;
}

/** How long a row may be as JSON, in bytes. */
export const ROW_BYTES_MAX = 1_000_000;

/** How long a point may be as JSON, in bytes. */
export const POINT_BYTES_MAX = 10_000;

export type SeriesName = {
  [N in keyof Store]: Store[N] extends TimeSeries ? N : never;
}[keyof Store];

export type TableName = Exclude<keyof Store, 'close' | 'together' | SeriesName>;

export interface Row {
  readonly id: number | string;
}

export interface ListQuery<R extends Row> {
  /** Rows whose fields equal these. */
  readonly where?: Partial<R>;
  /** Rows with `from` <= field < `to`. Rows whose field is null are left out. */
  readonly range?: {
    readonly field: keyof R & string;
    readonly from?: string | number;
    readonly to?: string | number;
  };
  /** What the rows are ordered by, default `id`; null comes first. Rows that are equal in it follow in the order of their ids, in the same direction. */
  readonly orderBy?: keyof R & string;
  readonly descending?: boolean;
  /** Starts behind this row (as handed out by an earlier call with the same order), also when it is gone meanwhile. */
  readonly after?: R;
  /** Default: all. */
  readonly limit?: number;
}

export interface Repository<R extends Row> {
  /**
   * Adds a row. Tables with counted ids (`TABLES`) take none and give the next: 1, 2, 3 …, never one
   * that was given before, also after deletes and restarts.
   * @throws UniqueConflict naming the field
   */
  insert(row: NewRow<R>): Promise<R>;
  /** Adds a row unless one with its id or one of its unique fields exists; hands out the one that stands. Of several calls at once exactly one inserts. */
  insertIfAbsent(row: NewRow<R>): Promise<{ readonly row: R; readonly inserted: boolean }>;
  get(id: R['id']): Promise<R | null>;
  /** The one row with this value in a field declared unique in `TABLES`. */
  getBy<F extends keyof R & string>(field: F, value: NonNullable<R[F]>): Promise<R | null>;
  list(query?: ListQuery<R>): Promise<R[]>;
  count(where?: Partial<R>): Promise<number>;
  /**
   * Changes the named fields of a row and hands it out; null if there is no such row, or if a field
   * in `expected` no longer has that value (compare-and-set: of several calls at once that expect the
   * same, one wins).
   * @throws UniqueConflict
   */
  update(id: R['id'], changes: Partial<Omit<R, 'id'>>, expected?: Partial<R>): Promise<R | null>;
  /** True if this call deleted it: of several at once, one. */
  delete(id: R['id']): Promise<boolean>;
  /** Deletes all that match (at least one condition); how many. */
  deleteWhere(query: Pick<ListQuery<R>, 'where' | 'range'>): Promise<number>;
  /**
   * Adds rows with the ids they bear (counted ones from 1 on), all or none; for moving a home from
   * another store. Ids given later are above them.
   * @throws UniqueConflict, also for rows that conflict with each other
   */
  restore(rows: readonly R[]): Promise<void>;
  /** The highest id given so far, 0 for none; of counted tables only (TypeError). */
  lastId(): Promise<number>;
}

/** What can be done with rows that are changed together with others: see `Store.together`. */
export type RowChanges<R extends Row> = Pick<
  Repository<R>,
  'insert' | 'get' | 'list' | 'update' | 'delete' | 'deleteWhere'
>;

/** A value at a time. */
export interface Point {
  /** Whose: one sensor's, one meter's. Any text that has a form in UTF-8 (no half of a surrogate pair) and no NUL. */
  readonly series: string;
  /** Milliseconds since 1970, whole. */
  readonly at: number;
  /** Tells points of one series and time apart; '' where there can be but one. A text as `series`. */
  readonly key: string;
  readonly value: Value;
}

export interface PointQuery {
  /** Points with `from` <= at < `to`. */
  readonly from?: number;
  readonly to?: number;
  readonly descending?: boolean;
  /** Starts behind this point in the order asked for, also when it is gone meanwhile. */
  readonly after?: Pick<Point, 'at' | 'key'>;
  /** Default: all. */
  readonly limit?: number;
}

/**
 * Points of many series, ordered by time, then key. Texts are ordered by code points, as UTF-8 is by
 * bytes. A point is found by series, time and key; putting it twice is putting it once.
 * What is no point is refused with a TypeError, a limit that is no count with a RangeError.
 */
export interface TimeSeries {
  /** Adds points, or replaces those with the same series, time and key; of two in one call the later counts. All or none. */
  put(points: readonly Point[]): Promise<void>;
  /** The points of one series, oldest first. */
  read(series: string, query?: PointQuery): Promise<Point[]>;
  /** The newest point of a series. */
  latest(series: string): Promise<Point | null>;
  /** The series there are points of, in their order. */
  names(): Promise<string[]>;
  /** Deletes the points with `from` <= at < `to` of one series, or of all (`{}`: every point); how many. */
  delete(query: {
    readonly series?: string;
    readonly from?: number;
    readonly to?: number;
  }): Promise<number>;
}

export interface SeriesDeclaration {
  /** How long a span one document holds, where an adapter keeps many points in one. */
  readonly spanMs: number;
}

/** What adapters build their time series from. */
export const SERIES: { readonly [S in SeriesName]: SeriesDeclaration } = {
  readings: { spanMs: 3_600_000 },
  sensorReadings: { spanMs: 3_600_000 },
  sensorMinutes: { spanMs: 86_400_000 },
  sensorHours: { spanMs: 30 * 86_400_000 },
  // A point is a pack already: one a document.
  meterReadings: { spanMs: 3_600_000 },
  energyFine: { spanMs: 3_600_000 },
  energyHours: { spanMs: 86_400_000 },
  energyDays: { spanMs: 16 * 86_400_000 },
};

/** A row to add: ids of counted tables are given by the store. */
export type NewRow<R extends Row> = R['id'] extends number ? Omit<R, 'id'> : R;

export interface TableDeclaration<R extends Row> {
  /** `counted`: integers from 1 given by the store; `given`: the caller's text. */
  readonly id: R['id'] extends number ? 'counted' : 'given';
  /** Fields no two rows of a home share. Null values are not compared. */
  readonly unique: readonly (keyof R & string)[];
  /** Fields that `where`, `range` and `orderBy` use often. */
  readonly indexed: readonly (keyof R & string)[];
}

/** What adapters build their tables from. */
export const TABLES: { readonly [T in TableName]: TableDeclaration<RowOf<T>> } = {
  accounts: { id: 'counted', unique: ['emailKey', 'founder'], indexed: [] },
  sessions: { id: 'given', unique: [], indexed: ['accountId', 'expiresAt'] },
  devices: { id: 'counted', unique: ['key'], indexed: [] },
  deviceStates: { id: 'given', unique: [], indexed: [] },
  credentials: { id: 'given', unique: [], indexed: [] },
  idempotency: { id: 'given', unique: [], indexed: ['expiresAt'] },
  settings: { id: 'given', unique: [], indexed: [] },
  audit: { id: 'counted', unique: [], indexed: ['at'] },
  turns: { id: 'given', unique: [], indexed: [] },
  attempts: { id: 'given', unique: [], indexed: ['subject', 'at'] },
  resetTokens: { id: 'given', unique: [], indexed: ['accountId', 'expiresAt'] },
  sensors: { id: 'counted', unique: ['key'], indexed: [] },
  sensorStates: { id: 'given', unique: [], indexed: [] },
  alerts: { id: 'counted', unique: ['activeKey'], indexed: ['firstAt', 'resolvedAt', 'untold'] },
  alertWatches: { id: 'given', unique: [], indexed: ['ruleId'] },
  notificationConfigs: { id: 'given', unique: [], indexed: [] },
  sendings: { id: 'given', unique: [], indexed: ['alertId', 'outcome', 'dueAt'] },
  schedules: { id: 'counted', unique: [], indexed: ['deviceId'] },
  scheduleRuns: { id: 'given', unique: [], indexed: ['scheduleId', 'slotAt', 'state'] },
  meterCheckpoints: { id: 'given', unique: [], indexed: ['deviceId'] },
};

export type RowOf<T extends TableName> = Store[T] extends Repository<infer R> ? R : never;

/** Another row already has this value in a unique field (or this id). */
export class UniqueConflict extends Error {
  override readonly name = 'UniqueConflict';
  readonly code = 'STORE_CONFLICT';
  constructor(
    readonly table: TableName,
    readonly field: string,
  ) {
    super(`${table}.${field} is taken`);
  }
}

export interface AccountRow extends Row {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  /** The e-mail as it is compared. */
  readonly emailKey: string;
  readonly phone: string | null;
  readonly role: Role;
  readonly passwordHash: string;
  readonly disabled: boolean;
  /** `founder` on the account that was the home's first, else null: unique, so that there is one first administrator. */
  readonly founder: 'founder' | null;
  readonly createdAt: number;
}

export interface SessionRow extends Row {
  /** The token's `jti`. */
  readonly id: string;
  readonly accountId: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export type DeviceRow = Registered;
export type DeviceStateRow = DeviceState;

export type SensorRow = RegisteredSensor;
export type SensorStateRow = SensorState;

/** What a device or sensor signs in to the embedded broker with. */
export interface CredentialRow extends Row {
  /** The user name. */
  readonly id: string;
  /** Whose; the other one is null. */
  readonly deviceId: number | null;
  readonly sensorId: number | null;
  /** SHA-256 of a random password: there is nothing to guess that a slow hash would protect. */
  readonly passwordHash: string;
}

/** What became of a command, for who asks again with the same Idempotency-Key. */
export interface IdempotencyRow extends Row {
  readonly id: string;
  /** SHA-256 of what was asked for; absent in rows of versions that kept none. */
  readonly asked?: string;
  /** What is wanted of the device: written before the command leaves. */
  readonly wanted?: Value;
  /** Absent until it went well. */
  readonly answer?: Value;
  readonly expiresAt: number;
}

export interface SettingRow extends Row {
  readonly id: string;
  readonly value: Value;
}

/**
 * What entries of the audit give way to: `rights` what only administrators and the machine's keeper do,
 * `security` what else is done with accounts, and refusals; `daily` all else.
 */
export type AuditPool = 'rights' | 'security' | 'daily';

export interface AuditRow extends Row {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string | null;
  readonly requestId: string | null;
  /** Absent in rows of before there were pools: they are kept for as long as any may be. */
  readonly pool?: AuditPool;
}

/** Work that one of several processes does alone just now. */
export interface TurnRow extends Row {
  readonly id: string;
  readonly holder: string;
  readonly until: number;
}

/** One try at something that is limited: rows are only added and deleted, so that processes need not agree on a number. */
export interface AttemptRow extends Row {
  readonly id: string;
  /** What is limited, and for whom: `login:account:<hash>`. */
  readonly subject: string;
  readonly at: number;
}

/** A link sent to someone who forgot a password; good once. */
export interface ResetTokenRow extends Row {
  /** SHA-256 of the token in the link. */
  readonly id: string;
  readonly accountId: number;
  readonly expiresAt: number;
}

export type AlertRow = KeptAlert;

/** What a rule sees in one source; waits and cool-downs survive a restart in it. */
export interface AlertWatchRow extends Row, Watch {
  /** `<rule> <source>`; without a rule `<finder> <source>:<type>`. */
  readonly id: string;
  /** The rule's, or whoever else finds it. */
  readonly ruleId: string;
  /** What it raises, where no rule says so. */
  readonly trigger?: Trigger;
}

/** How an account wants to be told. */
export interface NotificationConfigRow extends Row, NotificationConfig {
  /** The account's id as text. */
  readonly id: string;
}

/** One change of an alert on its way to one person by one channel. */
export interface SendingRow extends Row {
  /** `<alert>:<change>:<account>:<channel>`: each is sent once, however many processes and restarts. */
  readonly id: string;
  readonly alertId: number;
  readonly accountId: number;
  readonly channel: SendingChannel;
  readonly severity: Severity;
  readonly message: Text;
  /** When the alert changed so. */
  readonly at: number;
  readonly outcome: 'waiting' | 'sent' | 'failed';
  readonly attempts: number;
  /** When it is tried next; null once it is sent or given up. */
  readonly dueAt: number | null;
  /** Why the last try failed. */
  readonly problem: string | null;
}

export type SendingChannel = 'push' | 'email' | 'webhook';
export interface ScheduleRow extends Row {
  readonly id: number;
  readonly deviceId: number;
  readonly timing: Timing;
  readonly action: ScheduleAction;
  readonly policy: MissedPolicy;
  readonly enabled: boolean;
  readonly createdAt: number;
  /** Slots before this are none of it: when it was made, changed or enabled. */
  readonly since: number;
}

/** One slot of a schedule. Its id lets it be dealt with once, however many processes and restarts. */
export interface ScheduleRunRow extends Row {
  /** `<schedule>@<slot key>`. */
  readonly id: string;
  readonly scheduleId: number;
  readonly slotAt: number;
  /**
   * `claimed`: somebody is about to run it, and nothing left the house yet. `sending`: the command is
   * on its way or was, and nobody else may send it.
   */
  readonly state: 'claimed' | 'sending' | RunOutcome;
  readonly reason: string | null;
  /** When it came into this state. */
  readonly at: number;
  /** Who claimed it: another text each time. */
  readonly owner: string;
}

/** Where counting a source of energy stands, at the end of what a day has brought. */
export interface MeterCheckpointRow extends Row {
  /** `<device>@<days since 1970>` of a meter; `<device>@nominal` of a device without one. */
  readonly id: string;
  readonly deviceId: number;
  /** What comes before this instant is in. */
  readonly until: number;
  /** When it became part of the home: its first reading, its registration. */
  readonly since: number;
  /** What is needed to count on: plain data. */
  readonly state: Value;
}
