import type { Accounts } from './accounts';
import type { AlertRules } from './alert-rules';
import type { Alerts } from './alerts';
import type { Devices } from './devices';
import type { EventBus } from './event-bus';
import type { Idempotency } from './idempotency';
import type { Intake } from './intake';
import type { MqttAccess } from './mqtt-access';
import type { Notifications } from './notifications';
import type { Sender } from './sender';
import type { Sensors } from './sensors';
import type { Sessions } from './sessions';

/** What operations work with. */
export interface Services {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly sensors: Sensors;
  readonly alerts: Alerts;
  readonly rules: AlertRules;
  readonly notifications: Notifications;
  readonly sender: Sender;
  readonly access: MqttAccess;
  readonly idempotency: Idempotency;
  readonly events: EventBus;
  readonly intake: Intake;
}
