import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { deviceRights, installerRights, isAllowed, sensorRights, userRights } from './topic-rights';

describe('topic rights', () => {
  const device = deviceRights('aurion', ['7', 'lampe']);
  const user = userRights('aurion');

  it('S16: a device publishes and reads its own topics only', () => {
    for (const topic of ['aurion/devices/7/status', 'aurion/devices/lampe/availability']) {
      assert.ok(isAllowed(device.publish, topic), topic);
    }
    for (const topic of [
      'aurion/devices/8/status',
      'aurion/devices/7/command',
      'aurion/devices/7/status/x',
      'aurion/alerts/1',
      'other/devices/7/status',
      '$SYS/x',
    ]) {
      assert.ok(!isAllowed(device.publish, topic), topic);
    }
    for (const filter of ['aurion/devices/7/command', 'aurion/devices/7/#', 'aurion/devices/7/+']) {
      assert.ok(isAllowed(device.subscribe, filter), filter);
    }
    for (const filter of [
      '#',
      '+/devices/7/command',
      'aurion/#',
      'aurion/devices/+/command',
      'aurion/devices/#',
    ]) {
      assert.ok(!isAllowed(device.subscribe, filter), filter);
    }
  });

  it('S16: a sensor publishes and reads its own topics only', () => {
    const sensor = sensorRights('aurion', ['3', 'fumee']);
    for (const topic of ['aurion/sensors/3/data', 'aurion/sensors/fumee/data']) {
      assert.ok(isAllowed(sensor.publish, topic), topic);
      assert.ok(isAllowed(sensor.subscribe, topic), topic);
    }
    assert.ok(!isAllowed(sensor.publish, 'aurion/sensors/3/data/x'));
    for (const topic of [
      'aurion/sensors/4/data',
      'aurion/devices/3/status',
      'aurion/energy/3/data',
      'aurion/alerts/3',
    ]) {
      assert.ok(!isAllowed(sensor.publish, topic), topic);
      assert.ok(!isAllowed(sensor.subscribe, topic), topic);
    }
  });

  it('S16: a person reads status, alerts and consumption, and publishes nothing', () => {
    for (const filter of [
      'aurion/devices/7/status',
      'aurion/devices/+/status',
      'aurion/alerts/#',
      'aurion/energy/consumption',
    ]) {
      assert.ok(isAllowed(user.subscribe, filter), filter);
    }
    for (const filter of [
      '#',
      'aurion/#',
      'aurion/devices/#',
      'aurion/devices/+/command',
      'aurion/energy/#',
    ]) {
      assert.ok(!isAllowed(user.subscribe, filter), filter);
    }
    assert.ok(!isAllowed(user.publish, 'aurion/devices/7/command'));
  });

  it('the installer has all of the home and nothing else', () => {
    const { subscribe } = installerRights('aurion');
    assert.ok(isAllowed(subscribe, 'aurion/#') && isAllowed(subscribe, 'aurion/devices/+/command'));
    for (const filter of ['#', '$SYS/#', '+/devices', 'aurionx/devices']) {
      assert.ok(!isAllowed(subscribe, filter), filter);
    }
  });

  it('an allowed filter never matches a topic that is not allowed', () => {
    const level = fc.constantFrom('aurion', 'devices', '7', '8', 'status', 'command', 'alerts');
    const topic = fc.array(level, { minLength: 1, maxLength: 5 });
    const filter = fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(topic, filter, fc.boolean(), (levels, parts, open) => {
        const asked = open ? [...parts, '#'] : parts;
        for (const allowed of [device.subscribe, user.subscribe]) {
          if (!isAllowed(allowed, asked.join('/')) || !matches(asked, levels)) continue;
          assert.ok(allowed.some((pattern) => matches(pattern.split('/'), levels)));
        }
      }),
    );
  });
});

/** MQTT 3.1.1 §4.7, written plainly. */
function matches([first, ...rest]: readonly string[], levels: readonly string[]): boolean {
  if (first === '#') return true;
  if (first === undefined) return levels.length === 0;
  const [level, ...others] = levels;
  if (level === undefined) return false;
  return (first === '+' || first === level) && matches(rest, others);
}
