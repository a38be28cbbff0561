import {
  PERIOD_MS,
  type Alert,
  type AlertFilter,
  type SecurityStats,
  type StatsPeriod,
} from '../contract/alert';
import { AurionError } from '../contract/errors';
import type { Language } from '../contract/language';
import type { Topics } from '../contract/topics';
import {
  acknowledged,
  activeKeyOf,
  averageResponseTime,
  foundAgain,
  isAbove,
  isSeen,
  lost,
  over,
  raised,
  toAlert,
  type AlertChanges,
  type Trigger,
} from '../domain/alerts/lifecycle';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { MessageLink } from '../ports/message-link';
import type { AlertRow, Store } from '../ports/store';
import { AlertCounts } from './alert-counts';
import { writeDeeds, type Deed } from './alert-deeds';
import { AlertTelling, type AlertHearer } from './alert-telling';
import type { EventBus } from './event-bus';
import { InTurn } from './in-turn';
import { OldAlerts } from './old-alerts';

/** Only active alerts have a key. */
const ACTIVE = { field: 'activeKey', from: '' } as const;

/**
 * The home's alerts: one active at most of each source and type, by a unique key of the store, so that
 * processes that find the same at once raise one (QUALITY M9). What is raised is on disk before
 * anybody hears of it, and whoever must be told is told after a crash, too.
 */
export class Alerts {
  private readonly turns = new InTurn<string>();
  private readonly counts: AlertCounts;
  private readonly telling: AlertTelling;
  private readonly old: OldAlerts;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly link: MessageLink;
      readonly topics: Topics;
      readonly clock: Clock;
      readonly events: EventBus;
      readonly logger: Logger;
    },
    /** The home's: of what is published and told to flows. Who asks gets his own. */
    private readonly language: Language,
  ) {
    this.counts = new AlertCounts(ports, this.turns);
    this.old = new OldAlerts(ports);
    this.telling = new AlertTelling(ports);
  }

  onChanged(hearer: AlertHearer): void {
    this.telling.onChanged(hearer);
  }

  /** Tells what an earlier run could not tell any more. */
  async start(): Promise<void> {
    for (const untold of ['raised', 'resolved'] as const) {
      for (const row of await this.ports.store.alerts.list({ where: { untold } })) {
        await this.tell(row);
      }
    }
    this.counts.start();
  }

  async stop(): Promise<void> {
    await this.turns.idle();
    await this.telling.stop();
    await this.counts.stop();
  }

  /**
   * Raises an alert, or counts the one that is active. What has no cause (a hand, a flow) is on disk
   * when this resolves, and not counted when it rejects; what a sensor said again may wait a second.
   */
  async raise(trigger: Trigger, language = this.language): Promise<Alert> {
    const key = activeKeyOf(trigger);
    const { row, isCounted } = await this.turns.run(key, () => this.found(trigger, key));
    if (isCounted && trigger.cause === null) await this.counts.written(key);
    return this.shown(row, language);
  }

  /**
   * Raises and ends in this order, as one: all of it is on disk when this resolves, nothing is done when it rejects.
   * @returns the alert that was last raised or counted; null if none was
   */
  async all(deeds: readonly Deed[], language = this.language): Promise<Alert | null> {
    const { store, clock } = this.ports;
    const keys = new Set(deeds.map(({ trigger }) => activeKeyOf(trigger)));
    // In the same order for everybody, so that nobody waits for who waits for him.
    const written = await this.inTurns([...keys].sort(), async () => {
      const outcomes = await writeDeeds({ store, counts: this.counts }, deeds, clock.now());
      for (const { row, isChanged } of outcomes) {
        if (!row || !isChanged) continue;
        if (row.untold) await this.tell(row);
        if (row.activeKey === null) await this.old.trim();
      }
      return outcomes;
    });
    const last = written.findLast((_, i) => deeds[i]?.does === 'raise');
    return last?.row ? this.shown(last.row, language) : null;
  }

  private inTurns<T>([key, ...others]: readonly string[], work: () => Promise<T>): Promise<T> {
    return key === undefined ? work() : this.turns.run(key, () => this.inTurns(others, work));
  }

  private async found(
    trigger: Trigger,
    key: string,
  ): Promise<{ row: AlertRow; isCounted: boolean }> {
    const { alerts } = this.ports.store;
    const now = this.ports.clock.now();
    // Its row may be resolved by another process between two steps: then there is a new one.
    for (;;) {
      const { row: there, inserted } = await alerts.insertIfAbsent(raised(trigger, now));
      if (inserted) return { row: await this.tell(there), isCounted: false };
      const row = this.counts.current(there);
      const changes = foundAgain(row, trigger, now);
      if (!changes) return { row, isCounted: false };
      if (isRepeatOnly(changes)) {
        const counted = this.counts.count(key, { ...row, ...changes }, trigger.cause === null);
        return { row: counted, isCounted: true };
      }
      const changed = await this.counts.write(row, key, changes);
      if (!changed) continue;
      return { row: changes.untold ? await this.tell(changed) : changed, isCounted: false };
    }
  }

  /**
   * Makes what was found before as severe as the trigger is, and tells it. Where it is over by now an alert is raised
   * and ended at once: whoever must know does, and none stays active that nobody finds any more.
   */
  worsen(trigger: Trigger): Promise<void> {
    const key = activeKeyOf(trigger);
    return this.turns.run(key, async () => {
      const { severity, message } = trigger;
      const now = this.ports.clock.now();
      // Its row may be resolved by another process between two steps.
      for (;;) {
        const { row, inserted } = await this.ports.store.alerts.insertIfAbsent(
          raised(trigger, now),
        );
        if (inserted) {
          await this.tell(row);
          await this.change(row, key, over(this.ports.clock.now()));
          return;
        }
        if (!isAbove(severity, row.severity)) return;
        if (await this.change(row, key, { severity, message, untold: 'raised' })) return;
      }
    });
  }

  /**
   * Raises an alert that was clear meanwhile and stayed active because it kept changing. One that somebody has
   * acknowledged, itself or as `unstable`, is over, and a new one is raised and told.
   */
  async recur(trigger: Trigger): Promise<void> {
    const key = activeKeyOf(trigger);
    const { alerts } = this.ports.store;
    await this.turns.run(key, async () => {
      const unstableKey = activeKeyOf({ ...trigger, type: 'unstable' });
      const row = await alerts.getBy('activeKey', key);
      const isNews = row !== null && isSeen(row, await alerts.getBy('activeKey', unstableKey));
      if (isNews) await this.change(row, key, over(this.ports.clock.now()));
      await this.found(trigger, key);
      if (!isNews) return;
      // Others who found it still do.
      for (const finder of row.finders) await this.found({ ...trigger, finder }, key);
    });
  }

  /** What a finder says when it no longer finds it: the alert is over when none does. */
  lost(of: Pick<Trigger, 'source' | 'type'>, finder: string): Promise<void> {
    const key = activeKeyOf(of);
    return this.turns.run(key, async () => {
      const row = await this.ports.store.alerts.getBy('activeKey', key);
      const changes = row && lost(row, finder, this.ports.clock.now());
      if (changes) await this.change(row, key, changes);
    });
  }

  /** Ends the active alert of a source and type, whoever finds it. True if there was one. */
  resolve(of: Pick<Trigger, 'source' | 'type'>): Promise<boolean> {
    const key = activeKeyOf(of);
    return this.turns.run(key, async () => {
      const row = await this.ports.store.alerts.getBy('activeKey', key);
      return row !== null && this.change(row, key, over(this.ports.clock.now()));
    });
  }

  /** Ends every active alert of a source that is gone. */
  async resolveAllOf(source: string): Promise<void> {
    for (const { activeKey, type } of await this.active()) {
      if (activeKey === activeKeyOf({ source, type })) await this.resolve({ source, type });
    }
  }

  /** Those that are active, oldest first. */
  active(): Promise<AlertRow[]> {
    return this.ports.store.alerts.list({ range: ACTIVE });
  }

  /** The first to acknowledge stays (QUALITY M10). @throws ALERT_NOT_FOUND */
  async acknowledge(id: number, by: string, language = this.language): Promise<Alert> {
    const { store, clock } = this.ports;
    const row = await store.alerts.get(id);
    if (!row) throw new AurionError('ALERT_NOT_FOUND');
    const changes = acknowledged(row, by, clock.now());
    if (!changes) return this.shown(row, language);
    const changed = await store.alerts.update(id, changes, { acknowledged: false });
    if (!changed) return this.acknowledge(id, by, language);
    const alert = this.shown(changed);
    this.ports.events.share('alert.acknowledged', alert, changed.message);
    this.publish(alert);
    return this.shown(changed, language);
  }

  /** Newest first. */
  async list(
    { limit, cursor, severity, acknowledged, active }: AlertFilter,
    language = this.language,
  ): Promise<Alert[]> {
    const where = {
      ...(severity !== undefined && { severity }),
      ...(acknowledged !== undefined && { acknowledged }),
    };
    const { alerts } = this.ports.store;
    const before = cursor === undefined ? Infinity : Number(cursor);
    const rows = active
      ? // One at most of each source and type: few, however many there were.
        (await alerts.list({ where, range: ACTIVE, orderBy: 'id', descending: true }))
          .filter(({ id }) => id < before)
          .slice(0, limit)
      : await alerts.list({
          where: { ...where, ...(active === false && { activeKey: null }) },
          ...(cursor !== undefined && { range: { field: 'id', to: before } }),
          descending: true,
          limit,
        });
    return rows.map((row) => this.shown(row, language));
  }

  /** Of a period up to now, or of all that is kept. */
  async stats(
    period: StatsPeriod | undefined,
  ): Promise<Pick<SecurityStats, 'totalAlerts' | 'criticalAlerts' | 'averageResponseTime'>> {
    const { store, clock } = this.ports;
    const from = period === undefined ? 0 : clock.now() - PERIOD_MS[period];
    const rows = await store.alerts.list({ range: { field: 'firstAt', from } });
    return {
      totalAlerts: rows.length,
      criticalAlerts: await store.alerts.count({ severity: 'critical', acknowledged: false }),
      averageResponseTime: averageResponseTime(rows),
    };
  }

  /** An alert as the outside sees it, with the repeats that are not written yet. */
  private shown(row: AlertRow, language = this.language): Alert {
    const { count, lastAt } = this.counts.current(row);
    return toAlert({ ...row, count, lastAt }, language);
  }

  /** True if this call changed it. */
  private async change(row: AlertRow, key: string, changes: AlertChanges): Promise<boolean> {
    const changed = await this.counts.write(row, key, changes);
    if (!changed) return false;
    if (changed.untold) await this.tell(changed);
    if (changed.activeKey === null) await this.old.trim();
    return true;
  }

  /** Everybody hears of it, at once or as soon as it can be written. */
  private async tell(row: AlertRow): Promise<AlertRow> {
    const { events } = this.ports;
    const alert = this.shown(row);
    const event = row.untold === 'resolved' ? 'alert.resolved' : 'alert.raised';
    events.share(event, alert, row.message);
    this.publish(alert);
    await this.telling.tell(row);
    return { ...row, untold: null };
  }

  /** Without a broker nobody listens there; the alert is in the store. */
  private publish(alert: Alert): void {
    const { link, topics, logger } = this.ports;
    link
      .publish(topics.alert(alert.id), JSON.stringify(alert), { qos: 1 })
      .catch((error: unknown) =>
        logger.debug(`Alert ${alert.id} is not on MQTT: ${String(error)}`),
      );
  }
}

export function sensorSource(sensorId: number): string {
  return `sensor:${sensorId}`;
}

function isRepeatOnly({ severity, finders }: AlertChanges): boolean {
  return severity === undefined && finders === undefined;
}
