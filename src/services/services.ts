import type { Accounts } from './accounts';
import type { Devices } from './devices';
import type { Sessions } from './sessions';

/** What operations work with. */
export interface Services {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly devices: Devices;
}
