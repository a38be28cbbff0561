import type { Accounts } from './accounts';
import type { Audit } from './audit';
import type { Devices } from './devices';
import type { Energy } from './energy';
import type { EnergyFigures } from './energy-figures';
import type { EventBus } from './event-bus';
import type { Idempotency } from './idempotency';
import type { Intake } from './intake';
import type { MqttAccess } from './mqtt-access';
import type { PasswordReset } from './password-reset';
import type { RequestRates } from './request-rates';
import type { Sessions } from './sessions';
import type { Tariffs } from './tariffs';
import type { Users } from './users';

/** What operations work with. */
export interface Services {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly passwordReset: PasswordReset;
  readonly rates: RequestRates;
  readonly audit: Audit;
  readonly devices: Devices;
  readonly energy: Energy;
  readonly figures: EnergyFigures;
  readonly tariffs: Tariffs;
  readonly access: MqttAccess;
  readonly idempotency: Idempotency;
  readonly events: EventBus;
  readonly intake: Intake;
}
