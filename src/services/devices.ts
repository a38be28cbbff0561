import type {
  Adoption,
  Device,
  DeviceChanges,
  DeviceStatus,
  NewDevice,
  SentCommand,
} from '../contract/device';
import type { Discovered } from '../contract/discovered';
import { AurionError } from '../contract/errors';
import type { Language } from '../contract/language';
import type { Topics } from '../contract/topics';
import type { Wanted } from '../domain/devices/command';
import { readDeviceFields, readDeviceMessage, type Spoken } from '../domain/devices/message';
import type { Report } from '../domain/devices/report';
import {
  byHand,
  initialState,
  later,
  looksLike,
  toStatus,
  told,
  type DeviceState,
} from '../domain/devices/state';
import { assertFields } from '../domain/intake/payload';
import { RefusedMessage } from '../domain/intake/refused-message';
import type { Submission } from '../domain/intake/submission';
import { arrivedNow, type Arrival } from '../domain/intake/arrival';
import type { Clock } from '../ports/clock';
import type { Random } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Message, MessageLink } from '../ports/message-link';
import { ALONE, type Peers } from '../ports/peers';
import type { DeviceRow, Store } from '../ports/store';
import { DeviceCommands } from './device-commands';
import { addDevice, deleteDevice, emptyRow, keyed, toRow, writeState } from './device-rows';
import { DeviceRoster, type Known } from './device-roster';
import { Discoveries } from './discoveries';
import type { EventBus } from './event-bus';
import { MADE_NOW, type Intent } from './idempotency';
import type { Accepted, Ignored, Taker } from './intake';
import { UNSHARED, type Turns } from './turns';

/** Who follows what devices do, whether anybody else sees a difference or not. */
export interface DeviceFollower {
  /** A device is like this from an instant on; null: it is gone. */
  isLike(device: { readonly row: DeviceRow; readonly state: DeviceState | null }, at: number): void;
  /** A device said what power it draws. */
  draws(row: DeviceRow, powerW: number, arrival: Arrival): void;
}

interface DeviceFilter {
  readonly room?: string | undefined;
  readonly type?: string | undefined;
}

/** The home's devices: registered in the store; their state in memory, and behind it in the store. */
export class Devices implements Taker {
  private readonly roster = new DeviceRoster();
  /** Whose state the store does not have yet. */
  private readonly unsaved = new Set<Known>();
  private readonly commands: DeviceCommands;
  private readonly discoveries: Discoveries;
  private readonly followers: DeviceFollower[] = [];
  private readonly commandListeners: ((sent: SentCommand) => void)[] = [];

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly link: MessageLink;
      readonly topics: Topics;
      readonly clock: Clock;
      readonly random: Random;
      readonly events: EventBus;
      readonly logger: Logger;
      readonly peers?: Peers;
      readonly turns?: Turns;
    },
    /** Called when what a device may do at the broker has changed, or it is gone with all that is its own. */
    private readonly onRightsChanged: (deviceId: number, gone: boolean) => void,
  ) {
    this.commands = new DeviceCommands(ports);
    this.discoveries = new Discoveries(ports.clock);
    const { peers = ALONE } = ports;
    peers.onMessage((message) => {
      if (message.kind === 'devices') this.refreshLater(message.ids);
    });
    peers.onGap(() => this.refreshLater());
  }

  /** Calls the follower for each device there is, and from now on for each that changes. */
  follow(follower: DeviceFollower): void {
    this.followers.push(follower);
    const now = this.ports.clock.now();
    for (const { id } of this.roster.list()) {
      const known = this.roster.get(id);
      if (known) follower.isLike(known, now);
    }
  }

  /** The device that a name in a topic, its key or id, stands for. */
  named(name: string): DeviceRow | null {
    return this.roster.named(name)?.row ?? null;
  }

  /** Keeps who speaks without being registered, for the installer. */
  noteStranger(name: string, message: Message): void {
    this.discoveries.note(name, message);
  }

  /** How many commands ended how, since the start. */
  get commandOutcomes(): DeviceCommands['outcomes'] {
    return this.commands.outcomes;
  }

  async start(): Promise<void> {
    const { store } = this.ports;
    const states = new Map((await store.deviceStates.list()).map((state) => [state.id, state]));
    for (const row of await store.devices.list()) {
      this.roster.put(row, states.get(String(row.id)) ?? initialState(row.id));
    }
  }

  /**
   * In the order of their ids, of one room and type if asked. Frozen: all of them are the same answer
   * until one changes.
   */
  list({ room, type }: DeviceFilter = {}): readonly Device[] {
    const all = this.roster.list();
    if (room === undefined && type === undefined) return all;
    return all.filter(
      (device) => device.room === (room ?? device.room) && device.type === (type ?? device.type),
    );
  }

  /** @throws DEVICE_NOT_FOUND */
  get(id: number): Device {
    return this.known(id).device;
  }

  /** What the device says of itself. @throws DEVICE_NOT_FOUND */
  status(id: number): DeviceStatus {
    return toStatus(this.known(id).state);
  }

  /**
   * @param status what it is believed to be until it reports
   * @throws DEVICE_KEY_TAKEN
   */
  async create(input: NewDevice, { status } = { status: false }): Promise<Device> {
    const createdAt = this.ports.clock.now();
    const made = { ...emptyRow, ...toRow(input), createdAt };
    const { row, state } = await addDevice(this.ports.store, made, { status });
    const known = this.put(row, state);
    this.tellPeers(row.id);
    return known.device;
  }

  /** @throws DEVICE_NOT_FOUND, DEVICE_KEY_TAKEN */
  async change(id: number, changes: DeviceChanges): Promise<Device> {
    const known = this.known(id);
    const before = known.row;
    const row = await keyed(() => this.ports.store.devices.update(id, toRow(changes)));
    if (!row) throw new AurionError('DEVICE_NOT_FOUND');
    this.put(row, known.state);
    this.tellPeers(id);
    if (row.key !== before.key) this.onRightsChanged(id, false);
    return known.device;
  }

  /** @throws DEVICE_NOT_FOUND */
  async remove(id: number): Promise<void> {
    const known = this.known(id);
    if (!(await deleteDevice(this.ports.store, id))) throw new AurionError('DEVICE_NOT_FOUND');
    this.forget(known);
    this.tellPeers(id);
    this.onRightsChanged(id, true);
  }

  /** What speaks as a device and is none. */
  discovered(language: Language): Discovered[] {
    return this.discoveries.list(language);
  }

  /** Registers what was discovered; its last message is its first state. @throws DISCOVERED_NOT_FOUND, DEVICE_KEY_TAKEN */
  async adopt({ key, newKey = key, ...input }: Adoption): Promise<Device> {
    if (!this.discoveries.has(key)) throw new AurionError('DISCOVERED_NOT_FOUND');
    const { id } = await this.create({ ...input, key: newKey });
    const found = this.discoveries.take(key);
    const topic = found && this.ports.topics.parseDevice(found.message.topic);
    if (topic && topic.kind !== 'command') {
      const { message, lastSeen } = found;
      const known = this.known(id);
      try {
        const spoken = readDeviceMessage(topic.kind, message.payload, lastSeen);
        const seenAt = message.retained ? null : lastSeen;
        this.hear(known, spoken, seenAt, arrivedNow(this.ports.clock.now())).take();
      } catch (error) {
        // Its last word may make no sense: then its state begins with the next.
        if (!(error instanceof RefusedMessage)) throw error;
      }
      // It is adopted: what the store does not take now it gets with what the device says next.
      await this.save(known).catch(() => undefined);
    }
    return this.get(id);
  }

  /**
   * Flips the device's last confirmed status.
   * @param intent asked for what is wanted, so that who asks again wants the same
   * @throws as `command`
   */
  toggle(id: number, intent: Intent = MADE_NOW): Promise<Device> {
    return this.command(id, ({ status }) => intent(() => ({ status: !status, attributes: {} })));
  }

  /**
   * Tells a device what to become, and hands it out as it is once it has confirmed. A device that
   * never reported is believed to obey (`assumed`).
   * @param wanted made from the state in its turn, since commands of one device run one by one; what
   * it throws, no command is sent and `command` throws it
   * @param by whether somebody wants it, or Aurion by itself
   * @throws DEVICE_NOT_FOUND, DEVICE_OFFLINE, DEVICE_TIMEOUT, DEVICE_REFUSED, BROKER_UNAVAILABLE
   */
  async command(
    id: number,
    wanted: (state: DeviceState) => Wanted | Promise<Wanted>,
    by: 'hand' | 'aurion' = 'hand',
  ): Promise<Device> {
    this.known(id);
    const { turns = UNSHARED } = this.ports;
    return this.commands.inTurn(id, async (leave) => {
      if (turns.shared) await this.refresh([id]);
      const known = this.known(id);
      if (!known.state.online) throw new AurionError('DEVICE_OFFLINE');
      const goal = await wanted(known.state);
      leave();
      const { key, name } = known.row;
      const commanded = { deviceId: id, topicId: key ?? String(id), before: known.state };
      await this.commands.send(commanded, goal, (command) => {
        for (const listener of this.commandListeners) listener({ id, key, name, command });
      });
      if (by === 'hand') this.touched(known);
      // It may have reported meanwhile, for the first time: then its word stands.
      const { assumed } = known.state;
      if (assumed) {
        this.setState(known, told(known.state, goal), this.ports.clock.now(), 'ours alone');
      }
      // What a hand did and what is believed must outlive a crash; who has the next turn begins with it.
      if (assumed || by === 'hand' || (turns.shared && this.unsaved.has(known))) {
        // The command has left, so it is done: what can't be written now is with the next fold.
        await this.save(known).catch(() => undefined);
      }
      if (assumed) this.tellPeers(id);
      return this.get(id);
    });
  }

  /** When each device was last switched by somebody; of the others nothing. */
  get changedByHandAt(): ReadonlyMap<number, number> {
    return this.roster.changedByHandAt();
  }

  /** What is said for a device by somebody else. @throws DEVICE_NOT_FOUND */
  submission(id: number, said: Readonly<Record<string, unknown>>): Submission {
    return { kind: 'device', id: this.known(id).row.id, said };
  }

  /** Called with each command that has left for its device. */
  onCommand(listener: (sent: SentCommand) => void): void {
    this.commandListeners.push(listener);
  }

  understand(message: Message, arrival: Arrival): Accepted | Ignored | null {
    const parsed = this.ports.topics.parseDevice(message.topic);
    if (!parsed || parsed.kind === 'command') return null;
    const known = this.roster.named(parsed.id);
    if (!known) {
      this.discoveries.note(parsed.id, message);
      return 'unknown';
    }
    const spoken = readDeviceMessage(parsed.kind, message.payload, arrival.at);
    return this.hear(known, spoken, message.retained ? null : arrival.at, arrival);
  }

  understandSubmission(
    { kind, id, said }: Submission,
    arrival: Arrival,
  ): Accepted | Ignored | null {
    if (kind !== 'device') return null;
    const known = this.roster.get(id);
    if (!known) return 'unknown';
    assertFields(said);
    return this.hear(known, readDeviceFields(said, arrival.at), arrival.at, arrival);
  }

  get hasUnsaved(): boolean {
    return this.unsaved.size > 0;
  }

  async fold(): Promise<void> {
    await Promise.all([...this.unsaved].map((known) => this.save(known)));
  }

  private hear(known: Known, spoken: Spoken, seenAt: number | null, arrival: Arrival): Accepted {
    const { after, report, about, isUrgent, leftOut } = spoken;
    const take = () => {
      const before = known.state;
      this.setState(known, after(before, seenAt), arrival.at);
      if (report && seenAt !== null) {
        this.reported(known, before, report, { ...arrival, at: seenAt });
      }
    };
    return { take, about, urgent: isUrgent(known.state), leftOut };
  }

  /** It has just said how it is. */
  private reported(known: Known, before: DeviceState, report: Report, arrival: Arrival): void {
    const flipped = !before.assumed && known.state.status !== before.status;
    const isTold = report.commandId !== undefined || this.commands.isUnderWay(known.row.id);
    // Nobody told it to: somebody pressed its button.
    if (flipped && !isTold) this.touched(known);
    const { power } = report.attributes;
    if (typeof power === 'number') {
      for (const follower of this.followers) follower.draws(known.row, power, arrival);
    }
    this.commands.heard(known.row.id, report, known.state);
  }

  private touched(known: Known): void {
    this.roster.put(known.row, byHand(known.state, this.ports.clock.now()));
    this.unsaved.add(known);
  }

  /** The new state counts at once; who sees a difference hears of it. */
  private setState(known: Known, state: DeviceState, at: number, news?: 'ours alone'): void {
    const before = known.device;
    this.put(known.row, state, at);
    this.unsaved.add(known);
    const after = known.device;
    if (looksLike(before, after)) return;
    if (news === undefined) this.ports.events.emit('device.status', after);
    else this.ports.events.share('device.status', after);
  }

  /** Takes in what another process changed in the store: of these devices, or of all. */
  async refresh(ids?: readonly number[]): Promise<void> {
    const { store } = this.ports;
    const anywhere = async () => [...(await store.devices.list()), ...this.roster.list()];
    for (const id of ids ?? new Set((await anywhere()).map((device) => device.id))) {
      const row = await store.devices.get(id);
      const stored = await store.deviceStates.get(String(id));
      const known = this.roster.get(id);
      const state = known && stored ? later(known.state, stored) : (known?.state ?? stored);
      if (row) this.put(row, state ?? initialState(id));
      else if (known) this.forget(known);
    }
  }

  private refreshLater(ids?: readonly number[]): void {
    this.refresh(ids).catch((error: unknown) =>
      this.ports.logger.warn(`What another process changed was not read: ${String(error)}`),
    );
  }

  private tellPeers(id: number): void {
    (this.ports.peers ?? ALONE).tell({ kind: 'devices', ids: [id] });
  }

  private async save(known: Known): Promise<void> {
    this.unsaved.delete(known);
    try {
      await writeState(this.ports.store, known.state);
    } catch (error) {
      if (this.roster.get(known.row.id) === known) this.unsaved.add(known);
      throw error;
    }
  }

  private known(id: number): Known {
    const known = this.roster.get(id);
    if (!known) throw new AurionError('DEVICE_NOT_FOUND');
    return known;
  }

  private put(row: DeviceRow, state: DeviceState, at = this.ports.clock.now()): Known {
    const known = this.roster.put(row, state);
    for (const follower of this.followers) follower.isLike(known, at);
    return known;
  }

  private forget(known: Known): void {
    this.roster.delete(known);
    this.unsaved.delete(known);
    const gone = { row: known.row, state: null };
    for (const follower of this.followers) follower.isLike(gone, this.ports.clock.now());
  }
}
