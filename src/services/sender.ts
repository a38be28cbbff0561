import { AurionError } from '../contract/errors';
import type { Notification } from '../contract/events';
import type { Language, Text } from '../contract/language';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { Notifier } from '../ports/notifier';
import { ALONE, type Peers } from '../ports/peers';
import type { SendingChannel, SendingRow, Store } from '../ports/store';
import type { Webhook } from '../ports/webhook';
import {
  subjectOf,
  textOfSending,
  textsOf,
  toNotification,
  type Notifications,
} from './notifications';
import type { SendingState } from './sendings-ahead';

const TICK_MS = 1000;
const AT_ONCE_MAX = 50;
/** A sending that takes longer has failed. */
const TIMEOUT_MS = 30_000;
/** Whoever claimed a sending and says nothing for so long has died: another takes it. */
const CLAIMED_MS = TIMEOUT_MS + 5000;

/** How long until each further try. */
const RETRY_AFTER_S: Readonly<Record<SendingChannel, readonly number[]>> = {
  // Until a page is open, or comes back after a restart.
  push: [1, 2, 3, 5, 10, 20, 30, 60, 120],
  email: [5, 30, 120, 600],
  webhook: [5, 30, 120, 600],
};

/** Shows a notification on an account's open pages, on each in its own language; false if there is none. */
export type Push = (notification: Notification, accountId: number, texts?: Text) => boolean;

const SENT: Partial<SendingRow> = { outcome: 'sent', dueAt: null, problem: null };

/** It will never go. */
class Hopeless extends Error {}

/** Nobody waits for it any more: the home stops. */
class Abandoned extends Error {}

/**
 * Sends what waits in the store, each channel on its own: what hangs holds nothing up (QUALITY F12).
 * A sending is claimed before it is tried, so that of several processes one sends it; after a crash
 * it is tried again.
 */
export class Sender {
  private push: Push = () => false;
  private readonly underWay = new Set<Promise<void>>();
  /** Sendings that are being tried, by id. */
  private readonly trying = new Set<string>();
  private readonly abandons = new Set<() => void>();
  private timer: Timer | undefined;
  private pumping = false;
  private isWoken = false;
  private resuming: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
      /** Null while no mail server is set. */
      readonly mail: Notifier | null;
      readonly webhook: Webhook;
      readonly notifications: Notifications;
      readonly peers?: Peers;
    },
    /** What an account reads. */
    private readonly languageOf: (accountId: number) => Language,
    /** Whether other processes send what waits, too. */
    private readonly shared = false,
  ) {}

  /** Where notifications for open pages go. */
  onPush(push: Push): void {
    this.push = push;
  }

  start(): void {
    const { notifications, peers = ALONE } = this.ports;
    notifications.onWaiting(() => this.wake());
    notifications.onUnstored((sending) => this.tryUnstored(sending));
    peers.onMessage((message) => {
      if (message.kind !== 'notification') return;
      const { sendingId, accountId, notification, texts } = message;
      if (this.push(notification, accountId, texts)) void this.settle(sendingId, SENT);
    });
    this.resuming = this.shared ? undefined : this.resume();
    this.plan(0);
  }

  /** What is under way is left alone, and tried again at the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    for (const abandon of this.abandons) abandon();
    await this.idle();
  }

  /** Nobody else has claimed what waits: an earlier run did, which has ended. Never rejects. */
  private async resume(): Promise<void> {
    const { store, clock, logger } = this.ports;
    try {
      const now = clock.now();
      const where = { outcome: 'waiting' } as const;
      const range = { field: 'dueAt', from: now + 1 } as const;
      for (const { id } of await store.sendings.list({ where, range })) {
        await store.sendings.update(id, { dueAt: now }, where);
      }
    } catch (error) {
      logger.debug(`Notifications of an earlier run wait: ${String(error)}`);
    }
  }

  /** Resolves when what is due now has been tried. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private wake(): void {
    this.timer?.cancel();
    this.plan(0);
  }

  private plan(delayMs: number): void {
    if (this.stopped) return;
    this.timer = this.ports.clock.schedule(delayMs, () => {
      const round = this.pump().then(() => {
        this.underWay.delete(round);
        this.timer?.cancel();
        if (!this.pumping) this.plan(this.isWoken ? 0 : TICK_MS);
      });
      this.underWay.add(round);
    });
  }

  /** Never rejects. */
  private async pump(): Promise<void> {
    if (this.pumping) {
      // What came meanwhile is not in this round.
      this.isWoken = true;
      return;
    }
    this.pumping = true;
    this.isWoken = false;
    await this.resuming;
    const { store, clock, logger } = this.ports;
    try {
      const due = await store.sendings.list({
        where: { outcome: 'waiting' },
        range: { field: 'dueAt', to: clock.now() + 1 },
        orderBy: 'dueAt',
        limit: AT_ONCE_MAX,
      });
      await Promise.all(due.map((sending) => this.claim(sending)));
      if (due.length === AT_ONCE_MAX) this.isWoken = true;
    } catch (error) {
      logger.debug(`Notifications wait: ${String(error)}`);
    } finally {
      this.pumping = false;
    }
  }

  /**
   * Tries it if nobody else does. Where the store takes no claim, the only process that sends tries it
   * all the same: a full disk keeps no alarm back.
   */
  private async claim(stored: SendingRow): Promise<void> {
    const { store, clock, notifications } = this.ports;
    const { id } = stored;
    if (this.trying.has(id)) return;
    const known = notifications.ahead.of(id);
    const sending = { ...stored, ...known };
    if (known && !isDue(sending, clock.now())) return this.settle(id, known);
    const claim = { attempts: sending.attempts + 1, dueAt: clock.now() + CLAIMED_MS };
    let claimed: SendingRow | null;
    let isStored = true;
    try {
      const expected = { attempts: stored.attempts, outcome: 'waiting' as const };
      claimed = await store.sendings.update(id, claim, expected);
    } catch (error) {
      if (this.shared) throw error;
      claimed = { ...sending, ...claim };
      isStored = false;
    }
    if (claimed) this.try(claimed, isStored);
  }

  /** Called again and again until it is stored: it is tried when it is due, as one that is stored. */
  private tryUnstored(sending: SendingRow): void {
    const { clock, notifications } = this.ports;
    const now = { ...sending, ...notifications.ahead.of(sending.id) };
    if (!isDue(now, clock.now())) return;
    this.try({ ...now, attempts: now.attempts + 1 }, false);
  }

  /** @param isStored false: the store does not know of this try */
  private try(sending: SendingRow, isStored: boolean): void {
    const { id } = sending;
    if (this.stopped || this.trying.has(id)) return;
    this.trying.add(id);
    const trying = this.attempt(sending, isStored).finally(() => {
      this.trying.delete(id);
      this.underWay.delete(trying);
    });
    this.underWay.add(trying);
  }

  /** Never rejects: a failure is kept with the sending, and tried again while there is hope. */
  private async attempt(sending: SendingRow, isStored: boolean): Promise<void> {
    const { id, attempts } = sending;
    let result: Partial<SendingRow> = SENT;
    try {
      await this.within(TIMEOUT_MS, this.send(sending));
    } catch (error) {
      result = this.afterFailure(sending, error);
    }
    if (isStored) await this.settle(id, result, attempts);
    else this.ports.notifications.ahead.set(id, { attempts, ...result });
  }

  /** Never rejects. What another process has sent stays sent; what can't be written is remembered until it can. */
  private async settle(id: string, result: SendingState, attempts?: number): Promise<void> {
    const { store, logger, notifications } = this.ports;
    const expected = { outcome: 'waiting' as const, ...(attempts !== undefined && { attempts }) };
    try {
      await store.sendings.update(id, result, expected);
      notifications.ahead.delete(id);
    } catch (error) {
      notifications.ahead.set(id, result);
      logger.debug(`How a sending ended is not written: ${String(error)}`);
    }
  }

  private afterFailure(
    { alertId, channel, attempts }: SendingRow,
    error: unknown,
  ): Partial<SendingRow> {
    const { clock, logger } = this.ports;
    if (error instanceof Abandoned) return { attempts: attempts - 1, dueAt: clock.now() };
    const problem = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
    const isHopeless =
      error instanceof Hopeless ||
      (error instanceof AurionError && error.code === 'ADDRESS_FORBIDDEN');
    const afterS = isHopeless ? undefined : RETRY_AFTER_S[channel][attempts - 1];
    if (afterS !== undefined) return { dueAt: clock.now() + afterS * 1000, problem };
    // That nobody had a page open is no fault.
    if (channel !== 'push') {
      logger.warn(`Alert ${alertId} could not be sent by ${channel}: ${problem}`);
    }
    return { outcome: 'failed', dueAt: null, problem };
  }

  private async send(sending: SendingRow): Promise<void> {
    const { store, notifications, mail, webhook } = this.ports;
    const { accountId, channel, severity, alertId, at } = sending;
    const account = await store.accounts.get(accountId);
    if (!account || account.disabled) throw new Hopeless('the account is gone');
    const notification = toNotification(sending, this.languageOf(sending.accountId));
    if (channel === 'push') {
      const { peers = ALONE } = this.ports;
      const texts = textsOf(sending);
      peers.tell({ kind: 'notification', sendingId: sending.id, accountId, notification, texts });
      if (!this.push(notification, accountId, texts)) throw new Error('no page is open');
      return;
    }
    if (channel === 'email') {
      if (!mail) throw new Hopeless('no mail server is set');
      const language = this.languageOf(sending.accountId);
      const text = textOfSending(sending, sending.message[language], language);
      await mail.send({ to: account.email, subject: subjectOf(sending, language), text });
      return;
    }
    const { webhookUrl, sms } = await notifications.config(accountId);
    if (webhookUrl === null) throw new Hopeless('there is no address any more');
    await webhook.post(webhookUrl, {
      message: notification.message,
      severity,
      alertId,
      timestamp: new Date(at).toISOString(),
      ...(sms && account.phone !== null && { to: account.phone }),
    });
  }

  private within(ms: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const abandon = () => reject(new Abandoned());
      const timer = this.ports.clock.schedule(ms, () => {
        this.abandons.delete(abandon);
        reject(new Error('no answer in time'));
      });
      this.abandons.add(abandon);
      const done = () => {
        timer.cancel();
        this.abandons.delete(abandon);
      };
      work.finally(done).then(resolve, reject);
    });
  }
}

function isDue({ outcome, dueAt }: SendingRow, now: number): boolean {
  return outcome === 'waiting' && dueAt !== null && dueAt <= now;
}
