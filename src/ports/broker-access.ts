/** Who may connect to the embedded broker, and what they may do there. */
export interface BrokerAccess {
  /** Who a user name and password speak for; null for nobody. */
  authenticate(username: string, password: string): Promise<Visitor | null>;
  /** Calls back when visitors must leave at once: their password changed, their session ended. */
  onRevoked(listener: (isRevoked: (visitor: Visitor) => boolean) => void): void;
}

/** Someone connected to the embedded broker. */
export type Visitor =
  | { readonly kind: 'installer' }
  /** A device or meter: its own topics. `names` are its id and its key. */
  | { readonly kind: 'device'; readonly deviceId: number; readonly names: readonly string[] }
  | { readonly kind: 'sensor'; readonly sensorId: number; readonly names: readonly string[] }
  /** A person's page: reads. `token` is asked about again while it is connected. */
  | {
      readonly kind: 'user';
      readonly accountId: number;
      readonly sessionId: string;
      readonly recheck: () => Promise<boolean>;
    };
