import type { Said } from './distinct';
import { gaugeSlice, holdMs, type Slice } from './slice';
import { DAY_MS, HOUR_MS, microWh, possible, type MicroWh } from './units';

/** What the installer says of a meter. */
export interface MeterDeclaration {
  /** Seconds between readings; null: not known. */
  readonly intervalS: number | null;
  /** More than this is a jump; null: 25,000. */
  readonly maxPowerW: number | null;
  /** Where the counter goes back to 0; null: nowhere. */
  readonly counterMaxKWh: number | null;
  /** The counter restarts at 0 after a power cut. */
  readonly resetsToZero: boolean;
}

export const MAX_POWER_W = 25_000;

/** A jump of up to so many hours at maximum power is consumption, beyond that the meter was replaced (M2). */
const JUMP_HOURS = 24;
/** A rollover goes from the last tenth of the counter to the first. */
const ROLLOVER_SHARE = 0.1;
/** A fall can be undone for as long as raw readings are kept; of many falls the newest few. */
const UNDO_WITHIN_MS = 10 * DAY_MS;
const FALLS_MAX = 8;

interface Count {
  readonly at: number;
  readonly energy: MicroWh;
}

/** What a counter showed before it fell. */
interface Fall extends Count {
  /** It had not risen since the fall before. Absent in what older versions wrote. */
  readonly further?: boolean;
}

export interface MeterEvent {
  readonly event: 'meter.reset' | 'meter.jumped' | 'device.restarted';
  readonly at: number;
}

/** What did not count, by reason. */
export interface Dropped {
  /** Copies (M6). */
  readonly duplicate: number;
  /** Counter values that no second reading agreed with (M2). */
  readonly jump: number;
  /** Power above what the meter can measure. */
  readonly power: number;
}

/** Where counting a meter stands: all it must know to go on as if it had never stopped. Plain data. */
export interface MeterState {
  readonly seq: number | null;
  /** The last counter value that counted; null while the meter has only said power. */
  readonly base: Count | null;
  /** A counter value that is impossible, until a second reading agrees or not. */
  readonly held: Count | null;
  /** What the counter showed before it fell, oldest fall first. */
  readonly falls: readonly Fall[];
  /** The counter has not risen since it fell: a further fall is no news. Absent in what older versions wrote. */
  readonly fallen?: boolean;
  /** The last power, while that is what counts. */
  readonly gauge: { readonly at: number; readonly powerW: number } | null;
  readonly dropped: Dropped;
}

export const NEW_METER: MeterState = {
  seq: null,
  base: null,
  held: null,
  falls: [],
  fallen: false,
  gauge: null,
  dropped: { duplicate: 0, jump: 0, power: 0 },
};

/** The instants from which on a state may still give slices: everything before the first of them is settled. */
export function anchorsOf({ base, gauge, falls }: MeterState): readonly number[] {
  const now = base ?? gauge;
  return [...falls.map(({ at }) => at), ...(now ? [now.at] : [])];
}

export interface Counted {
  readonly state: MeterState;
  /** Disjoint, in time order. They replace all that earlier calls gave from `from` on. */
  readonly slices: readonly Slice[];
  /** Where the slices begin to count; null: nothing came in yet. */
  readonly from: number | null;
  /** In time order. Resets and jumps after `from` replace those of earlier calls. */
  readonly events: readonly MeterEvent[];
}

/**
 * Counts what a meter said (M1, M2, M3): by its counter from its first counter value on, before that by
 * its power. Counting in several calls, each with the state of the one before, gives the same as in one.
 * @param said later than all that is in the state, in time order, one an instant
 */
export function countMeter(
  declaration: MeterDeclaration,
  state: MeterState,
  said: readonly Said[],
): Counted {
  const counting = new Counting(declaration, state);
  for (const reading of said) counting.take(reading);
  return counting.result();
}

/** One call of `countMeter`, under way. */
class Counting {
  private readonly slices: Slice[] = [];
  private events: MeterEvent[] = [];
  private from: number | null;
  private seq: number | null;
  private base: Count | null;
  private held: Count | null;
  private falls: readonly Fall[];
  private fallen: boolean;
  private gauge: MeterState['gauge'];
  private jumpsDropped = 0;
  private powersDropped = 0;
  private readonly maxMilliW: number;
  private readonly holdMs: number;
  /** Longer between two counter values, and what flowed when is not known. */
  private readonly holeMs: number;

  constructor(
    private readonly declaration: MeterDeclaration,
    private readonly before: MeterState,
  ) {
    ({ seq: this.seq, base: this.base, held: this.held } = before);
    ({ falls: this.falls, gauge: this.gauge, fallen: this.fallen = false } = before);
    this.from = before.base?.at ?? before.gauge?.at ?? null;
    this.maxMilliW = Math.round((declaration.maxPowerW ?? MAX_POWER_W) * 1000);
    this.holdMs = holdMs(declaration.intervalS);
    this.holeMs = Math.max(this.holdMs, (declaration.intervalS ?? 0) * 3000);
  }

  take({ at, seq, powerW, energy }: Said): void {
    this.from ??= at;
    if (seq !== null) {
      if (this.seq !== null && seq < this.seq) this.events.push({ event: 'device.restarted', at });
      this.seq = seq;
    }
    if (energy !== null) this.count(at, energy);
    else if (this.base === null && powerW !== null) this.measure(at, powerW);
    if (powerW !== null && !this.isPossiblePower(powerW)) this.powersDropped += 1;
  }

  result(): Counted {
    const { dropped } = this.before;
    const tail = this.gauge && this.openSlice(this.gauge);
    return {
      state: {
        seq: this.seq,
        base: this.base,
        held: this.held,
        falls: this.falls,
        fallen: this.fallen,
        gauge: this.gauge,
        dropped: {
          duplicate: dropped.duplicate,
          jump: dropped.jump + this.jumpsDropped,
          power: dropped.power + this.powersDropped,
        },
      },
      slices: tail ? [...this.slices, tail] : this.slices,
      from: this.from,
      events: this.events,
    };
  }

  private isPossiblePower(powerW: number): boolean {
    return powerW * 1000 <= this.maxMilliW;
  }

  private measure(at: number, powerW: number): void {
    if (!this.isPossiblePower(powerW)) return;
    this.endGauge(at);
    this.gauge = { at, powerW };
  }

  private endGauge(at: number): void {
    if (!this.gauge) return;
    const open = this.openSlice(this.gauge);
    this.slices.push(open.to <= at ? open : gaugeSlice(this.gauge.powerW, open.from, at));
    this.gauge = null;
  }

  private openSlice({ at, powerW }: { readonly at: number; readonly powerW: number }): Slice {
    return gaugeSlice(powerW, at, at + this.holdMs);
  }

  private count(at: number, energy: MicroWh): void {
    const now = { at, energy };
    const { base } = this;
    if (base === null) {
      this.endGauge(at);
      this.base = now;
      return;
    }
    if (this.held && this.settleJump(base, this.held, now)) return;
    if (energy < base.energy) this.fall(base, now);
    else if (this.isPossibleRise(base, now)) this.rise(base, now);
    else if (!this.undoFall(now)) this.held = now;
  }

  /** Whether a second reading agrees with a jump, which then counts, up to a day at maximum power (M2). */
  private settleJump(base: Count, held: Count, now: Count): boolean {
    this.held = null;
    if (now.energy < held.energy || !this.isPossibleRise(held, now)) {
      this.jumpsDropped += 1;
      return false;
    }
    if (possible(held.energy - base.energy, JUMP_HOURS * HOUR_MS, this.maxMilliW)) {
      // What agrees with a reading proves its time as well.
      this.rise(base, held);
    } else {
      this.events.push({ event: 'meter.jumped', at: held.at });
      this.falls = [];
      this.fallen = false;
    }
    this.rise(held, now);
    return true;
  }

  /** A counter that went down (M1): a rollover, or a new baseline. */
  private fall(base: Count, now: Count): void {
    const rolled = this.rolledOver(base, now);
    if (rolled !== null) {
      this.add(base.at, now.at, rolled);
      this.fallen = false;
    } else {
      if (!this.fallen) this.events.push({ event: 'meter.reset', at: now.at });
      const undoable = this.falls.filter(({ at }) => at >= now.at - UNDO_WITHIN_MS);
      this.falls = [...undoable, { ...base, further: this.fallen }].slice(-FALLS_MAX);
      this.fallen = true;
      const fromZero = { at: base.at, energy: 0 };
      if (this.declaration.resetsToZero && this.isPossibleRise(fromZero, now)) {
        this.add(base.at, now.at, now.energy);
      }
    }
    this.base = now;
  }

  private rolledOver(base: Count, now: Count): MicroWh | null {
    if (this.declaration.counterMaxKWh === null) return null;
    const max = microWh(this.declaration.counterMaxKWh);
    const isNear = base.energy >= max * (1 - ROLLOVER_SHARE) && now.energy <= max * ROLLOVER_SHARE;
    const delta = max - base.energy + now.energy;
    if (!isNear || delta < 0 || !possible(delta, now.at - base.at, this.maxMilliW)) return null;
    return delta;
  }

  /** Whether the counter is back where it was before a fall: then all since the fall was a glitch (M1). */
  private undoFall(now: Count): boolean {
    for (let i = this.falls.length - 1; i >= 0; i -= 1) {
      const before = this.falls[i];
      if (!before || before.at < now.at - UNDO_WITHIN_MS) break;
      if (now.energy < before.energy || !this.isPossibleRise(before, now)) continue;
      while ((this.slices.at(-1)?.from ?? -1) >= before.at) this.slices.pop();
      this.events = this.events.filter(
        ({ event, at }) => event === 'device.restarted' || at <= before.at,
      );
      this.from = Math.min(this.from ?? before.at, before.at);
      this.falls = this.falls.slice(0, i);
      this.fallen = before.further === true;
      this.rise(before, now);
      return true;
    }
    return false;
  }

  private isPossibleRise(from: Count, to: Count): boolean {
    return possible(to.energy - from.energy, to.at - from.at, this.maxMilliW);
  }

  private rise(from: Count, to: Count): void {
    this.add(from.at, to.at, to.energy - from.energy);
    this.base = to;
    if (to.energy > from.energy) this.fallen = false;
  }

  private add(from: number, to: number, energy: MicroWh): void {
    const quality = to - from > this.holeMs ? 'recovered' : 'measured';
    this.slices.push({ from, to, energy, quality, method: 'counter' });
  }
}
