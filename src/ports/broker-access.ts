import { usernameOf } from '../domain/mqtt/topic-rights';

/** Who may connect to the embedded broker, and what they may do there. */
export interface BrokerAccess {
  /** Asked before the broker listens. @throws MQTT_PASSWORD_SHORT when its installer's password is too easy to guess */
  assertSafe(): void;
  /**
   * Who a user name and password speak for; null for nobody.
   * @param address where they come from, if that is known
   * @throws ATTEMPTS_EXCEEDED after too many wrong ones, and what the store throws
   */
  authenticate(username: string, password: string, address: string | null): Promise<Visitor | null>;
  /** Calls back when the standing of visitors has changed in this process: what it hands over says whose, and to what. */
  onChanged(listener: (standingOf: (visitor: Visitor) => Standing) => void): void;
  /** How visitors stand now, in their order: it may have changed in another process, or by time. Never rejects: `good` where nobody can tell. */
  standings(visitors: readonly Visitor[]): Promise<readonly Standing[]>;
}

/** Someone who signed in to the embedded broker. */
export type Visitor =
  | { readonly kind: 'installer' }
  /** A device or meter: its own topics. `names` are its id and its key. */
  | ({ readonly kind: 'device'; readonly deviceId: number } & Named)
  | ({ readonly kind: 'sensor'; readonly sensorId: number } & Named)
  /** A person's page: reads. */
  | {
      readonly kind: 'user';
      readonly accountId: number;
      readonly sessionId: string;
      /** It is asked about again while it is connected. */
      readonly token: string;
    };

interface Named {
  readonly names: readonly string[];
  /** Tells the credentials it came with from those it may get later. */
  readonly credentials: string;
}

/**
 * - `good`: as when it signed in.
 * - `ended`: its sign-in does not count any more; what it is may still do what it could, so its last
 *   will is published.
 * - `gone`: it is deleted, or has other rights: nothing of it counts any more.
 */
export type Standing = 'good' | 'ended' | 'gone';

/** One name for all that one account holds at the broker; no two accounts share it. */
export function accountOf(visitor: Visitor): string {
  switch (visitor.kind) {
    case 'installer':
      return 'installer';
    case 'device':
      return usernameOf({ kind: 'device', id: visitor.deviceId });
    case 'sensor':
      return usernameOf({ kind: 'sensor', id: visitor.sensorId });
    case 'user':
      return `user-${visitor.accountId}`;
  }
}
