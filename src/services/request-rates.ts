import { AurionError } from '../contract/errors';
import type { OperationDeclaration, Origin } from '../contract/operation';
import { addressGroup } from '../domain/limits/address-group';
import { takeToken, type Bucket } from '../domain/limits/token-bucket';
import type { Clock } from '../ports/clock';

/** Requests a minute, by what they do; as many can come at once. A page that asks for ten things every ten seconds needs 60 reads. */
export const RATES = {
  account: { read: 600, write: 120, command: 120 },
  /** A family shares one. */
  address: { read: 1800, write: 360, command: 360 },
} as const;

type OperationClass = keyof (typeof RATES)['account'];

/** A full bucket need not be kept; beyond this many those are dropped. */
const BUCKETS_MAX = 10_000;
const FULL_AFTER_MS = 60_000;

/** How many requests an account and an address may make: generous, for this process alone, in memory. */
export class RequestRates {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly clock: Clock,
    private readonly enabled: boolean,
  ) {}

  /**
   * Counts a request.
   * @throws RATE_EXCEEDED with the seconds until the next may come
   */
  take(operation: OperationDeclaration, accountId: number | null, { address }: Origin): void {
    if (!this.enabled) return;
    const does = classOf(operation);
    if (accountId !== null) this.takeFrom(`${does}:${accountId}`, RATES.account[does]);
    if (address !== null) this.takeFrom(`${does}:${addressGroup(address)}`, RATES.address[does]);
  }

  private takeFrom(key: string, perMinute: number): void {
    const nowMs = this.clock.monotonicMs();
    const { bucket, waitMs } = takeToken(this.buckets.get(key), perMinute, nowMs);
    if (this.buckets.size >= BUCKETS_MAX && !this.buckets.has(key)) this.dropFull(nowMs);
    this.buckets.set(key, bucket);
    if (waitMs === 0) return;
    const seconds = Math.ceil(waitMs / 1000);
    throw new AurionError('RATE_EXCEEDED', {
      params: { seconds: String(seconds) },
      retryAfterS: seconds,
    });
  }

  private dropFull(nowMs: number): void {
    for (const [key, { atMs }] of this.buckets) {
      if (nowMs - atMs >= FULL_AFTER_MS) this.buckets.delete(key);
    }
    // More addresses in a minute than a house has: nobody is remembered rather than memory filled.
    if (this.buckets.size >= BUCKETS_MAX) this.buckets.clear();
  }
}

function classOf({ readOnly, takesMessage, commands }: OperationDeclaration): OperationClass {
  // What things say comes as often as what pages ask.
  if (readOnly || takesMessage) return 'read';
  return commands ? 'command' : 'write';
}
