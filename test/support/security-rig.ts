import { systemRandom } from '../../src/adapters/crypto/random';
import type { HomeEvent, Notification } from '../../src/contract/events';
import { createTopics } from '../../src/contract/topics';
import type { Notifier, NotifierMessage } from '../../src/ports/notifier';
import type { Store } from '../../src/ports/store';
import type { Webhook } from '../../src/ports/webhook';
import { AlertRules } from '../../src/services/alert-rules';
import { Alerts } from '../../src/services/alerts';
import { EventBus } from '../../src/services/event-bus';
import { Health } from '../../src/services/health';
import { Intake } from '../../src/services/intake';
import { Notifications } from '../../src/services/notifications';
import { Sender } from '../../src/services/sender';
import { Sensors } from '../../src/services/sensors';
import { WatchedAlerts } from '../../src/services/watched-alerts';
import { FakeClock, settled } from './fake-clock';
import { MemoryJournal, RecordingLink } from './test-link';
import { memoryLogger, openTestStore } from './test-store';

/** The services of sensors and alerts over a real store, and what they say outside. */
export class SecurityRig {
  readonly logger = memoryLogger();
  readonly events: HomeEvent[] = [];
  readonly pushed: { accountId: number; notification: Notification }[] = [];
  readonly mails: NotifierMessage[] = [];
  readonly posts: { url: string; body: unknown }[] = [];
  link!: RecordingLink;
  sensors!: Sensors;
  alerts!: Alerts;
  watched!: WatchedAlerts;
  rules!: AlertRules;
  notifications!: Notifications;
  sender!: Sender;
  intake!: Intake;
  /** Accounts that chose to see no notifications. */
  readonly unshown = new Set<number>();
  /** Whether somebody's page is open. */
  pageIsOpen = true;
  mail: Notifier = { send: (message) => Promise.resolve(void this.mails.push(message)) };
  webhook: Webhook = {
    refuses: () => false,
    post: (url, body) => Promise.resolve(void this.posts.push({ url, body })),
  };

  constructor(
    readonly store: Store,
    readonly fakeClock = new FakeClock(),
    readonly journal = new MemoryJournal(),
    private readonly removeStore: () => Promise<void> = () => Promise.resolve(),
  ) {}

  get clock(): FakeClock {
    return this.fakeClock;
  }

  static async open(): Promise<SecurityRig> {
    const opened = await openTestStore();
    const rig = new SecurityRig(opened.store, new FakeClock(), new MemoryJournal(), () =>
      opened.remove(),
    );
    await rig.start();
    return rig;
  }

  /** Starts everything as a home does; again after `stop`, or after nothing, as after a crash. */
  async start(): Promise<void> {
    const { store, clock, logger, journal } = this;
    this.link = new RecordingLink();
    const { link } = this;
    const events = new EventBus(clock, logger);
    events.on((event) => void this.events.push(event));
    const ports = { store, clock, logger, link, events, topics: createTopics('aurion') };
    this.alerts = new Alerts(ports, 'fr');
    this.watched = new WatchedAlerts(ports, this.alerts);
    this.notifications = new Notifications(
      ports,
      { timeZone: 'Africa/Lome' },
      () => false,
      (accountId) => !this.unshown.has(accountId),
    );
    const { notifications } = this;
    const mail: Notifier = { send: (message) => this.mail.send(message) };
    const webhook: Webhook = {
      refuses: () => false,
      post: (url, body) => this.webhook.post(url, body),
    };
    this.sender = new Sender({ ...ports, mail, webhook, notifications }, () => 'fr');
    this.sender.onPush((notification, accountId) => {
      if (this.pageIsOpen) this.pushed.push({ accountId, notification });
      return this.pageIsOpen;
    });
    this.rules = new AlertRules(ports, this.alerts, () => this.sensors.sensing());
    const { rules } = this;
    this.sensors = new Sensors(ports, {
      sensed: (sensing) => rules.sensed(sensing),
      gone: (id) => rules.sensorGone(id),
      rightsChanged: () => undefined,
    });
    this.alerts.onChanged((alert) => this.notifications.hear(alert));
    await this.sensors.start();
    await this.alerts.start();
    await this.watched.start();
    this.rules.start();
    this.intake = new Intake({ link, journal, clock, logger, health: new Health(clock, logger) }, [
      this.sensors,
    ]);
    await this.intake.start();
    this.sender.start();
  }

  async stop(): Promise<void> {
    await this.intake.stop();
    this.sensors.stop();
    await this.rules.stop();
    await this.watched.stop();
    await this.alerts.stop();
    await this.sender.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.removeStore();
  }

  async account(
    name: string,
    changes: { phone?: string; disabled?: boolean } = {},
  ): Promise<number> {
    const email = `${name}@maison.tg`;
    const { id } = await this.store.accounts.insert({
      name,
      email,
      emailKey: email,
      phone: null,
      role: 'user',
      passwordHash: systemRandom.token(8),
      disabled: false,
      founder: null,
      createdAt: this.clock.now(),
      ...changes,
    });
    return id;
  }

  /** A sensor's message. */
  say(
    sensor: number | string,
    payload: unknown,
    flags?: { retained?: boolean; duplicate?: boolean },
  ) {
    this.link.say(`aurion/sensors/${sensor}/data`, payload, flags);
  }

  /** What happened of this name. */
  happened(event: HomeEvent['event']): HomeEvent[] {
    return this.events.filter((one) => one.event === event);
  }

  /** Resolves when it is so, moving the clock by so much between looks; a test's own time-out bounds it. */
  async until(condition: () => boolean | Promise<boolean>, stepMs = 0): Promise<void> {
    while (!(await condition())) await this.fakeClock.advance(stepMs);
  }

  /** Lets everything that waits for its turn or the disk run. */
  async calm(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await this.rules.idle();
      await this.fakeClock.advance(0);
      await this.sender.idle();
      await settled();
    }
  }
}
