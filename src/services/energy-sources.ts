import type { DeviceState } from '../domain/devices/state';
import type { HomeCalendar } from '../domain/energy/calendar';
import type { MeterDeclaration } from '../domain/energy/meter';
import type { DeviceRow } from '../ports/store';
import type { EnergyStore } from './energy-store';
import type { HomeSource } from './home-ledger';
import { MeterLedger, type Span } from './meter-ledger';
import { NominalLedger } from './nominal-ledger';

/** A device as a source of energy. */
interface Source {
  row: DeviceRow;
  meter: MeterLedger | null;
  nominal: NominalLedger | null;
}

/** A part of the home. */
export interface Part {
  readonly row: DeviceRow;
  /** Whether it is the home's main meter. */
  readonly main: boolean;
  readonly ledger: MeterLedger | NominalLedger;
}

/** The devices that energy is counted of, each with its account. */
export class EnergySources {
  private readonly byId = new Map<number, Source>();

  constructor(
    private readonly store: EnergyStore,
    private readonly calendar: HomeCalendar,
  ) {}

  /** Goes on from the store with a device that it knows something of. */
  async goOn(row: DeviceRow): Promise<void> {
    const newest = (await this.store.checkpoints(row.id)).at(-1);
    if (newest) this.meter(row).goOn(newest);
    else this.add(row).nominal = await NominalLedger.goOn(row.id, this.store, this.calendar);
  }

  /** True while something waits to be written that came in a message. */
  get unsettled(): boolean {
    return this.all.some(({ meter }) => meter?.unsettled);
  }

  /** True while something waits that no view shows. */
  get isLate(): boolean {
    return this.all.some(({ meter }) => meter?.isLate);
  }

  /** A device that has said what it draws is counted by that. */
  get parts(): Part[] {
    return this.all.flatMap(({ row, meter, nominal }) => {
      const ledger = meter ?? nominal;
      return ledger ? [{ row, main: row.type === 'meter' && row.main, ledger }] : [];
    });
  }

  /** The parts as their home adds them up. */
  get ofHome(): HomeSource[] {
    return this.parts.map(({ row, main, ledger }) => ({
      deviceId: row.id,
      main,
      since: ledger.since ?? Infinity,
      view: (span, now) => ledger.view(span, now),
      unsettledFrom: (now) => ledger.unsettledFrom(now),
    }));
  }

  /** Whether a device is counted by a counter of its own. */
  hasCounter(id: number): boolean {
    return this.byId.get(id)?.meter?.hasCounter === true;
  }

  /** The account of a device that says what it measures, opened if there is none. */
  meter(row: DeviceRow): MeterLedger {
    const source = this.byId.get(row.id) ?? this.add(row);
    const declaration = () => declarationOf(source.row);
    return (source.meter ??= new MeterLedger(row.id, this.store, this.calendar, declaration));
  }

  /** A device is like this from an instant on. */
  isLike(row: DeviceRow, state: DeviceState, at: number): void {
    const known = this.byId.get(row.id);
    if (known) known.row = row;
    if (!isNominal(row, state) || known?.meter) {
      known?.nominal?.draw(at, null);
      return;
    }
    const source = known ?? this.add(row);
    const begin = { until: at, since: at, begun: null };
    source.nominal ??= new NominalLedger(row.id, this.store, this.calendar, begin);
    source.nominal.draw(at, state.online ? (state.status ? row.powerW : 0) : null);
  }

  delete(id: number): void {
    this.byId.delete(id);
  }

  /**
   * Writes what came in, device by device; see `release`.
   * @param nominalEveryMs what is estimated is written if there is that much of it
   */
  async *settle(now: number, nominalEveryMs: number): AsyncGenerator<Span> {
    for (const { meter, nominal } of this.all) {
      const span = meter ? await meter.settle() : await nominal?.settle(now, nominalEveryMs);
      if (span) yield span;
    }
  }

  /** What is written is in the home's total, too: from now on the store shows it. */
  release(): void {
    for (const { ledger } of this.parts) ledger.release();
  }

  private get all(): Source[] {
    return [...this.byId.values()];
  }

  private add(row: DeviceRow): Source {
    const source: Source = { row, meter: null, nominal: null };
    this.byId.set(row.id, source);
    return source;
  }
}

/** Whether a device counts by its nominal power: it has one, and no meter of its own. */
function isNominal(row: DeviceRow, { reported }: DeviceState): boolean {
  return row.type !== 'meter' && row.powerW !== null && typeof reported['power'] !== 'number';
}

function declarationOf(row: DeviceRow): MeterDeclaration {
  const { intervalS, maxPowerW, counterMaxKWh, resetsToZero } = row;
  return { intervalS, maxPowerW, counterMaxKWh, resetsToZero };
}
