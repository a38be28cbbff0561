import { AurionError } from '../contract/errors';
import type { MeterSlice } from '../contract/energy';
import type { Topics } from '../contract/topics';
import type { DeviceState } from '../domain/devices/state';
import type { HomeCalendar } from '../domain/energy/calendar';
import type { MeterEvent } from '../domain/energy/meter';
import { readMeterMessage, type MeterMessage, type Reading } from '../domain/energy/reading';
import { shownSlice } from '../domain/energy/figures';
import type { Slice } from '../domain/energy/slice';
import { DAY_MS, MINUTE_MS } from '../domain/energy/units';
import { isOfThePast, type Arrival } from '../domain/intake/arrival';
import { TOO_LATE } from '../domain/intake/left-out';
import { assertFields, parseFields } from '../domain/intake/payload';
import { RefusedMessage, TOO_OLD } from '../domain/intake/refused-message';
import type { Submission } from '../domain/intake/submission';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { Message } from '../ports/message-link';
import type { DeviceRow, Store } from '../ports/store';
import type { DeviceFollower, Devices } from './devices';
import { DayLedger } from './day-ledger';
import { EnergySources } from './energy-sources';
import { EnergyStore } from './energy-store';
import type { EventBus } from './event-bus';
import { HomeLedger } from './home-ledger';
import type { Accepted, Ignored, Taker } from './intake';
import { MeterLedger, type Span } from './meter-ledger';
import { RecentMessages } from './recent-messages';
import type { Tariffs } from './tariffs';
import { Rerating } from './rerating';
import { UNSHARED, type Turns } from './turns';

const SETTLE_EVERY_MS = MINUTE_MS;
/** As long as a draw is believed to go on after a crash. */
const NOMINAL_EVERY_MS = 5 * MINUTE_MS;
const TURN_WITHIN_MS = 5000;
/** Copies of a message without a timestamp are known for so long (M6). */
const COPY_WITHIN_MS = 10 * MINUTE_MS;
/** More than this that is not written yet is written before anybody looks at it. */
const VIEWED_UNSETTLED_MAX_MS = DAY_MS;

/**
 * The home's energy: takes in what meters and devices say, counts it at once in memory and once a minute
 * into the store. The journal keeps what is not written yet.
 */
export class Energy implements Taker, DeviceFollower {
  readonly home: HomeLedger;
  private readonly store: EnergyStore;
  private readonly days: DayLedger;
  private readonly sources: EnergySources;
  private readonly rerating: Rerating;
  private readonly recent = new RecentMessages();
  private readonly listeners = new Set<(slice: MeterSlice) => void>();
  private readonly changeListeners: (() => void)[] = [];
  private settling: Promise<void> = Promise.resolve();
  /** What is to be written for the home; it failed if it is still here. */
  private dirty: Span | null = null;
  private timer: Timer | undefined;
  private stopping = false;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly devices: Devices;
      readonly topics: Topics;
      readonly clock: Clock;
      readonly events: EventBus;
      readonly logger: Logger;
      readonly turns?: Turns;
    },
    readonly calendar: HomeCalendar,
    private readonly tariffs: Tariffs,
  ) {
    this.store = new EnergyStore(ports.store);
    this.sources = new EnergySources(this.store, calendar);
    const { sources } = this;
    this.home = new HomeLedger(this.store, calendar, tariffs, () => sources.ofHome);
    this.rerating = new Rerating(ports, this.home, tariffs, async (span, tariff) => {
      this.days.touch(span);
      await this.home.rerate(span, tariff);
    });
    this.days = new DayLedger(this.store, calendar, () => sources.parts.map(({ row }) => row.id));
  }

  /** Goes on from the store; to be called before anything comes in. */
  async start(): Promise<void> {
    const { devices } = this.ports;
    const { unlabelled, isNew } = await this.tariffs.unlabelled();
    this.store.unlabelled = unlabelled;
    // They don't say by which price they were made.
    if (isNew) await this.store.forgetDays();
    const ids = (await this.store.sources()).map(({ deviceId }) => deviceId);
    for (const deviceId of new Set(ids)) {
      const row = devices.named(String(deviceId));
      if (row) await this.sources.goOn(row);
      // It was deleted, and what it had counted not yet.
      else if (!(await this.ports.store.devices.get(deviceId))) this.forget(deviceId);
    }
    devices.follow(this);
    // What a run that was killed had begun; another process may have the turn, or the next minute has it.
    if (await this.rerating.isWaiting()) {
      await this.inTurn(() => this.rerating.finishLater()).catch(() => undefined);
    }
    this.plan();
  }

  async stop(): Promise<void> {
    this.timer?.cancel();
    this.stopping = true;
    await this.settle();
  }

  get unsettled(): boolean {
    return this.sources.unsettled;
  }

  /** Called for each slice of energy that a meter has measured. @returns ends it */
  onSlice(listener: (slice: MeterSlice) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Called when something came in that figures are made of. */
  onChange(listener: () => void): void {
    this.changeListeners.push(listener);
  }

  understand(message: Message, arrival: Arrival): Accepted | Ignored | null {
    const { topics, devices } = this.ports;
    const name = topics.parseMeter(message.topic);
    if (name === null) return null;
    const row = devices.named(name);
    if (!row) {
      devices.noteStranger(name, message);
      return 'unknown';
    }
    if (row.type !== 'meter') {
      throw new RefusedMessage('wrong-type', {
        fr: `l'appareil ${row.id} n'est pas un compteur (type ${row.type})`,
        en: `device ${row.id} is no meter (type ${row.type})`,
      });
    }
    const said = readMeterMessage(parseFields(message.payload), arrival.at);
    // The broker's memory of a reading: when it was made nobody knows (M7).
    if (message.retained) return { take: () => undefined, about: 'retained', urgent: false };
    return this.accept(row, said, arrival);
  }

  understandSubmission(submission: Submission, arrival: Arrival): Accepted | Ignored | null {
    if (submission.kind !== 'meter') return null;
    const row = this.ports.devices.named(String(submission.id));
    if (row?.type !== 'meter') return 'unknown';
    assertFields(submission.said);
    return this.accept(row, readMeterMessage(submission.said, arrival.at), arrival);
  }

  /**
   * What somebody says a meter showed, in the fields of its own message.
   * @throws DEVICE_NOT_FOUND for what is no meter
   */
  submission(deviceId: number, said: Readonly<Record<string, unknown>>): Submission {
    const row = this.ports.devices.named(String(deviceId));
    if (row?.type !== 'meter') throw new AurionError('DEVICE_NOT_FOUND');
    return { kind: 'meter', id: row.id, said };
  }

  isLike({ row, state }: { row: DeviceRow; state: DeviceState | null }, at: number): void {
    if (state === null) {
      this.forget(row.id);
      return;
    }
    this.sources.isLike(row, state, at);
    this.changed();
  }

  draws(row: DeviceRow, powerW: number, arrival: Arrival): void {
    const { at, replayed } = arrival;
    const redelivered = arrival.redelivered !== false;
    if (row.type === 'meter' && this.sources.hasCounter(row.id)) return;
    const reading: Reading = {
      ...{ timestamp: null, seq: null, energy: null },
      ...{ receivedAt: at, redelivered, powerW },
    };
    this.take(row, reading, replayed);
  }

  /** Nothing of it is written by itself: see `settle`. */
  fold(): Promise<void> {
    return Promise.resolve();
  }

  /** Writes what came in. One at a time; of several processes one at a time. */
  settle(): Promise<void> {
    const settled = this.settling.then(() => this.settleNow());
    this.settling = settled.catch(() => undefined);
    return settled;
  }

  /** Prices a span of the home anew by the tariff as it stands. @returns how many buckets */
  rerate(span: Span): Promise<number> {
    const rerated = this.settling.then(() =>
      this.inTurn(async () => {
        const count = await this.rerating.begin(span);
        // Days are a shortcut only: what fails is tried again with the next minute.
        await this.settleDays().catch(() => undefined);
        return count;
      }),
    );
    this.settling = rerated.then(
      () => undefined,
      () => undefined,
    );
    return rerated;
  }

  /** Gives what waits for a price its price now rather than with the next minute, if that can be. */
  async priceSoon(): Promise<void> {
    if (!(await this.tariffs.mayLackPrice())) return;
    await this.settle().catch((error: unknown) =>
      this.ports.logger.warn(`Energy waits for its price: ${String(error)}`),
    );
  }

  /** So that the next question sees what came late, and need not count a year in memory. */
  async ready(): Promise<void> {
    const now = this.ports.clock.now();
    const from = this.home.unsettledFrom(now);
    const { isLate } = this.sources;
    if (isLate || (from !== null && from < now - VIEWED_UNSETTLED_MAX_MS)) await this.settle();
  }

  /** The home's parts, each with its power now in W. */
  powers(now: number): { readonly main: boolean; readonly powerW: number | null }[] {
    return this.sources.parts.map(({ main, ledger }) => ({
      main,
      powerW: ledger instanceof MeterLedger ? ledger.powerNow(now) : ledger.powerW,
    }));
  }

  /** The home's parts with what they used in a span. */
  uses(span: Span, now: number) {
    return this.days.uses(this.sources.parts, span, this.home.daysUntil(now), now);
  }

  /** @throws RefusedMessage */
  private accept(row: DeviceRow, said: MeterMessage, arrival: Arrival): Accepted | Ignored {
    const { leftOut, ...measured } = said;
    const { at: receivedAt, replayed } = arrival;
    // A counter or power that is said again adds nothing, so what perhaps was heard before counts as that.
    const redelivered = arrival.redelivered !== false;
    const reading: Reading = { ...measured, receivedAt, redelivered };
    const meter = this.sources.meter(row);
    const { timestamp, seq, powerW, energy } = reading;
    const past = isOfThePast(timestamp, arrival);
    const about = `${powerW === null ? '' : 'power '}${energy === null ? '' : 'energy'}`;
    if (!meter.admits(reading)) {
      if (redelivered) throw new RefusedMessage('too-old', TOO_OLD.newest);
      const take = () => {
        meter.show(reading);
        this.changed();
      };
      return { take, about, urgent: false, past, leftOut: [...leftOut, TOO_LATE] };
    }
    const identity = [timestamp, seq, powerW, energy].join(' ');
    const cameAt = this.recent.cameAt(row.id, identity);
    const isCopy =
      cameAt !== null &&
      (timestamp !== null ||
        ((seq !== null || redelivered) && receivedAt - cameAt <= COPY_WITHIN_MS));
    if (isCopy) return 'duplicate';
    const take = () => {
      this.recent.note(row.id, identity, receivedAt);
      this.take(row, reading, replayed);
    };
    return { take, about, urgent: false, past, leftOut };
  }

  private take(row: DeviceRow, reading: Reading, replayed: boolean): void {
    const { slices, events } = this.sources.meter(row).take(reading);
    this.changed();
    // An earlier run has told it.
    if (replayed) return;
    for (const event of events) this.tell(row, event);
    for (const slice of slices) this.hand(row, slice);
  }

  private tell({ id: deviceId, name }: DeviceRow, { event, at }: MeterEvent): void {
    this.ports.events.emit(event, { deviceId, name, at: new Date(at).toISOString() });
  }

  private hand({ id: deviceId, name }: DeviceRow, measured: Slice): void {
    if (this.listeners.size === 0) return;
    const slice = { deviceId, name, ...shownSlice(measured) };
    for (const listener of this.listeners) {
      try {
        listener(slice);
      } catch (error) {
        this.ports.logger.error(`A listener of slices failed: ${String(error)}`);
      }
    }
  }

  private settleNow(): Promise<void> {
    const { clock } = this.ports;
    return this.inTurn(async () => {
      await this.rerating.finishLater();
      const nominalEveryMs = this.stopping ? 0 : NOMINAL_EVERY_MS;
      for await (const span of this.sources.settle(clock.now(), nominalEveryMs)) this.widen(span);
      const { dirty } = this;
      if (dirty) {
        // With tranches the rest of its month is priced anew.
        this.days.touch({ from: dirty.from, to: this.calendar.next('month', dirty.to) });
        await this.home.settle(dirty);
        this.dirty = null;
      }
      this.sources.release();
      await this.home.priceUnpriced((span) => this.days.touch(span));
      await this.settleDays();
    });
  }

  private settleDays(): Promise<void> {
    return this.days.settle(this.home.daysUntil(this.ports.clock.now()));
  }

  /** Of several processes one at a time. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { turns = UNSHARED } = this.ports;
    const end = await turns.take('energy', TURN_WITHIN_MS);
    if (!end) throw new AurionError('STORE_UNAVAILABLE');
    try {
      return await work();
    } finally {
      await end();
    }
  }

  private widen(span: Span): void {
    const { from, to } = this.dirty ?? span;
    this.dirty = { from: Math.min(from, span.from), to: Math.max(to, span.to) };
  }

  private plan(): void {
    this.timer = this.ports.clock.schedule(SETTLE_EVERY_MS, () => {
      // What is estimated comes without a message, so the intake does not ask for it.
      this.settle().catch((error: unknown) =>
        this.ports.logger.warn(`Energy waits to be written: ${String(error)}`),
      );
      this.plan();
    });
  }

  private forget(deviceId: number): void {
    this.sources.delete(deviceId);
    this.recent.forget(deviceId);
    this.settling = this.settling
      .then(() => this.store.remove(deviceId))
      .catch((error: unknown) =>
        this.ports.logger.warn(`Energy of device ${deviceId} was not deleted: ${String(error)}`),
      );
    this.changed();
  }

  private changed(): void {
    for (const listener of this.changeListeners) listener();
  }
}
