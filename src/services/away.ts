import type { AwayMode } from '../contract/away';
import { burns } from '../domain/away/evening';
import { localDate, localTime } from '../domain/schedules/timing';
import type { Clock, Timer } from '../ports/clock';
import type { Random } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';
import type { Devices } from './devices';
import type { EventBus } from './event-bus';
import type { Settings } from './settings';

const LOOK_EVERY_MS = 60_000;
const MODE_ID = 'away';
const LIGHT_ID = 'away.light.';

/** Away mode as it is kept. */
interface Kept {
  readonly [field: string]: number | string | null;
  /** Milliseconds since 1970; null when off. */
  readonly since: number | null;
  /** When the time to leave is over; null when off. */
  readonly armedAt: number | null;
  /** Makes the evenings of this absence others than those of the last. */
  readonly seed: string;
}

/** What the simulation did to a light. */
interface Simulated {
  readonly [field: string]: number | boolean;
  /** What it was before the simulation first switched it. */
  readonly before: boolean;
  /** What the simulation made it last, and when. */
  readonly made: boolean;
  readonly at: number;
}

const OFF: Kept = { since: null, armedAt: null, seed: '' };

/**
 * Away mode (QUALITY M12): arms the house when those who leave are out, simulates presence on lights,
 * and gives back on return only what the simulation itself changed.
 */
export class Away {
  private kept: Kept = OFF;
  private readonly simulated = new Map<number, Simulated>();
  private wasArmed = false;
  private timer: Timer | undefined;
  private stopped = false;
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly random: Random;
      readonly logger: Logger;
      readonly devices: Devices;
      readonly events: EventBus;
      readonly settings: Settings;
    },
    private readonly timeZone: string,
    /** Called when it was switched on or off here. */
    private readonly onChanged: () => void = () => undefined,
  ) {}

  /** Another process may have switched it. */
  refresh(): void {
    this.arm(1);
  }

  async start(): Promise<void> {
    await this.read();
    this.wasArmed = this.isArmed();
    this.arm(LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.idle();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.line;
  }

  get mode(): AwayMode {
    const { since } = this.kept;
    return {
      enabled: since !== null,
      since: since === null ? null : new Date(since).toISOString(),
      armed: this.isArmed(),
    };
  }

  /** Whether motion, doors and windows are critical at a moment: nobody should be there. */
  isArmed(at = this.ports.clock.now()): boolean {
    return this.kept.armedAt !== null && at >= this.kept.armedAt;
  }

  /**
   * Whether what was noticed at a moment is no homecoming: true if the house was armed and still is
   * when the time to switch away mode off is over; false at once if it was not armed.
   */
  async staysArmed(at = this.ports.clock.now()): Promise<boolean> {
    const { since } = this.kept;
    if (!this.isArmed(at)) return false;
    const { clock, settings } = this.ports;
    const delayMs = settings.shared.returnDelayS * 1000;
    await new Promise<void>((resolve) => clock.schedule(delayMs, resolve));
    return this.kept.since === since;
  }

  /** Switches it on or off; on when it is on changes nothing. */
  set(enabled: boolean): Promise<AwayMode> {
    return this.inTurn(async () => {
      const { clock, random, settings } = this.ports;
      await this.read();
      if (enabled === this.mode.enabled) return this.mode;
      const since = clock.now();
      const delayMs = settings.shared.awayDelayS * 1000;
      const kept = { since, armedAt: since + delayMs, seed: random.token(9) };
      const wanted = enabled ? kept : OFF;
      await this.keep(MODE_ID, wanted);
      this.kept = wanted;
      this.wasArmed = this.isArmed();
      this.ports.events.share('home.away', this.mode);
      this.onChanged();
      // Lights are given back, or simulated, behind the answer.
      this.arm(enabled ? Math.min(LOOK_EVERY_MS, Math.max(1, delayMs)) : 1);
      return this.mode;
    });
  }

  /** Looks what is to be done now. */
  private look(): Promise<void> {
    return this.inTurn(async () => {
      await this.read();
      if (this.mode.enabled) {
        if (this.isArmed() && !this.wasArmed) this.ports.events.emit('home.away', this.mode);
        this.wasArmed = this.isArmed();
        if (this.wasArmed && this.ports.settings.shared.autoMode) await this.simulate();
      } else if (this.simulated.size > 0) {
        await this.giveBack();
      }
    });
  }

  private async simulate(): Promise<void> {
    const { clock } = this.ports;
    const now = clock.now();
    const [date, time] = [localDate(now, this.timeZone), localTime(now, this.timeZone)];
    const switched: Promise<void>[] = [];
    for (const { id, status } of this.lights()) {
      const last = this.simulated.get(id);
      // In the end they go to bed; what burns for somebody else is left as it is.
      const wanted = burns(id, date, time, this.kept.seed) ?? (last ? false : status);
      // What somebody switched meanwhile stays so until the evening wants something else of it.
      if (wanted === (last?.made ?? status) || !(await this.isMine(id, date, time))) continue;
      const before = last && !this.wasTouched(id, last) ? last.before : status;
      await this.keep(`${LIGHT_ID}${id}`, { before, made: wanted, at: now });
      if (wanted !== status) switched.push(this.switchTo(id, wanted));
    }
    await Promise.all(switched);
  }

  private wasTouched(id: number, { at }: Simulated): boolean {
    return (this.ports.devices.changedByHandAt.get(id) ?? -Infinity) > at;
  }

  /** Lights that somebody touched after the simulation did are left as they are. */
  private async giveBack(): Promise<void> {
    const { devices, store } = this.ports;
    const switched: Promise<void>[] = [];
    for (const [id, simulated] of this.simulated) {
      const { before, made } = simulated;
      const light = devices.list().find((device) => device.id === id);
      const isOurs = light?.status === made && !this.wasTouched(id, simulated);
      if (!(await store.settings.delete(`${LIGHT_ID}${id}`))) continue;
      if (isOurs && made !== before) switched.push(this.switchTo(id, before));
    }
    await Promise.all(switched);
  }

  private lights() {
    const { devices, settings } = this.ports;
    const { presenceLights } = settings.shared;
    return devices
      .list({ type: 'light' })
      .filter(({ id }) => presenceLights === null || presenceLights.includes(id));
  }

  /** Of several processes one switches. */
  private async isMine(id: number, date: string, time: string): Promise<boolean> {
    const { store, clock } = this.ports;
    const claim = {
      id: `away:${this.kept.since}:${id}:${date}T${time}`,
      answer: null,
      expiresAt: clock.now() + 86_400_000,
    };
    return (await store.idempotency.insertIfAbsent(claim)).inserted;
  }

  private async switchTo(id: number, status: boolean): Promise<void> {
    const { devices, logger } = this.ports;
    try {
      await devices.command(id, () => ({ status, attributes: {} }), 'aurion');
    } catch (error) {
      logger.warn(`Away mode could not switch device ${id}: ${String(error)}`);
    }
  }

  /** What another process changed counts here, too. */
  private async read(): Promise<void> {
    const rows = await this.ports.store.settings.list();
    this.kept = (rows.find(({ id }) => id === MODE_ID)?.value as Kept | undefined) ?? OFF;
    this.simulated.clear();
    for (const { id, value } of rows) {
      if (!id.startsWith(LIGHT_ID)) continue;
      this.simulated.set(Number(id.slice(LIGHT_ID.length)), value as Simulated);
    }
  }

  private async keep(id: string, value: Kept | Simulated): Promise<void> {
    const { settings } = this.ports.store;
    if (await settings.update(id, { value })) return;
    await settings.insertIfAbsent({ id, value });
  }

  private arm(delayMs: number): void {
    this.timer?.cancel();
    if (this.stopped) return;
    this.timer = this.ports.clock.schedule(delayMs, () => {
      this.look()
        .catch((error: unknown) => this.ports.logger.error(`Away mode waits: ${String(error)}`))
        .finally(() => this.arm(LOOK_EVERY_MS));
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.line.then(work);
    this.line = mine.catch(() => undefined);
    return mine;
  }
}
