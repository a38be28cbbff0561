import type { Alert } from '../contract/alert';
import type { Language } from '../contract/language';
import { activeKeyOf, type Trigger } from '../domain/alerts/lifecycle';
import {
  INITIAL_WATCH,
  nextAt,
  STEADY,
  step,
  UNSTABLE_WITHIN_MS,
  type Effect,
  type Finding,
  type Watch,
} from '../domain/alerts/watch';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { AlertWatchRow, Store } from '../ports/store';
import type { Deed } from './alert-deeds';
import type { Alerts } from './alerts';
import { InTurn } from './in-turn';

const TICK_MS = 1000;
/** What is said of alerts has been true long enough: it counts at once, and for ever. */
const AT_ONCE = { forMs: 0, coolDownMs: 0, steadyMs: STEADY.never };

/** Who finds alerts without being a rule, by name. */
export const FINDERS = { hand: 'by-hand', power: 'threshold', schedules: 'schedules' } as const;

type Of = Pick<Trigger, 'source' | 'type'>;

interface Taken {
  readonly deeds: readonly Deed[];
  /** The alert that was last raised or counted; null if none was. */
  readonly done: Promise<Alert | null>;
}

const NOTHING: Taken = { deeds: [], done: Promise.resolve(null) };

/**
 * The alerts that no rule finds (people and flows raise them, the home's power, schedules), watched as
 * rules watch theirs: what begins and ends more than four times in ten minutes is one `unstable`
 * alert until it is calm (QUALITY M9). The watches are in the store, so that a restart forgets none
 * and processes share them.
 */
export class WatchedAlerts {
  private readonly turns = new InTurn<string>();
  /** When time changes a watch next. */
  private readonly due = new Map<string, number>();
  private timer: Timer | undefined;
  private ticking: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
    },
    private readonly alerts: Pick<Alerts, 'all' | 'raise' | 'lost'>,
  ) {}

  async start(): Promise<void> {
    for (const ruleId of Object.values(FINDERS)) {
      const rows = await this.ports.store.alertWatches.list({ where: { ruleId } });
      for (const row of rows) this.plan(row.id, row);
    }
    this.wait();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.ticking;
    await this.turns.idle();
  }

  /** Raises an alert, or counts the one that is active. @returns it; the `unstable` one while there is no calm */
  async raise(trigger: Trigger, language?: Language): Promise<Alert> {
    const id = watchId(trigger, trigger.finder);
    const { done } = await this.turns.run(id, () => this.take(id, trigger, 'met', language));
    const alert = await done;
    if (!alert) throw new Error('What was met raised nothing');
    return alert;
  }

  /** What a finder says when it no longer finds it. */
  async lost(of: Of, finder: string): Promise<void> {
    const id = watchId(of, finder);
    await this.turns.run(id, async () => {
      const { trigger } = (await this.ports.store.alertWatches.get(id)) ?? {};
      const { deeds, done } = trigger ? await this.take(id, trigger, 'clear') : NOTHING;
      await done;
      // Also what was raised before it was watched.
      if (!deeds.some((deed) => deed.trigger === trigger && deed.does === 'end')) {
        await this.alerts.lost(of, finder);
      }
    });
  }

  /**
   * Has the alerts told in their turn, and waits only where one changes: those who raise one again at once share its write.
   * @returns what is to be told, and when all of it is
   */
  private async take(
    id: string,
    trigger: Trigger,
    finding: Finding,
    language?: Language,
  ): Promise<Taken> {
    const { store, clock } = this.ports;
    const row = await store.alertWatches.get(id);
    const { watch, effects } = step(row ?? INITIAL_WATCH, finding, clock.now(), AT_ONCE);
    const deeds = effects.map((effect) => deedOf(effect, trigger));
    // While there is no calm it counts with the one that says so.
    if (finding === 'met' && !deeds.some(isRaise)) {
      deeds.push({ does: 'raise', trigger: unstable(trigger) });
    }
    const done = this.tell(deeds, language);
    // Whoever waits for it hears of it.
    done.catch(() => undefined);
    if (!row || watch !== row) {
      // What was not told did not change.
      await done;
      await this.keep(id, row, { ...watchOf(watch), trigger });
    }
    return { deeds, done };
  }

  /** One by itself may share its write with others; several are one. @returns the alert that was raised or counted */
  private async tell([deed, ...more]: readonly Deed[], language?: Language): Promise<Alert | null> {
    if (!deed) return null;
    if (more.length > 0) return this.alerts.all([deed, ...more], language);
    const { does, trigger } = deed;
    if (does === 'raise') return this.alerts.raise(trigger, language);
    await this.alerts.lost(trigger, trigger.finder);
    return null;
  }

  /** Never rejects: the alert itself is told, and a watch that was not kept begins anew. */
  private async keep(
    id: string,
    row: AlertWatchRow | null,
    watch: Watch & { readonly trigger: Trigger },
  ): Promise<void> {
    const { alertWatches } = this.ports.store;
    this.plan(id, watch);
    try {
      if (row) await alertWatches.update(id, watch);
      else await alertWatches.insertIfAbsent({ id, ruleId: watch.trigger.finder, ...watch });
    } catch (error) {
      this.ports.logger.warn(`How often an alert changes was not written: ${String(error)}`);
    }
  }

  private plan(id: string, watch: Watch): void {
    const at = nextAt(watch, AT_ONCE) ?? forgottenAt(watch);
    if (at === null) this.due.delete(id);
    else this.due.set(id, at);
  }

  private wait(): void {
    this.timer = this.ports.clock.schedule(TICK_MS, () => {
      this.ticking ??= this.tick().finally(() => (this.ticking = undefined));
      if (!this.stopped) this.wait();
    });
  }

  /** Never rejects: what fails is tried again. */
  private async tick(): Promise<void> {
    const now = this.ports.clock.now();
    for (const [id] of [...this.due].filter(([, at]) => at <= now)) {
      try {
        await this.turns.run(id, () => this.pass(id));
      } catch (error) {
        this.ports.logger.debug(`A watch of an alert waits: ${String(error)}`);
      }
    }
  }

  /** Time has passed. */
  private async pass(id: string): Promise<void> {
    const { store, clock } = this.ports;
    const row = await store.alertWatches.get(id);
    if (!row?.trigger) return void this.due.delete(id);
    if (nextAt(row, AT_ONCE) !== null) await (await this.take(id, row.trigger, 'time')).done;
    else if ((forgottenAt(row) ?? Infinity) > clock.now()) this.plan(id, row);
    else {
      await store.alertWatches.delete(id);
      this.due.delete(id);
    }
  }
}

function watchId(of: Of, finder: string): string {
  return `${finder} ${activeKeyOf(of)}`;
}

function isRaise({ does }: Deed): boolean {
  return does === 'raise';
}

function deedOf(effect: Effect, trigger: Trigger): Deed {
  const about = effect.endsWith('unstable') ? unstable(trigger) : trigger;
  return { does: effect.startsWith('resolve') ? 'end' : 'raise', trigger: about };
}

function watchOf({ phase, dueAt, raised, cooledAt, changes, calmAt }: Watch): Watch {
  return { phase, dueAt, raised, cooledAt, changes, calmAt };
}

/** From when on a watch says no more than none; null while it does. */
function forgottenAt({ phase, calmAt, changes }: Watch): number | null {
  if (phase !== 'clear' || calmAt !== null) return null;
  return (changes.at(-1) ?? 0) + UNSTABLE_WITHIN_MS;
}

/** What is said of an alert that keeps beginning and ending. */
function unstable(trigger: Trigger): Trigger {
  const { fr, en } = trigger.message;
  return {
    ...trigger,
    type: 'unstable',
    message: {
      fr: `${fr} – change sans arrêt d’état : une seule alerte jusqu’à ce que le calme revienne`,
      en: `${en} – keeps changing: one alert until it is calm again`,
    },
  };
}
