import type { NotificationChanges, NotificationConfig } from '../contract/alert';
import type { Notification } from '../contract/events';
import type { Language, Text } from '../contract/language';
import { clockTime, DEFAULT_NOTIFICATIONS, wantsToHear } from '../domain/alerts/hearing';
import { inputInvalid } from '../contract/check-input';
import type { Clock } from '../ports/clock';
import type { AlertRow, SendingChannel, SendingRow, Store } from '../ports/store';
import { SendingsAhead } from './sendings-ahead';

const UNREACHABLE: Text = {
  fr: 'désigne cette machine ou un réseau privé, que les webhooks n’atteignent pas ; le réglage de la maison « allowedHosts » les autorise par leur nom',
  en: "is this machine or a private network, which webhooks don't reach; the home's setting `allowedHosts` allows them by name",
};

/** How an account is told of what happens in the house, and who hears of an alert. */
export class Notifications {
  /** How sendings stand that are not, or not as they are, in the store. */
  readonly ahead = new SendingsAhead();
  private readonly wakers: (() => void)[] = [];
  private sendUnstored: (sending: SendingRow) => void = () => undefined;

  constructor(
    private readonly ports: { readonly store: Store; readonly clock: Clock },
    private readonly home: { readonly timeZone: string },
    /** Whether an address is never called. */
    private readonly refusesUrl: (url: string) => boolean,
    /** Whether somebody's pages show notifications at all. Mails and webhooks have settings of their own. */
    private readonly isShownTo: (accountId: number) => boolean = () => true,
  ) {}

  /** Called when there is something to send. */
  onWaiting(waker: () => void): void {
    this.wakers.push(waker);
  }

  /** Called with what is to be sent at once though the store can't take it; again until it can. */
  onUnstored(send: (sending: SendingRow) => void): void {
    this.sendUnstored = send;
  }

  async config(accountId: number): Promise<NotificationConfig> {
    return configOf(await this.ports.store.notificationConfigs.get(String(accountId)));
  }

  /** @throws INPUT_INVALID for a webhook that could never be called */
  async change(accountId: number, changes: NotificationChanges): Promise<NotificationConfig> {
    if (typeof changes.webhookUrl === 'string' && this.refusesUrl(changes.webhookUrl)) {
      throw inputInvalid('webhookUrl', UNREACHABLE);
    }
    const { notificationConfigs } = this.ports.store;
    const named = Object.fromEntries(
      Object.entries(changes).filter(([, value]) => value !== undefined),
    );
    const id = String(accountId);
    const changed = await notificationConfigs.update(id, named);
    if (changed) return configOf(changed);
    const { row, inserted } = await notificationConfigs.insertIfAbsent({
      id,
      ...DEFAULT_NOTIFICATIONS,
      ...named,
    });
    return inserted ? configOf(row) : this.change(accountId, changes);
  }

  /**
   * Puts on its way what an alert's change means to each account: once, whoever calls and however
   * often. What is over is good news.
   * @throws what the store throws; what it could not take is on its way all the same, and stored when called again
   */
  async hear(alert: AlertRow): Promise<void> {
    const { store, clock } = this.ports;
    const { untold, id: alertId, message } = alert;
    if (untold === null) return;
    const severity = untold === 'resolved' ? 'success' : alert.severity;
    const at = untold === 'resolved' ? (alert.resolvedAt ?? alert.lastAt) : alert.lastAt;
    const time = clockTime(clock.now(), this.home.timeZone);
    const failures: unknown[] = [];
    const configs = new Map((await store.notificationConfigs.list()).map((row) => [row.id, row]));
    for (const account of await store.accounts.list()) {
      const config = configOf(configs.get(String(account.id)) ?? null);
      if (account.disabled || !wantsToHear(config, severity, time)) continue;
      for (const channel of this.channelsOf(account.id, config)) {
        const sending: SendingRow = {
          id: `${alertId}:${untold}-${severity}:${account.id}:${channel}`,
          alertId,
          accountId: account.id,
          channel,
          severity,
          message,
          at,
          outcome: 'waiting',
          attempts: 0,
          dueAt: clock.now(),
          problem: null,
        };
        try {
          await store.sendings.insertIfAbsent({ ...sending, ...this.ahead.of(sending.id) });
          this.ahead.delete(sending.id);
        } catch (error) {
          failures.push(error);
          this.sendUnstored(sending);
        }
      }
    }
    for (const wake of this.wakers) wake();
    if (failures.length > 0) throw failures[0];
  }

  private channelsOf(
    accountId: number,
    { push, email, webhookUrl }: NotificationConfig,
  ): SendingChannel[] {
    return [
      ...(push && this.isShownTo(accountId) ? (['push'] as const) : []),
      ...(email ? (['email'] as const) : []),
      ...(webhookUrl !== null ? (['webhook'] as const) : []),
    ];
  }
}

function configOf(row: NotificationConfig | null): NotificationConfig {
  const { email, push, sms, minSeverity, webhookUrl, quietHours } = row ?? DEFAULT_NOTIFICATIONS;
  return { email, push, sms, minSeverity, webhookUrl, quietHours };
}

/** What a page shows of a sending, in each language. */
export function textsOf(sending: SendingRow): Text {
  const { fr, en } = sending.message;
  return { fr: textOfSending(sending, fr, 'fr'), en: textOfSending(sending, en, 'en') };
}

/** What a page shows of a sending. */
export function toNotification(sending: SendingRow, language: Language): Notification {
  const { message, at, severity, alertId } = sending;
  return {
    message: textOfSending(sending, message[language], language),
    timestamp: new Date(at).toISOString(),
    severity,
    alertId,
  };
}

const SUBJECTS: Readonly<Record<SendingRow['severity'], Text>> = {
  critical: { fr: 'critique', en: 'critical' },
  warning: { fr: 'avertissement', en: 'warning' },
  info: { fr: 'information', en: 'information' },
  success: { fr: 'terminé', en: 'over' },
};

/** The subject of a mail: `Aurion – critique`. */
export function subjectOf({ severity }: Pick<SendingRow, 'severity'>, language: Language): string {
  return `Aurion – ${SUBJECTS[severity][language]}`;
}

const OVER = { fr: 'Terminé : ', en: 'Over: ' } as const;

export function textOfSending(
  { severity }: Pick<SendingRow, 'severity'>,
  message: string,
  language: Language,
): string {
  return severity === 'success' ? `${OVER[language]}${message}` : message;
}
