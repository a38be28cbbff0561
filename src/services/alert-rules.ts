import { evaluate, timingOf, type Facts, type Rule } from '../domain/alerts/condition';
import type { Trigger } from '../domain/alerts/lifecycle';
import { fillTemplate } from '../domain/alerts/template';
import {
  INITIAL_WATCH,
  nextAt,
  step,
  type Effect,
  type Finding,
  type Watch,
} from '../domain/alerts/watch';
import { toSensor, type SensorState } from '../domain/sensors/state';
import { AurionError, type ErrorCode } from '../contract/errors';
import type { Text } from '../contract/language';
import type { Sensor } from '../contract/sensor';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { SensorRow, Store } from '../ports/store';
import { sensorSource, type Alerts } from './alerts';
import { InTurn } from './in-turn';
import type { Sensing } from './sensor-listener';

const TICK_MS = 1000;
const WAITING_MAX = 1000;
/** The store will be back. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['STORE_UNAVAILABLE', 'STORE_FULL', 'STORE_LOCKED']);

const UNSTABLE: Text = {
  fr: '{sensor} ({location}) change sans arrêt d’état : une seule alerte jusqu’à ce que le calme revienne',
  en: '{sensor} ({location}) keeps changing: one alert until it is calm again',
};

/** The sensors a rule looks at. */
export type AppliesTo = (sensor: SensorRow) => boolean;

interface Installed {
  readonly rule: Rule;
  readonly appliesTo: AppliesTo;
}

interface Watched {
  readonly id: string;
  readonly installed: Installed;
  readonly sensorId: number;
  watch: Watch;
  /** How the sensor was when the rule last looked. */
  row: SensorRow;
  state: SensorState;
  /** An expression has yet to look at it. */
  asked?: boolean;
}

/**
 * Rules that look at what sensors say, and raise and resolve alerts. Waits, cool-downs and unrest are
 * kept in the store: a restart loses none. A rule that comes (at a start, too) looks at how the sensors
 * are, so what holds on is found again.
 */
export class AlertRules {
  private readonly rules = new Map<string, Installed>();
  private readonly watched = new Map<string, Watched>();
  private readonly unsaved = new Set<Watched>();
  private readonly gone = new Set<string>();
  private readonly turns = new InTurn<string>();
  private waiting = 0;
  private saving: Promise<void> | undefined;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
    },
    private readonly alerts: Alerts,
    /** Every sensor that is switched on, as it is. */
    private readonly sensing: () => readonly Sensing[],
    /** Called with what was raised, or raised again. */
    private readonly onRaised: (trigger: Trigger) => void = () => undefined,
  ) {}

  start(): void {
    this.plan();
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.idle();
    await this.saving;
    await this.save();
  }

  /** Resolves when everything that was said has been acted upon. */
  async idle(): Promise<void> {
    while (this.waiting > 0) await this.turns.idle();
  }

  /**
   * Installs a rule, in place of the one with its id, and looks at every sensor it applies to.
   * @returns takes it out again; what it raised stays until `retire`, or until it comes back
   */
  async add(rule: Rule, appliesTo: AppliesTo): Promise<() => void> {
    const installed = { rule, appliesTo };
    this.rules.set(rule.id, installed);
    const kept = await this.ports.store.alertWatches.list({ where: { ruleId: rule.id } });
    const watches = new Map(kept.map((row) => [row.id, watchOf(row)]));
    for (const [id, watched] of this.watched) {
      if (watched.installed.rule.id !== rule.id) continue;
      watches.set(id, watched.watch);
      this.watched.delete(id);
    }
    for (const sensing of this.sensing()) {
      if (!appliesTo(sensing.row)) continue;
      const watch = watches.get(watchId(rule, sensing.row.id));
      this.look(installed, sensing, watch);
    }
    await this.dropLost(installed);
    return () => {
      if (this.rules.get(rule.id) === installed) this.rules.delete(rule.id);
      for (const [id, watched] of this.watched) {
        if (watched.installed === installed) this.watched.delete(id);
      }
    };
  }

  /** A rule is gone for good: what it raised is over. */
  async retire(ruleId: string): Promise<void> {
    this.rules.delete(ruleId);
    for (const [id, { installed }] of this.watched) {
      if (installed.rule.id === ruleId) this.watched.delete(id);
    }
    await this.ports.store.alertWatches.deleteWhere({ where: { ruleId } });
    for (const { sensorId, type, finders } of await this.alerts.active()) {
      if (sensorId === null || !finders.includes(ruleId)) continue;
      await this.alerts.lost({ source: sensorSource(sensorId), type }, ruleId);
    }
  }

  /** How many of its alerts are not resolved. */
  raisedBy(ruleId: string): number {
    const all = [...this.watched.values()];
    return all.filter(({ installed, watch }) => installed.rule.id === ruleId && watch.raised)
      .length;
  }

  /** A sensor spoke, or fell silent. */
  sensed(sensing: Sensing): void {
    for (const installed of this.rules.values()) {
      if (installed.appliesTo(sensing.row)) this.look(installed, sensing);
    }
  }

  /** A sensor is switched off or deleted: nothing of it holds any more. */
  sensorGone(sensorId: number): void {
    for (const [id, watched] of this.watched) {
      if (watched.sensorId !== sensorId) continue;
      this.watched.delete(id);
      this.unsaved.delete(watched);
      this.gone.add(id);
    }
    this.act(sensorId, () => this.alerts.resolveAllOf(sensorSource(sensorId)));
  }

  private look(installed: Installed, sensing: Sensing, kept?: Watch): void {
    const { rule } = installed;
    const { row, state, before, spoke } = sensing;
    const id = watchId(rule, row.id);
    let watched = this.watched.get(id);
    if (!watched) {
      const watch = kept ?? INITIAL_WATCH;
      watched = { id, installed, sensorId: row.id, watch, row, state };
      this.watched.set(id, watched);
      this.gone.delete(id);
    }
    watched.row = row;
    watched.state = state;
    if (rule.condition.kind === 'absence') {
      // Each message ends the wait (and the alert), and begins it anew.
      if (!spoke && watched.watch.phase !== 'clear') return this.apply(watched, 'time');
      this.apply(watched, 'clear');
      return this.apply(watched, 'met');
    }
    const { condition } = rule;
    if (condition.kind === 'expression') return this.ask(watched, condition.holds);
    this.apply(watched, evaluate(condition, factsOf(state), before && factsOf(before)));
  }

  /** In the order of what was said. While too much waits, only the last word counts. */
  private ask(watched: Watched, holds: (sensor: Sensor) => Promise<boolean | null>): void {
    if (watched.asked && this.waiting > WAITING_MAX) return;
    watched.asked = true;
    const seen = { row: watched.row, state: watched.state };
    this.act(watched.sensorId, async () => {
      watched.asked = false;
      const { row, state } = this.waiting > WAITING_MAX ? watched : seen;
      const isMet = await holds(toSensor(row, state));
      if (isMet === null || this.watched.get(watched.id) !== watched) return;
      this.apply(watched, isMet ? 'met' : 'clear');
    });
  }

  private apply(watched: Watched, finding: Finding): void {
    const { rule } = watched.installed;
    const next = step(watched.watch, finding, this.ports.clock.now(), timingOf(rule));
    if (next.watch !== watched.watch) {
      watched.watch = next.watch;
      this.unsaved.add(watched);
    }
    for (const effect of next.effects) {
      // A repeat that can't be counted in time is not worth the memory.
      if (effect === 'again' && this.waiting > WAITING_MAX) continue;
      const trigger = triggerOf(watched, effect);
      this.act(watched.sensorId, () => this.effect(effect, trigger));
    }
  }

  private async effect(effect: Effect, trigger: Trigger): Promise<void> {
    if (effect === 'resolve' || effect === 'resolve-unstable') {
      await this.alerts.lost(trigger, trigger.finder);
    } else {
      await (effect === 'recur' ? this.alerts.recur(trigger) : this.alerts.raise(trigger));
      this.onRaised(trigger);
    }
  }

  /** What was raised before a crash by a watch that was not written any more, and no longer holds. */
  private async dropLost({ rule }: Installed): Promise<void> {
    for (const { sensorId, type, finders } of await this.alerts.active()) {
      if (sensorId === null || type !== rule.type || !finders.includes(rule.id)) continue;
      const watch = this.watched.get(watchId(rule, sensorId))?.watch;
      // While unstable its alert stays though it is clear.
      if (watch?.phase !== 'clear' || watch.raised) continue;
      this.act(sensorId, () => this.alerts.lost({ source: sensorSource(sensorId), type }, rule.id));
    }
  }

  /** In the order of their finding, each source on its own. While the store is away they wait; what fails otherwise is logged. */
  private act(sensorId: number, work: () => Promise<void>): void {
    this.waiting += 1;
    this.turns
      .run(sensorSource(sensorId), () => this.insist(work))
      .catch((error: unknown) => {
        this.ports.logger.error(`An alert could not be raised or resolved: ${String(error)}`);
      })
      .finally(() => (this.waiting -= 1));
  }

  private async insist(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        const isAway = error instanceof AurionError && AWAY.has(error.code);
        if (!isAway || this.stopped) throw error;
        await new Promise<void>((resolve) => this.ports.clock.schedule(TICK_MS, resolve));
      }
    }
  }

  private plan(): void {
    if (this.stopped) return;
    this.timer = this.ports.clock.schedule(TICK_MS, () => {
      this.tick();
      // A store that takes its time holds no timer up.
      this.saving ??= this.save().finally(() => (this.saving = undefined));
      this.plan();
    });
  }

  private tick(): void {
    const now = this.ports.clock.now();
    for (const watched of this.watched.values()) {
      const due = nextAt(watched.watch, timingOf(watched.installed.rule));
      if (due !== null && due <= now) this.apply(watched, 'time');
    }
  }

  /** Never rejects: what fails is tried again. */
  private async save(): Promise<void> {
    const { alertWatches } = this.ports.store;
    try {
      for (const watched of [...this.unsaved]) {
        const { id, installed, watch } = watched;
        this.unsaved.delete(watched);
        try {
          const row = { id, ruleId: installed.rule.id, ...watch };
          if (!(await alertWatches.update(id, watch))) await alertWatches.insertIfAbsent(row);
        } catch (error) {
          this.unsaved.add(watched);
          throw error;
        }
      }
      for (const id of [...this.gone]) {
        await alertWatches.delete(id);
        this.gone.delete(id);
      }
    } catch (error) {
      this.ports.logger.debug(`Watches of rules wait: ${String(error)}`);
    }
  }
}

function watchOf({ phase, dueAt, raised, cooledAt, changes, calmAt }: Watch): Watch {
  return { phase, dueAt, raised, cooledAt, changes, calmAt };
}

function watchId(rule: Rule, sensorId: number): string {
  return `${rule.id} ${sensorSource(sensorId)}`;
}

function factsOf({ value, battery, online, firstSeen }: SensorState): Facts {
  return { value, battery, online: firstSeen === null ? null : online };
}

function triggerOf({ installed, row, state }: Watched, effect: Effect): Trigger {
  const { rule } = installed;
  const isUnstable = effect === 'raise-unstable' || effect === 'resolve-unstable';
  const { value, unit, battery, shown } = state;
  const facts = { sensor: row.name, location: row.location, value, unit, battery };
  return {
    source: sensorSource(row.id),
    type: isUnstable ? 'unstable' : rule.type,
    severity: rule.severity,
    message: fillTemplate(isUnstable ? UNSTABLE : rule.message, facts),
    sensorId: row.id,
    sensor: row.name,
    location: row.location,
    finder: rule.id,
    cause: shown && `${shown.at} ${shown.key}`,
  };
}
