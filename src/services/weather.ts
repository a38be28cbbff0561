import { AurionError } from '../contract/errors';
import type { Place } from '../contract/home-settings';
import { weatherNow, type Weather, type WeatherNow } from '../contract/weather';
import type { Value } from '../contract/value';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';
import type { WeatherSource } from '../ports/weather';

/** The source observes anew every 15 min. */
const FRESH_MS = 10 * 60_000;
const STALE_AFTER_MS = 60 * 60_000;
/** How long somebody waits for news where something is known. */
const WAIT_MS = 1000;
const BACK_OFF_MS = { first: 30_000, most: 15 * 60_000 };
const KEPT_ID = 'weather.last';

interface Known {
  readonly now: WeatherNow;
  /** By the monotonic clock; what was kept from before the start was asked for long ago. */
  readonly askedAtMs: number;
}

/**
 * The weather at the home's place: asked for when somebody wants to know, at most once in ten
 * minutes, less often while the source fails. What is known is shown with its age, also after a
 * restart.
 */
export class WeatherReport {
  private known: Known | null = null;
  private asking: Promise<void> | null = null;
  private failures = 0;
  private askAgainAtMs = -Infinity;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly source: WeatherSource;
    },
    private readonly place: Place | null,
  ) {}

  async start(): Promise<void> {
    const row = await this.ports.store.settings.get(KEPT_ID);
    const { place, now } = (row?.value ?? {}) as { place?: unknown; now?: unknown };
    const kept = weatherNow.safeParse(now);
    if (!kept.success || place !== this.placeName) return;
    this.known = { now: kept.data, askedAtMs: -Infinity };
  }

  /** @throws WEATHER_UNAVAILABLE when nothing is known, PLACE_UNKNOWN */
  async current(): Promise<Weather> {
    if (this.place === null) throw new AurionError('PLACE_UNKNOWN');
    if (this.isDue()) await this.ask(this.place);
    const { known } = this;
    if (!known) {
      const leftMs = Math.max(1000, this.askAgainAtMs - this.ports.clock.monotonicMs());
      throw new AurionError('WEATHER_UNAVAILABLE', { retryAfterS: Math.ceil(leftMs / 1000) });
    }
    const ageMs = Math.max(0, this.ports.clock.now() - Date.parse(known.now.observedAt));
    const stale = this.failures > 0 || ageMs > STALE_AFTER_MS;
    return { ...known.now, ageS: Math.floor(ageMs / 1000), stale };
  }

  private isDue(): boolean {
    const nowMs = this.ports.clock.monotonicMs();
    if (nowMs < this.askAgainAtMs) return false;
    return this.known === null || nowMs - this.known.askedAtMs >= FRESH_MS;
  }

  /** One question at a time, whoever asks. Where something is known, nobody waits long for more. */
  private async ask(place: Place): Promise<void> {
    this.asking ??= this.askSource(place).finally(() => (this.asking = null));
    if (!this.known) return this.asking;
    const { clock } = this.ports;
    let late: { cancel(): void } | undefined;
    await Promise.race([
      this.asking,
      new Promise<void>((resolve) => (late = clock.schedule(WAIT_MS, resolve))),
    ]);
    late?.cancel();
  }

  /** Never rejects: what went wrong is told once, and counted. */
  private async askSource(place: Place): Promise<void> {
    const { clock, logger, source } = this.ports;
    try {
      const now = await source.current(place);
      this.known = { now, askedAtMs: clock.monotonicMs() };
      this.failures = 0;
      this.askAgainAtMs = -Infinity;
      await this.keep(now);
    } catch (error) {
      if (this.failures === 0) logger.warn(`The weather is not known: ${reasonOf(error)}`);
      const waitMs = BACK_OFF_MS.first * 2 ** this.failures;
      this.failures = Math.min(this.failures + 1, 10);
      this.askAgainAtMs = clock.monotonicMs() + Math.min(waitMs, BACK_OFF_MS.most);
    }
  }

  /** Of another place, the weather is no news. */
  private get placeName(): string {
    return `${this.place?.latitude},${this.place?.longitude}`;
  }

  private async keep(now: WeatherNow): Promise<void> {
    const { store, logger } = this.ports;
    const value: Value = { place: this.placeName, now };
    try {
      if (await store.settings.update(KEPT_ID, { value })) return;
      await store.settings.insertIfAbsent({ id: KEPT_ID, value });
    } catch (error) {
      logger.warn(`The weather is not kept: ${String(error)}`);
    }
  }
}

/** The first line says it; what a schema finds in garbage fills pages. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError || (error as Error).name === 'ZodError') {
    return 'the service answered something else';
  }
  return String(error).split('\n', 1)[0] ?? '';
}
