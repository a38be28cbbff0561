import { createHttpWebhook } from './adapters/notifier/http-webhook';
import type { Topics } from './contract/topics';
import type { Language } from './contract/language';
import type { Clock } from './ports/clock';
import type { Logger } from './ports/logger';
import type { MessageLink } from './ports/message-link';
import type { Notifier } from './ports/notifier';
import type { Peers } from './ports/peers';
import type { Store } from './ports/store';
import { Alarms } from './services/alarms';
import { AlertRules } from './services/alert-rules';
import { Alerts } from './services/alerts';
import type { Away } from './services/away';
import type { EventBus } from './services/event-bus';
import type { MqttAccess } from './services/mqtt-access';
import { Notifications } from './services/notifications';
import { Sender } from './services/sender';
import { Sensors } from './services/sensors';
import type { Services } from './services/services';
import type { Settings } from './services/settings';
import { WatchedAlerts } from './services/watched-alerts';

export interface SecurityOptions {
  readonly language: Language;
  /** IANA, of quiet hours. */
  readonly timeZone: string;
  /** Hosts that webhooks may reach in private networks. */
  readonly allowedHosts: readonly string[];
  /** Whether other processes have this home, too. */
  readonly shared: boolean;
  /** Null while no mail server is set. */
  readonly mail: Notifier | null;
}

export interface OpenSecurity {
  readonly services: Pick<
    Services,
    'sensors' | 'alerts' | 'watchedAlerts' | 'rules' | 'notifications' | 'sender'
  >;
  /** Tells and sends what an earlier run could not any more. */
  begin(): void;
  close(): Promise<void>;
}

/** Starts what the house feels and says: sensors, alerts, and who hears of them. */
export async function openSecurity(
  ports: {
    readonly store: Store;
    readonly link: MessageLink;
    readonly topics: Topics;
    readonly clock: Clock;
    readonly events: EventBus;
    readonly logger: Logger;
    readonly access: MqttAccess;
    readonly peers: Peers;
    readonly away: Away;
    readonly settings: Settings;
  },
  { language, timeZone, allowedHosts, shared, mail }: SecurityOptions,
): Promise<OpenSecurity> {
  const { access } = ports;
  const alerts = new Alerts(ports, language);
  const webhook = createHttpWebhook({ allowedHosts });
  const notifications = new Notifications(
    ports,
    { timeZone },
    (url) => webhook.refuses(url),
    (accountId) => ports.settings.of(accountId).notifications,
  );
  const sender = new Sender(
    { ...ports, mail, webhook, notifications },
    (accountId) => ports.settings.languageOf(accountId) ?? language,
    shared,
  );
  const watchedAlerts = new WatchedAlerts(ports, alerts);
  const alarms = new Alarms({ ...ports, alerts, watched: watchedAlerts });
  const rules = new AlertRules(
    ports,
    alerts,
    () => sensors.sensing(),
    (trigger) => alarms.raised(trigger),
  );
  ports.events.on((happened) => {
    if (happened.event === 'schedule.missed') alarms.scheduleMissed(happened.data);
  });
  const sensors = new Sensors(ports, {
    sensed: (sensing) => rules.sensed(sensing),
    gone: (id) => rules.sensorGone(id),
    rightsChanged: (id, gone) => access.rightsChanged({ kind: 'sensor', id }, gone),
  });
  alerts.onChanged((alert) => notifications.hear(alert));
  await sensors.start();
  await alerts.start();
  await watchedAlerts.start();
  rules.start();
  return {
    services: { sensors, alerts, watchedAlerts, rules, notifications, sender },
    begin: () => sender.start(),
    async close() {
      sensors.stop();
      await rules.stop();
      await watchedAlerts.stop();
      await alerts.stop();
      await sender.stop();
    },
  };
}
