import type { Device } from '../contract/device';
import { idInTopic } from '../contract/topics';
import { toDevice, type DeviceState } from '../domain/devices/state';
import type { DeviceRow } from '../ports/store';

/** A registered device and what is known of it now. */
export interface Known {
  readonly row: DeviceRow;
  readonly state: DeviceState;
  /** As the outside sees it. Frozen, and the same until it changes. */
  readonly device: Device;
}

class KnownDevice implements Known {
  private made: Device | null = null;

  constructor(
    private kept: DeviceRow,
    private now: DeviceState,
  ) {}

  get row(): DeviceRow {
    return this.kept;
  }

  get state(): DeviceState {
    return this.now;
  }

  get device(): Device {
    return (this.made ??= toDevice(this.kept, this.now));
  }

  become(row: DeviceRow, state: DeviceState): void {
    [this.kept, this.now, this.made] = [row, state, null];
  }
}

/** The registered devices in memory, by id and by key. */
export class DeviceRoster {
  private readonly byId = new Map<number, KnownDevice>();
  private readonly byKey = new Map<string, Known>();
  /** What `list` hands out, until a device changes. */
  private listed: readonly Device[] | null = null;

  get(id: number): Known | undefined {
    return this.byId.get(id);
  }

  /** By what stands for a device in topics: its key or its id. */
  named(name: string): Known | undefined {
    return this.byKey.get(name) ?? this.byId.get(idInTopic(name) ?? NaN);
  }

  /** In the order of their ids. Frozen, and the same until one changes. */
  list(): readonly Device[] {
    return (this.listed ??= Object.freeze(
      [...this.byId.values()].sort((a, b) => a.row.id - b.row.id).map(({ device }) => device),
    ));
  }

  /** When each device was last switched by somebody; of the others nothing. */
  changedByHandAt(): ReadonlyMap<number, number> {
    const changed = [...this.byId].map(([id, { state }]) => [id, state.byHandAt] as const);
    return new Map(changed.filter((entry): entry is [number, number] => entry[1] !== undefined));
  }

  /** Adds a device, or changes the one with its id. */
  put(row: DeviceRow, state: DeviceState): Known {
    const known = this.byId.get(row.id) ?? new KnownDevice(row, state);
    this.forgetKey(known);
    known.become(row, state);
    this.byId.set(row.id, known);
    if (row.key !== null) this.byKey.set(row.key, known);
    this.listed = null;
    return known;
  }

  delete(known: Known): void {
    this.byId.delete(known.row.id);
    this.forgetKey(known);
    this.listed = null;
  }

  /** Another device may have got the key meanwhile. */
  private forgetKey(known: Known): void {
    const { key } = known.row;
    if (key !== null && this.byKey.get(key) === known) this.byKey.delete(key);
  }
}
