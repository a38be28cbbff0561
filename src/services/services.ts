import type { Accounts } from './accounts';
import type { AlertRules } from './alert-rules';
import type { Alerts } from './alerts';
import type { Audit } from './audit';
import type { Away } from './away';
import type { Devices } from './devices';
import type { EventBus } from './event-bus';
import type { Idempotency } from './idempotency';
import type { Intake } from './intake';
import type { MqttAccess } from './mqtt-access';
import type { Notifications } from './notifications';
import type { PasswordReset } from './password-reset';
import type { RequestRates } from './request-rates';
import type { Schedules } from './schedules';
import type { Sender } from './sender';
import type { Sensors } from './sensors';
import type { Sessions } from './sessions';
import type { Settings } from './settings';
import type { Users } from './users';
import type { WeatherReport } from './weather';

/** What operations work with. */
export interface Services {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly passwordReset: PasswordReset;
  readonly rates: RequestRates;
  readonly audit: Audit;
  readonly devices: Devices;
  readonly sensors: Sensors;
  readonly alerts: Alerts;
  readonly rules: AlertRules;
  readonly notifications: Notifications;
  readonly sender: Sender;
  readonly access: MqttAccess;
  readonly schedules: Schedules;
  readonly away: Away;
  readonly settings: Settings;
  readonly weather: WeatherReport;
  readonly idempotency: Idempotency;
  readonly events: EventBus;
  readonly intake: Intake;
}
