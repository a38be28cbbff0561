import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FaultyDisk } from '../../test/support/faulty-disk';
import { SecurityRig } from '../../test/support/security-rig';
import type { Trigger } from '../domain/alerts/lifecycle';

const smoke: Trigger = {
  source: 'sensor:1',
  type: 'smoke',
  severity: 'critical',
  message: { fr: 'Fumée dans la cuisine', en: 'Smoke in the kitchen' },
  sensorId: 1,
  sensor: 'Fumée',
  location: 'Cuisine',
  finder: 'test',
  cause: null,
};

describe('notifications', () => {
  let rig: SecurityRig;
  beforeEach(async () => {
    rig = await SecurityRig.open();
  });
  afterEach(() => rig.remove());

  const outcomes = async () =>
    (await rig.store.sendings.list({ orderBy: 'channel' })).map(
      ({ channel, outcome, attempts }) => `${channel} ${outcome} ${attempts}`,
    );

  const webhookOf = async () => (await rig.store.sendings.get('1:raised-critical:1:webhook'))!;

  it('reach each account as it wants, once, and how each sending ended is kept', async () => {
    const ama = await rig.account('ama');
    const kofi = await rig.account('kofi', { phone: '+228 90 00 00 00' });
    await rig.account('parti', { disabled: true });
    await rig.notifications.change(ama, { email: true, minSeverity: 'warning' });
    const webhookUrl = 'https://sms.example/send';
    await rig.notifications.change(kofi, { push: false, webhookUrl, sms: true });
    for (let i = 0; i < 10; i++) await rig.alerts.raise(smoke);
    await rig.calm();
    const at = new Date(rig.clock.now()).toISOString();
    const told = {
      message: 'Fumée dans la cuisine',
      severity: 'critical',
      alertId: 1,
      timestamp: at,
    };
    assert.deepEqual(rig.pushed, [{ accountId: ama, notification: told }]);
    assert.deepEqual(rig.mails, [
      { to: 'ama@maison.tg', subject: 'Aurion – critique', text: told.message },
    ]);
    assert.deepEqual(rig.posts, [{ url: webhookUrl, body: { ...told, to: '+228 90 00 00 00' } }]);
    assert.deepEqual(await outcomes(), ['email sent 1', 'push sent 1', 'webhook sent 1']);
  });

  it('are not shown on the pages of one who wants none; mails follow their own config', async () => {
    const ama = await rig.account('ama');
    await rig.notifications.change(ama, { email: true });
    rig.unshown.add(ama);
    await rig.alerts.raise(smoke);
    await rig.calm();
    assert.deepEqual(await outcomes(), ['email sent 1']);
    assert.deepEqual(rig.pushed, []);
  });

  it('tell who wants it that it is over', async () => {
    const ama = await rig.account('ama');
    await rig.alerts.raise(smoke);
    await rig.alerts.resolve(smoke);
    await rig.calm();
    assert.equal(rig.pushed.length, 1);
    await rig.notifications.change(ama, { minSeverity: 'success' });
    await rig.alerts.raise(smoke);
    await rig.alerts.resolve(smoke);
    await rig.calm();
    assert.deepEqual(
      rig.pushed.slice(1).map(({ notification }) => [notification.severity, notification.message]),
      [
        ['critical', 'Fumée dans la cuisine'],
        ['success', 'Terminé : Fumée dans la cuisine'],
      ],
    );
  });

  it('F12: a notifier that hangs holds nothing up; it is tried again with a bound', async () => {
    const ama = await rig.account('ama');
    await rig.notifications.change(ama, { email: true, webhookUrl: 'https://slow.example/' });
    rig.webhook = { refuses: () => false, post: () => new Promise<void>(() => undefined) };
    await rig.alerts.raise(smoke);
    const alert = await rig.alerts.list({ limit: 1 });
    assert.equal(alert.length, 1);
    await rig.fakeClock.advance(0);
    await rig.until(() => rig.pushed.length === 1 && rig.mails.length === 1);
    await rig.until(async () => (await webhookOf()).outcome !== 'waiting', 1000);
    await rig.calm();
    assert.deepEqual(await outcomes(), ['email sent 1', 'push sent 1', 'webhook failed 5']);
    assert.match(rig.logger.lines.join('\n'), /could not be sent by webhook: no answer in time/);
  });

  it('F12: what the disk has no room for is sent at once, and once; it is written when there is room, without a restart', async () => {
    const ama = await rig.account('ama');
    await rig.notifications.change(ama, { email: true, webhookUrl: 'https://sms.example/send' });
    await rig.alerts.raise({ ...smoke, type: 'gas' });
    await rig.calm();
    const before = rig.pushed.length;
    const disk = new FaultyDisk();
    const { sendings } = rig.store;
    const insert = sendings.insertIfAbsent.bind(sendings);
    await disk.watch();
    try {
      // The alert itself still fits.
      sendings.insertIfAbsent = (row) => {
        disk.failAt(1);
        return insert(row);
      };
      await rig.alerts.raise(smoke);
      await rig.until(() => rig.posts.length === 2, 10);
      for (let i = 0; i < 50; i++) await rig.fakeClock.advance(3000);
      const sent = [rig.pushed.length - before, rig.mails.length, rig.posts.length];
      assert.deepEqual(sent, [1, 2, 2]);
      assert.equal(rig.happened('alert.raised').length, 2);
    } finally {
      disk.restore();
      sendings.insertIfAbsent = insert;
    }
    await rig.until(async () => (await rig.store.alerts.get(2))?.untold === null, 1000);
    await rig.fakeClock.advance(60_000);
    await rig.calm();
    assert.deepEqual([rig.pushed.length - before, rig.mails.length, rig.posts.length], [1, 2, 2]);
    assert.equal((await rig.store.sendings.list({ where: { outcome: 'sent' } })).length, 6);
  });

  it('F12: a disk that fills up once all is on its way holds no notification back, and doubles none', async () => {
    const ama = await rig.account('ama');
    await rig.notifications.change(ama, { email: true });
    const disk = new FaultyDisk();
    await disk.watch();
    try {
      await rig.alerts.raise(smoke);
      disk.failAt(1);
      await rig.until(() => rig.pushed.length === 1 && rig.mails.length === 1, 10);
      for (let i = 0; i < 60; i++) await rig.fakeClock.advance(3000);
    } finally {
      disk.restore();
    }
    await rig.until(async () => (await outcomes()).every((one) => one.includes('sent')), 1000);
    assert.deepEqual([rig.pushed.length, rig.mails.length], [1, 1]);
  });

  it('a crash between trigger and notification: told after the restart, once', async () => {
    await rig.account('ama');
    await rig.store.alerts.insert({
      activeKey: 'sensor:1:smoke',
      type: 'smoke',
      sensorId: 1,
      sensor: 'Fumée',
      location: 'Cuisine',
      severity: 'critical',
      message: smoke.message,
      firstAt: rig.clock.now(),
      lastAt: rig.clock.now(),
      count: 1,
      cause: null,
      finders: ['test'],
      acknowledged: false,
      acknowledgedAt: null,
      acknowledgedBy: null,
      resolvedAt: null,
      untold: 'raised',
    });
    await rig.stop();
    await rig.start();
    await rig.calm();
    await rig.stop();
    await rig.start();
    await rig.calm();
    assert.deepEqual(
      rig.pushed.map(({ notification }) => notification.alertId),
      [1],
    );
  });

  it('a page that is away for a moment gets its notification when it is back', async () => {
    await rig.account('ama');
    rig.pageIsOpen = false;
    await rig.alerts.raise(smoke);
    await rig.calm();
    assert.equal(rig.pushed.length, 0);
    rig.pageIsOpen = true;
    await rig.fakeClock.advance(3000);
    await rig.calm();
    assert.equal(rig.pushed.length, 1);
    assert.deepEqual(await outcomes(), ['push sent 2']);
  });

  it('the config is each account’s own, and changes what it names', async () => {
    const ama = await rig.account('ama');
    const quietHours = { from: '22:00', to: '06:00' };
    const changed = await rig.notifications.change(ama, { quietHours, email: true });
    assert.deepEqual(changed, {
      email: true,
      push: true,
      sms: false,
      minSeverity: 'info',
      webhookUrl: null,
      quietHours,
    });
    await rig.notifications.change(ama, { quietHours: null });
    assert.equal((await rig.notifications.config(ama)).email, true);
    assert.equal((await rig.notifications.config(ama + 1)).email, false);
  });
});
