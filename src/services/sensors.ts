import type { StatsPeriod } from '../contract/alert';
import { AurionError } from '../contract/errors';
import type { Discovered } from '../contract/discovered';
import type { Language } from '../contract/language';
import type {
  HistoryPoint,
  NewSensor,
  Sensor,
  SensorAdoption,
  SensorChanges,
} from '../contract/sensor';
import type { Topics } from '../contract/topics';
import { isOfThePast, type Arrival } from '../domain/intake/arrival';
import { TOO_LATE } from '../domain/intake/left-out';
import { assertFields, parseFields } from '../domain/intake/payload';
import { RefusedMessage } from '../domain/intake/refused-message';
import type { Submission } from '../domain/intake/submission';
import { contentOf, droppedCopy, identityOf, judge, type Place } from '../domain/sensors/arrival';
import { readSensorMessage, type BatteryMessage } from '../domain/sensors/reading';
import {
  charged,
  heard,
  remembered,
  sensed,
  silent,
  silentAfterMs,
  toSensor,
  toSensorReading,
  triggered,
} from '../domain/sensors/state';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { Message } from '../ports/message-link';
import { ALONE, type Peers } from '../ports/peers';
import type { SensorRow, Store } from '../ports/store';
import { Discoveries } from './discoveries';
import type { EventBus } from './event-bus';
import type { Accepted, Ignored, Taker } from './intake';
import { RecentMessages } from './recent-messages';
import { SensorHistory } from './sensor-history';
import type { SensorListener, Sensing } from './sensor-listener';
import { SensorRoster, type KnownSensor } from './sensor-roster';
import { sensorStats } from './sensor-stats';

const LOOK_EVERY_MS = 60_000;

/** The home's sensors: registered in the store; their state in memory, and behind it in the store. */
export class Sensors implements Taker {
  private readonly roster: SensorRoster;
  private readonly discoveries: Discoveries;
  private readonly history: SensorHistory;
  /** Something that was said is still to be forgotten, perhaps since an earlier run. */
  private isForgetting = true;
  private readonly recent = new RecentMessages();
  private watch: Timer | undefined;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly topics: Topics;
      readonly clock: Clock;
      readonly events: EventBus;
      readonly logger: Logger;
      readonly peers?: Peers;
    },
    private readonly listener: SensorListener,
  ) {
    this.roster = new SensorRoster(ports);
    this.discoveries = new Discoveries(ports.clock);
    this.history = new SensorHistory(ports.store);
    const { peers = ALONE } = ports;
    peers.onMessage((message) => {
      if (message.kind === 'sensors') this.refreshLater(message.ids);
    });
    peers.onGap(() => this.refreshLater());
  }

  async start(): Promise<void> {
    await this.roster.load();
    await this.forgetEnded().catch(() => undefined);
    this.look();
  }

  stop(): void {
    this.watch?.cancel();
  }

  /** The sensor that a name in a topic, its key or id, stands for. */
  named(name: string): SensorRow | null {
    return this.roster.named(name)?.row ?? null;
  }

  /** In the order of their ids. */
  list(): Sensor[] {
    return this.roster.all().map(({ row, state }) => toSensor(row, state));
  }

  /** @throws SENSOR_NOT_FOUND */
  get(id: number): Sensor {
    const { row, state } = this.roster.get(id);
    return toSensor(row, state);
  }

  /** Every sensor that is switched on, as it is now. */
  sensing(): Sensing[] {
    return this.roster
      .all()
      .filter(({ row }) => row.enabled)
      .map(({ row, state }) => ({ row, state, before: null, spoke: false }));
  }

  /** Of a period up to now, or since each was first heard. */
  stats(period: StatsPeriod | undefined): ReturnType<typeof sensorStats> {
    return sensorStats(this.roster.all(), period, this.ports.clock.now());
  }

  /** Newest first. @throws SENSOR_NOT_FOUND */
  async historyOf(
    id: number,
    query: { readonly from?: number; readonly to?: number; readonly limit: number },
  ): Promise<HistoryPoint[]> {
    this.roster.get(id);
    return this.history.read(id, query);
  }

  /**
   * @param battery in %, as it was sold
   * @throws SENSOR_KEY_TAKEN
   */
  async create(
    input: NewSensor,
    { battery }: { battery: number | null } = { battery: null },
  ): Promise<Sensor> {
    const { name, type, location, key = null } = input;
    const createdAt = this.ports.clock.now();
    const added = { name, type, location, key, enabled: true, createdAt };
    const known = await this.roster.add(added, battery);
    this.tellPeers(known.row.id);
    if (key !== null) await this.begin(known, key);
    return toSensor(known.row, known.state);
  }

  /** Another type begins with an empty state and history: a temperature is no motion. @throws SENSOR_NOT_FOUND, SENSOR_KEY_TAKEN */
  async change(id: number, changes: SensorChanges): Promise<Sensor> {
    const known = this.roster.get(id);
    const before = known.row;
    const named = Object.entries(changes).filter(([, value]) => value !== undefined);
    if ((changes.type ?? before.type) === before.type) {
      await this.roster.update(known, Object.fromEntries(named));
    } else {
      await this.roster.retype(known, Object.fromEntries(named));
      this.recent.forget(id);
      this.listener.gone(id);
      await this.forgetHistory(id);
    }
    this.tellPeers(id);
    if (known.row.key !== before.key) this.listener.rightsChanged(id, false);
    return toSensor(known.row, known.state);
  }

  /**
   * Switches a sensor on or off; what it says while it is off is counted, not kept. Once it is on, rules look at what it
   * said last, as at a start: that may be over by now, but a false alarm is better than a lost one.
   * @throws SENSOR_NOT_FOUND */
  async toggle(id: number, enabled: boolean): Promise<Sensor> {
    const known = this.roster.get(id);
    if (known.row.enabled !== enabled) {
      await this.roster.update(known, { enabled });
      known.heardMs = this.ports.clock.monotonicMs();
      if (enabled) this.lookAt(known);
      else this.listener.gone(id);
      this.tellPeers(id);
    }
    return toSensor(known.row, known.state);
  }

  /** @throws SENSOR_NOT_FOUND */
  async remove(id: number): Promise<void> {
    const known = this.roster.get(id);
    await this.roster.remove(known);
    this.tellPeers(id);
    this.recent.forget(id);
    this.listener.gone(id);
    this.listener.rightsChanged(id, true);
    await this.forgetHistory(id);
  }

  /** What is said for a sensor by somebody else. @throws SENSOR_NOT_FOUND */
  submission(id: number, said: Readonly<Record<string, unknown>>): Submission {
    return { kind: 'sensor', id: this.roster.get(id).row.id, said };
  }

  /** What speaks as a sensor and is none. */
  discovered(language: Language): Discovered[] {
    return this.discoveries.list(language);
  }

  /** Registers what was discovered; its last message shows how it is. @throws DISCOVERED_NOT_FOUND, SENSOR_KEY_TAKEN */
  async adopt({ key, newKey = key, ...input }: SensorAdoption): Promise<Sensor> {
    if (!this.discoveries.has(key)) throw new AurionError('DISCOVERED_NOT_FOUND');
    const { id } = await this.create({ ...input, key: newKey });
    await this.begin(this.roster.get(id), key);
    return this.get(id);
  }

  understand(message: Message, arrival: Arrival): Accepted | Ignored | null {
    const name = this.ports.topics.parseSensor(message.topic);
    if (name === null) return null;
    const known = this.roster.named(name);
    if (!known) {
      this.discoveries.note(name, message);
      return 'unknown';
    }
    return this.hear(known, () => parseFields(message.payload), arrival, message.retained);
  }

  understandSubmission(submission: Submission, arrival: Arrival): Accepted | Ignored | null {
    if (submission.kind !== 'sensor') return null;
    const known = this.roster.named(String(submission.id));
    if (!known) return 'unknown';
    const fields = () => {
      assertFields(submission.said);
      return submission.said;
    };
    return this.hear(known, fields, arrival);
  }

  /** Takes in what another process changed in the store: of these sensors, or of all. */
  async refresh(ids?: readonly number[]): Promise<void> {
    const { ended, switchedOn } = await this.roster.refresh(ids);
    for (const id of ended) {
      this.recent.forget(id);
      this.listener.gone(id);
    }
    for (const known of switchedOn) this.lookAt(known);
  }

  get hasUnsaved(): boolean {
    return this.roster.hasUnsaved;
  }

  fold(): Promise<void> {
    return this.roster.saveAll();
  }

  get unsettled(): boolean {
    return this.history.unsettled;
  }

  settle(): Promise<void> {
    return this.history.fold();
  }

  /** Takes the last message of what spoke as `key` while it was not registered for how the sensor is. */
  private async begin(known: KnownSensor, key: string): Promise<void> {
    const found = this.discoveries.take(key);
    if (!found) return;
    const { message, lastSeen } = found;
    try {
      const said = readSensorMessage(known.row.type, parseFields(message.payload), lastSeen);
      this.roster.setState(known, remembered(known.state, said));
    } catch (error) {
      // What it said before it had a type may make no sense for it.
      if (!(error instanceof RefusedMessage)) throw error;
    }
    // It is registered: what the store does not take now it gets later.
    await this.roster.save(known).catch(() => undefined);
    // It spoke of what is so now: what a rule finds in it is told, as it would be at the next start.
    if (!message.retained) this.lookAt(known);
  }

  /** Rules look at how it is, as they do at a start. */
  private lookAt({ row, state }: KnownSensor): void {
    this.listener.sensed({ row, state, before: null, spoke: false });
  }

  /** It has ended for good: what the store does not take now is tried again. */
  private async forgetHistory(id: number): Promise<void> {
    await this.history.forget(id).catch((error: unknown) => {
      this.isForgetting = true;
      this.ports.logger.warn(`What sensor ${id} said is forgotten later: ${String(error)}`);
    });
  }

  private async forgetEnded(): Promise<void> {
    if (!this.isForgetting) return;
    await this.history.forgetEnded();
    this.isForgetting = false;
  }

  private refreshLater(ids?: readonly number[]): void {
    this.refresh(ids).catch((error: unknown) =>
      this.ports.logger.warn(`What another process changed was not read: ${String(error)}`),
    );
  }

  private tellPeers(id: number): void {
    (this.ports.peers ?? ALONE).tell({ kind: 'sensors', ids: [id] });
  }

  /** @throws RefusedMessage */
  private hear(
    known: KnownSensor,
    fields: () => Readonly<Record<string, unknown>>,
    arrival: Arrival,
    retained = false,
  ): Accepted | Ignored {
    const { id, type, enabled } = known.row;
    if (!enabled) return 'disabled';
    const said = readSensorMessage(type, fields(), arrival.at);
    const { leftOut, battery } = said;
    const about = `${retained ? 'retained ' : ''}${battery === null ? '' : 'battery'}`;
    if (retained) {
      const take = () => this.roster.setState(known, remembered(known.state, said));
      return { take, about, urgent: false, leftOut };
    }
    if (said.value === null) return { ...this.battery(known, said, arrival), leftOut };
    const identity = identityOf(said, arrival.redelivered);
    const copyAt = identity === null ? null : this.recent.cameAt(id, identity);
    const place = judge(known.state, said, arrival, copyAt);
    if (place === 'duplicate') return droppedCopy(type);
    const take = () => {
      this.recent.note(id, identity ?? contentOf(said), arrival.at);
      this.take(known, place, arrival);
    };
    const urgent = place.shown !== null && said.value === true && known.state.value !== true;
    const past = isOfThePast(said.timestamp, arrival);
    const isTooLate = !place.kept && !place.repeated;
    return {
      ...{ take, about, urgent, past, shownOnly: !place.kept },
      leftOut: isTooLate ? [...leftOut, TOO_LATE] : leftOut,
    };
  }

  /** It is there, and its battery is known; what it senses stays as it was. */
  private battery(known: KnownSensor, said: BatteryMessage, arrival: Arrival): Accepted {
    const take = () => {
      const before = known.state;
      this.roster.setState(known, heard(charged(before, said, arrival), arrival.at));
      if (!arrival.replayed) known.heardMs = this.ports.clock.monotonicMs();
      this.listener.sensed({ row: known.row, state: known.state, before, spoke: true });
    };
    return { take, about: 'battery alone', urgent: false };
  }

  private take(known: KnownSensor, place: Place, arrival: Arrival): void {
    const { at, replayed } = arrival;
    const { events } = this.ports;
    const { row, state: before } = known;
    const { reading, shown, kept, restarted } = place;
    if (kept) this.history.add(row.id, reading);
    const now = triggered(sensed(before, place), place, arrival);
    this.roster.setState(known, heard(now, at));
    if (!replayed) known.heardMs = this.ports.clock.monotonicMs();
    if (restarted && !replayed) {
      events.emit('device.restarted', { sensorId: row.id, name: row.name, seq: reading.seq ?? 0 });
    }
    if (shown) events.emit('sensor.reading', toSensorReading(row, known.state, reading));
    // Also what is of the past says that its sensor is there again.
    if (!shown && before.online) return;
    this.listener.sensed({ row, state: known.state, before, spoke: shown !== null });
  }

  /** Who has been silent for too long? */
  private look(): void {
    const { clock } = this.ports;
    const nowMs = clock.monotonicMs();
    for (const known of this.roster.all()) {
      const { row, state, heardMs } = known;
      if (!row.enabled || !state.online || nowMs - heardMs <= silentAfterMs(row.type)) continue;
      this.roster.setState(known, silent(state, clock.now()));
      this.listener.sensed({ row, state: known.state, before: state, spoke: false });
    }
    // What fails is tried again at the next look, or with the next message.
    this.fold().catch(() => undefined);
    this.forgetEnded().catch(() => undefined);
    this.watch = clock.schedule(LOOK_EVERY_MS, () => this.look());
  }
}
