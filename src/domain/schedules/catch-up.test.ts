import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { judgeSlots, type Due, type MissedPolicy } from './catch-up';
import type { HomeTime, Timing } from './timing';

const LOME: HomeTime = { zone: 'Africa/Lome', place: null };
const at = (time: string) => Date.parse(`2026-11-22T${time}:00Z`);

function due(id: number, time: string, more: Partial<Due> = {}): Due {
  return { id, deviceId: 1, timing: { type: 'daily', time }, policy: 'state', from: 0, ...more };
}

/** What becomes of the slots passed by `now`, as `<schedule> <act> <reason>`. */
function judged(
  schedules: Due[],
  span: { from: string; now: string },
  byHand: Record<number, string> = {},
): string[] {
  const changed = new Map(Object.entries(byHand).map(([id, time]) => [Number(id), at(time)]));
  const from = schedules.map((schedule) => ({ ...schedule, from: at(span.from) }));
  return judgeSlots(from, at(span.now), changed, LOME).map(({ schedule, judgement }) =>
    [schedule.id, ...Object.values(judgement)].join(' '),
  );
}

describe('M11: slots that passed', () => {
  const evening = { from: '17:00', now: '20:00' };

  it('in time run, by whatever policy', () => {
    for (const policy of ['skip', 'run-last', 'state'] as const) {
      const span = { from: '17:59', now: '18:02' };
      assert.deepEqual(judged([due(1, '18:00', { policy })], span), ['1 run']);
    }
  });

  it('during downtime 17–20 h, on at 18:00 and off at 19:00, give one off', () => {
    const [on, off] = [due(1, '18:00'), due(2, '19:00')];
    assert.deepEqual(judged([on, off], evening), ['1 miss replaced', '2 run']);
    assert.deepEqual(judged([off, on], evening), ['1 miss replaced', '2 run']);
  });

  it('of another device are nobody else’s business', () => {
    const schedules = [due(1, '18:00'), due(2, '19:00', { deviceId: 2 })];
    assert.deepEqual(judged(schedules, evening), ['1 run', '2 run']);
  });

  it('by skip are missed', () => {
    assert.deepEqual(judged([due(1, '18:00', { policy: 'skip' })], evening), ['1 miss downtime']);
  });

  it('by state are missed after 6 h, by run-last never', () => {
    const night = { from: '01:00', now: '20:00' };
    const late = (policy: MissedPolicy) => judged([due(1, '13:59', { policy })], night);
    assert.deepEqual(late('state'), ['1 miss downtime']);
    assert.deepEqual(late('run-last'), ['1 run']);
    assert.deepEqual(judged([due(1, '14:00')], night), ['1 run']);
  });

  it('by run-last run once for each schedule', () => {
    const timing: Timing = { type: 'cron', cron: '0 * * * *' };
    const hourly = [1, 2].map((id) => due(id, '', { timing, policy: 'run-last' }));
    assert.deepEqual(judged(hourly, { from: '17:30', now: '19:30' }), [
      '1 miss replaced',
      '2 miss replaced',
      '1 run',
      '2 run',
    ]);
  });

  it('before a change by hand are superseded by it; later ones run', () => {
    const schedules = [due(1, '18:00', { policy: 'run-last' }), due(2, '19:00')];
    const byHand = { 1: '18:30' };
    assert.deepEqual(judged(schedules, evening, byHand), ['1 supersede', '2 run']);
    assert.deepEqual(judged(schedules, evening, { 1: '19:01' }), ['1 supersede', '2 supersede']);
    assert.deepEqual(judged(schedules, evening, { 2: '19:01' }), ['1 run', '2 run']);
  });

  it('of once are never run late', () => {
    const timing: Timing = { type: 'once', time: '18:00', date: '2026-11-22' };
    for (const policy of ['skip', 'run-last', 'state'] as const) {
      assert.deepEqual(judged([due(1, '', { timing, policy })], evening), ['1 miss downtime']);
    }
  });

  it('before the span are not looked at again', () => {
    assert.deepEqual(judged([due(1, '18:00')], { from: '18:00', now: '18:01' }), []);
  });
});
