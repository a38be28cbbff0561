import type { Accounts } from './accounts';
import type { Devices } from './devices';
import type { EventBus } from './event-bus';
import type { Idempotency } from './idempotency';
import type { Intake } from './intake';
import type { MqttAccess } from './mqtt-access';
import type { Sessions } from './sessions';

/** What operations work with. */
export interface Services {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly access: MqttAccess;
  readonly idempotency: Idempotency;
  readonly events: EventBus;
  readonly intake: Intake;
}
