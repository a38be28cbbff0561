import type { Device, DeviceChanges, NewDevice } from '../contract/device';
import { AurionError } from '../contract/errors';
import { printable } from '../contract/safe-input';
import type { Topics } from '../contract/topics';
import { RefusedMessage, readReport } from '../domain/devices/report';
import {
  availability,
  initialState,
  reported,
  toDevice,
  told,
  type DeviceState,
} from '../domain/devices/state';
import type { Wanted } from '../domain/devices/command';
import type { Clock } from '../ports/clock';
import type { Random } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Message, MessageLink } from '../ports/message-link';
import { UniqueConflict, type DeviceRow, type NewRow, type Store } from '../ports/store';
import { DeviceCommands } from './device-commands';

interface Known {
  row: DeviceRow;
  state: DeviceState;
  /** The state last handed to the store, while that is under way. */
  saving: Promise<void> | undefined;
  saved: DeviceState;
}

/** The home's devices: registered in the store, their state in memory and behind it in the store. */
export class Devices {
  private readonly byId = new Map<number, Known>();
  private readonly byKey = new Map<string, Known>();
  private readonly commands: DeviceCommands;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly link: MessageLink;
      readonly topics: Topics;
      readonly clock: Clock;
      readonly random: Random;
      readonly logger: Logger;
    },
  ) {
    this.commands = new DeviceCommands(ports);
  }

  async start(): Promise<void> {
    const { store, link } = this.ports;
    const states = new Map((await store.deviceStates.list()).map((state) => [state.id, state]));
    for (const row of await store.devices.list()) {
      this.remember(row, states.get(String(row.id)) ?? initialState(row.id));
    }
    link.onMessage((message) => this.heard(message));
  }

  /** Waits until every state is in the store. */
  async flush(): Promise<void> {
    for (const known of this.byId.values()) await known.saving;
  }

  /** In the order of their ids, of one room and type if asked. */
  list(filter: { room?: string | undefined; type?: string | undefined } = {}): Device[] {
    return [...this.byId.values()]
      .filter(({ row }) => (filter.room ?? row.room) === row.room)
      .filter(({ row }) => (filter.type ?? row.type) === row.type)
      .map(({ row, state }) => toDevice(row, state));
  }

  /** @throws DEVICE_NOT_FOUND */
  get(id: number): Device {
    const { row, state } = this.known(id);
    return toDevice(row, state);
  }

  /**
   * @param status what it is believed to be until it reports
   * @throws DEVICE_KEY_TAKEN
   */
  async create(input: NewDevice, { status } = { status: false }): Promise<Device> {
    const row = await this.keyed(() =>
      this.ports.store.devices.insert({
        ...emptyRow,
        ...toRow(input),
        createdAt: this.ports.clock.now(),
      }),
    );
    const known = this.remember(row, initialState(row.id));
    if (status) this.setState(known, { ...known.state, status });
    await known.saving;
    return toDevice(row, known.state);
  }

  /** @throws DEVICE_NOT_FOUND, DEVICE_KEY_TAKEN */
  async change(id: number, changes: DeviceChanges): Promise<Device> {
    const known = this.known(id);
    const row = await this.keyed(() => this.ports.store.devices.update(id, toRow(changes)));
    if (!row) throw new AurionError('DEVICE_NOT_FOUND');
    if (known.row.key !== null) this.byKey.delete(known.row.key);
    known.row = row;
    if (row.key !== null) this.byKey.set(row.key, known);
    return toDevice(row, known.state);
  }

  /** @throws DEVICE_NOT_FOUND */
  async remove(id: number): Promise<void> {
    const { row } = this.known(id);
    if (!(await this.ports.store.devices.delete(id))) throw new AurionError('DEVICE_NOT_FOUND');
    this.byId.delete(id);
    if (row.key !== null) this.byKey.delete(row.key);
    await this.ports.store.deviceStates.delete(String(id));
  }

  /**
   * Flips the device's last confirmed status.
   * @throws as `command`
   */
  toggle(id: number): Promise<Device> {
    return this.command(id, ({ status }) => ({ status: !status, attributes: {} }));
  }

  /**
   * Tells a device what to become, and hands it out as it is once it has confirmed. A device that
   * never reported is believed to obey (`assumed`).
   * @param wanted made from the state in its turn, since commands of one device run one by one
   * @throws DEVICE_NOT_FOUND, DEVICE_OFFLINE, DEVICE_TIMEOUT, DEVICE_REFUSED, BROKER_UNAVAILABLE
   */
  async command(id: number, wanted: (state: DeviceState) => Wanted): Promise<Device> {
    this.known(id);
    return this.commands.inTurn(id, async () => {
      const known = this.known(id);
      if (!known.state.online) throw new AurionError('DEVICE_OFFLINE');
      const goal = wanted(known.state);
      const { key } = known.row;
      const confirms = !known.state.assumed;
      await this.commands.send({ deviceId: id, topicId: key ?? String(id), confirms }, goal);
      // It may have reported meanwhile, for the first time: then its word stands.
      if (known.state.assumed) this.setState(known, told(known.state, goal));
      await known.saving;
      return this.get(id);
    });
  }

  private heard({ topic, payload, retained }: Message): void {
    const parsed = this.ports.topics.parseDevice(topic);
    if (!parsed) return;
    const known = this.byKey.get(parsed.id) ?? this.byId.get(Number(parsed.id));
    if (!known) return;
    const at = retained ? null : this.ports.clock.now();
    try {
      if (parsed.kind === 'status') {
        const report = readReport(payload);
        this.setState(known, reported(known.state, report, at));
        if (!retained) this.commands.heard(known.row.id, report);
      } else if (parsed.kind === 'availability') {
        const online = payload.toString('latin1').trim() === 'online';
        this.setState(known, availability(known.state, online, at));
      }
    } catch (error) {
      if (!(error instanceof RefusedMessage)) throw error;
      this.ports.logger.warn(`Message on ${printable(topic, 128)} refused: ${error.message}`);
    }
  }

  /** The new state counts at once; the store follows, always with the newest, one write at a time. */
  private setState(known: Known, state: DeviceState): void {
    known.state = state;
    known.saving ??= this.save(known).finally(() => (known.saving = undefined));
  }

  private async save(known: Known): Promise<void> {
    const { deviceStates } = this.ports.store;
    while (known.saved !== known.state && this.byId.has(known.row.id)) {
      const state = known.state;
      const { id, ...changes } = state;
      try {
        if (!(await deviceStates.update(id, changes))) await deviceStates.insert(state);
      } catch (error) {
        // It stays in memory and goes with the next change.
        this.ports.logger.error(`State of device ${state.id} not stored: ${String(error)}`);
        return;
      }
      known.saved = state;
    }
  }

  private async keyed<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof UniqueConflict && error.field === 'key')) throw error;
      throw new AurionError('DEVICE_KEY_TAKEN', { cause: error });
    }
  }

  private known(id: number): Known {
    const known = this.byId.get(id);
    if (!known) throw new AurionError('DEVICE_NOT_FOUND');
    return known;
  }

  private remember(row: DeviceRow, state: DeviceState): Known {
    const known: Known = { row, state, saved: state, saving: undefined };
    this.byId.set(row.id, known);
    if (row.key !== null) this.byKey.set(row.key, known);
    return known;
  }
}

const emptyRow = {
  powerW: null,
  key: null,
  icon: null,
  main: false,
  intervalS: null,
  maxPowerW: null,
  counterMaxKWh: null,
  resetsToZero: false,
} as const;

function toRow(input: NewDevice): Omit<NewRow<DeviceRow>, keyof typeof emptyRow | 'createdAt'>;
function toRow(input: DeviceChanges): Partial<NewRow<DeviceRow>>;
function toRow({ power, ...same }: DeviceChanges): Partial<NewRow<DeviceRow>> {
  const named = Object.entries({ ...same, powerW: power }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(named);
}
