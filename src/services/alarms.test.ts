import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { settled } from '../../test/support/fake-clock';
import { memoryLogger } from '../../test/support/test-store';
import type { Trigger } from '../domain/alerts/lifecycle';
import { Alarms } from './alarms';

describe('alarms', () => {
  let told: string[];
  let armed: boolean;
  let alarms: Alarms;
  const logger = memoryLogger();
  const trigger: Trigger = {
    ...{ source: 'sensor:1', type: 'motion', severity: 'info', sensorId: 1, sensor: 'Entrée' },
    ...{ location: 'Entrée', finder: 'rule', cause: '1', message: { fr: 'Vu', en: 'Seen' } },
  };

  beforeEach(() => {
    told = [];
    armed = true;
    const alerts = {
      raise: ({ type, severity, message }: Trigger) => {
        told.push(`${type} ${severity} ${message.en}`);
        return Promise.resolve({} as never);
      },
      worsen: ({ type, severity, message }: Trigger) =>
        Promise.resolve(void told.push(`${type} ${severity} ${message.en}`)),
      lost: ({ type }: Pick<Trigger, 'type'>) => Promise.resolve(void told.push(`${type} over`)),
    };
    alarms = new Alarms({
      ...{ alerts, watched: alerts },
      away: { staysArmed: () => Promise.resolve(armed) },
      logger,
    });
  });

  it('M12: motion in a house that stays armed is critical', async () => {
    alarms.raised(trigger);
    await settled();
    assert.deepEqual(told, ['motion critical Seen']);
  });

  it('M12: motion that is seen again while whoever came home has time to say so is one entry, later it is another', async () => {
    for (let i = 0; i < 3; i += 1) alarms.raised(trigger);
    await settled();
    assert.deepEqual(told, ['motion critical Seen']);
    alarms.raised(trigger);
    await settled();
    assert.equal(told.length, 2);
  });

  it('M12: of who came home and said so, and of what no intruder causes, it is not', async () => {
    alarms.raised({ ...trigger, type: 'low_battery' });
    alarms.raised({ ...trigger, severity: 'critical' });
    armed = false;
    alarms.raised(trigger);
    await settled();
    assert.deepEqual(told, []);
  });

  it('M11: a schedule for once that was missed is told, others are not', async () => {
    const fired = {
      ...{ scheduleId: 7, deviceId: 1, device: 'Lampe', action: 'on' as const },
      ...{ slot: '2026-11-22T18:00:00.000Z', outcome: 'missed' as const },
    };
    alarms.scheduleMissed({ ...fired, type: 'daily' });
    alarms.scheduleMissed({ ...fired, type: 'once' });
    await settled();
    assert.deepEqual(told, [
      'schedule_missed warning Schedule missed: Lampe (on), 2026-11-22T18:00:00.000Z',
      'schedule_missed over',
    ]);
    assert.deepEqual(logger.lines, []);
  });
});
