import { AurionError } from '../contract/errors';
import { idInTopic } from '../contract/topics';
import { initialSensorState, silentAfterMs, type SensorState } from '../domain/sensors/state';
import { usernameOf } from '../domain/mqtt/topic-rights';
import type { Clock } from '../ports/clock';
import { UniqueConflict, type NewRow, type SensorRow, type Store } from '../ports/store';
import { endHistory } from './sensor-history';

/** After a start a sensor gets so long to be heard, whenever it spoke last: nobody listened meanwhile. */
const GRACE_MS = 600_000;

export interface KnownSensor {
  row: SensorRow;
  state: SensorState;
  /** By the monotonic clock: a wall clock that is set makes nobody silent. */
  heardMs: number;
}

/** The sensors there are, found by id and key; in memory, and behind it in the store. */
export class SensorRoster {
  private readonly byId = new Map<number, KnownSensor>();
  private readonly byKey = new Map<string, KnownSensor>();
  /** Whose state the store does not have yet. */
  private readonly unsaved = new Set<KnownSensor>();

  constructor(private readonly ports: { readonly store: Store; readonly clock: Clock }) {}

  async load(): Promise<void> {
    const { store } = this.ports;
    const states = new Map((await store.sensorStates.list()).map((state) => [state.id, state]));
    for (const row of await store.sensors.list()) {
      this.remember(row, states.get(String(row.id)));
    }
  }

  /**
   * Takes in what another process changed in the store: of these sensors, or of all.
   * @returns those that are gone, switched off, or another type by now; and those that are switched on
   */
  async refresh(
    ids?: readonly number[],
  ): Promise<{ readonly ended: number[]; readonly switchedOn: KnownSensor[] }> {
    const { store } = this.ports;
    const ended: number[] = [];
    const switchedOn: KnownSensor[] = [];
    for (const id of ids ?? (await this.idsAnywhere())) {
      const row = await store.sensors.get(id);
      const known = this.byId.get(id);
      if (!known) {
        const state = row && (await store.sensorStates.get(String(id)));
        if (row) this.remember(row, state ?? undefined);
        continue;
      }
      const { type, enabled } = known.row;
      if (row?.type !== type || (enabled && !row.enabled)) ended.push(id);
      if (row && row.type !== type) known.state = initialSensorState(id, known.state.battery);
      if (row?.type === type && !enabled && row.enabled) switchedOn.push(known);
      if (row) this.replace(known, row);
      else this.forget(known);
    }
    return { ended, switchedOn };
  }

  private async idsAnywhere(): Promise<ReadonlySet<number>> {
    const rows = await this.ports.store.sensors.list();
    return new Set([...rows.map(({ id }) => id), ...this.byId.keys()]);
  }

  /** In the order of their ids. */
  all(): KnownSensor[] {
    return [...this.byId.values()];
  }

  /** @throws SENSOR_NOT_FOUND */
  get(id: number): KnownSensor {
    const known = this.byId.get(id);
    if (!known) throw new AurionError('SENSOR_NOT_FOUND');
    return known;
  }

  /** By what stands for it in a topic. */
  named(name: string): KnownSensor | undefined {
    return this.byKey.get(name) ?? this.byId.get(idInTopic(name) ?? NaN);
  }

  /** @throws SENSOR_KEY_TAKEN */
  async add(input: NewRow<SensorRow>, battery: number | null): Promise<KnownSensor> {
    const { row, state } = await keyed(() =>
      this.ports.store.together(['sensors', 'sensorStates'], async ({ sensors, sensorStates }) => {
        const added = await sensors.insert(input);
        const first = await sensorStates.insert(initialSensorState(added.id, battery));
        return { row: added, state: first };
      }),
    );
    return this.remember(row, state);
  }

  /** @throws SENSOR_NOT_FOUND, SENSOR_KEY_TAKEN */
  async update(known: KnownSensor, changes: Partial<SensorRow>): Promise<void> {
    const before = known.row;
    const row = await keyed(() => this.ports.store.sensors.update(before.id, changes));
    if (!row) throw new AurionError('SENSOR_NOT_FOUND');
    this.replace(known, row);
  }

  /**
   * Makes it another type, with all that comes with it: it begins with an empty state, and what it said
   * before is to be forgotten.
   * @throws SENSOR_NOT_FOUND, SENSOR_KEY_TAKEN
   */
  async retype(known: KnownSensor, changes: Partial<SensorRow>): Promise<void> {
    const { store, clock } = this.ports;
    const { id } = known.row;
    const state = initialSensorState(id, known.state.battery);
    const tables = ['sensors', 'sensorStates', 'settings'] as const;
    const row = await keyed(() =>
      store.together(tables, async ({ sensors, sensorStates, settings }) => {
        const changed = await sensors.update(id, changes);
        if (!changed) throw new AurionError('SENSOR_NOT_FOUND');
        const { id: stateId, ...fields } = state;
        if (!(await sensorStates.update(stateId, fields))) await sensorStates.insert(state);
        await endHistory(settings, id, clock.now());
        return changed;
      }),
    );
    this.unsaved.delete(known);
    known.state = state;
    this.replace(known, row);
  }

  /** Deletes it with all that is its own; what it said is to be forgotten. @throws SENSOR_NOT_FOUND */
  async remove(known: KnownSensor): Promise<void> {
    const { store, clock } = this.ports;
    const { id } = known.row;
    const tables = ['sensors', 'sensorStates', 'credentials', 'settings'] as const;
    const deleted = await store.together(tables, async (rows) => {
      if (!(await rows.sensors.delete(id))) return false;
      await rows.sensorStates.delete(String(id));
      await rows.credentials.delete(usernameOf({ kind: 'sensor', id }));
      await endHistory(rows.settings, id, clock.now());
      return true;
    });
    if (!deleted) throw new AurionError('SENSOR_NOT_FOUND');
    this.forget(known);
  }

  /** The new state counts at once; the store has it with the next `saveAll`. */
  setState(known: KnownSensor, state: SensorState): void {
    known.state = state;
    this.unsaved.add(known);
  }

  get hasUnsaved(): boolean {
    return this.unsaved.size > 0;
  }

  async saveAll(): Promise<void> {
    await Promise.all([...this.unsaved].map((known) => this.save(known)));
  }

  async save(known: KnownSensor): Promise<void> {
    const { sensorStates } = this.ports.store;
    const { id, ...changes } = known.state;
    this.unsaved.delete(known);
    try {
      if (!(await sensorStates.update(id, changes))) await sensorStates.insertIfAbsent(known.state);
    } catch (error) {
      if (this.byId.get(known.row.id) === known) this.unsaved.add(known);
      throw error;
    }
  }

  private replace(known: KnownSensor, row: SensorRow): void {
    this.forgetKey(known);
    known.row = row;
    if (row.key !== null) this.byKey.set(row.key, known);
  }

  private forget(known: KnownSensor): void {
    this.byId.delete(known.row.id);
    this.forgetKey(known);
    this.unsaved.delete(known);
  }

  /** Another sensor may have got the key meanwhile. */
  private forgetKey(known: KnownSensor): void {
    const { key } = known.row;
    if (key !== null && this.byKey.get(key) === known) this.byKey.delete(key);
  }

  /** @param stored what an older version wrote lacks what is known since */
  private remember(row: SensorRow, stored?: Partial<SensorState>): KnownSensor {
    const { clock } = this.ports;
    const state = { ...initialSensorState(row.id), ...stored };
    const silentMs = clock.now() - (state.lastSeen ?? clock.now());
    const atMost = Math.max(0, silentAfterMs(row.type) - GRACE_MS);
    const heardMs = clock.monotonicMs() - Math.min(Math.max(0, silentMs), atMost);
    const known: KnownSensor = { row, state, heardMs };
    this.byId.set(row.id, known);
    if (row.key !== null) this.byKey.set(row.key, known);
    return known;
  }
}

async function keyed<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof UniqueConflict && error.field === 'key')) throw error;
    throw new AurionError('SENSOR_KEY_TAKEN', { cause: error });
  }
}
