import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { evaluate } from './condition';
import { clockTime, DEFAULT_NOTIFICATIONS, wantsToHear } from './hearing';
import {
  acknowledged,
  averageResponseTime,
  foundAgain,
  lost,
  raised,
  toAlert,
  type KeptAlert,
  type Trigger,
} from './lifecycle';
import { fillTemplate } from './template';

const smoke: Trigger = {
  source: 'sensor:2',
  type: 'smoke',
  severity: 'warning',
  message: { fr: 'Fumée', en: 'Smoke' },
  sensorId: 2,
  sensor: 'Détecteur',
  location: 'Cuisine',
  finder: 'rule-a',
  cause: '1000 s1',
};

function active(changes: Partial<KeptAlert> = {}): KeptAlert {
  return { id: 7, ...raised(smoke, 1000), ...changes };
}

describe('an alert', () => {
  it('M9: found again it counts; its severity rises and never falls', () => {
    const again = foundAgain(active(), { ...smoke, cause: '2000 s2' }, 2000);
    assert.deepEqual(again, { lastAt: 2000, cause: '2000 s2', count: 2 });
    const risen = foundAgain(active(), { ...smoke, severity: 'critical', cause: null }, 2000);
    assert.deepEqual([risen?.severity, risen?.untold], ['critical', 'raised']);
    const calmer = foundAgain(active({ severity: 'critical' }), { ...smoke, cause: null }, 2000);
    assert.deepEqual([calmer?.severity, calmer?.untold], [undefined, undefined]);
  });

  it('M9: looked at again in the same reading it is nothing new', () => {
    assert.equal(foundAgain(active(), smoke, 2000), null);
  });

  it('is over when the last of those who found it no longer does', () => {
    const both = active({ finders: ['rule-a', 'rule-b'] });
    assert.deepEqual(lost(both, 'rule-b', 3000), { finders: ['rule-a'] });
    assert.deepEqual(lost(active(), 'rule-a', 3000), {
      finders: [],
      activeKey: null,
      resolvedAt: 3000,
      untold: 'resolved',
    });
    assert.equal(lost(active(), 'rule-b', 3000), null);
  });

  it('M10: the first acknowledgement stays; acknowledged is not resolved', () => {
    const seen = active(acknowledged(active(), 'Ama', 2000)!);
    assert.equal(acknowledged(seen, 'Kofi', 3000), null);
    const shown = toAlert(seen, 'fr');
    assert.deepEqual([shown.acknowledged, shown.active, shown.acknowledgedBy], [true, true, 'Ama']);
  });

  it('tells the time to answer as text, or null', () => {
    const after = (ms: number) => active({ acknowledgedAt: 1000 + ms });
    assert.equal(averageResponseTime([active()]), null);
    assert.equal(averageResponseTime([after(90_000), after(150_000), active()]), '2min');
    assert.equal(averageResponseTime([after(45_000)]), '45s');
    assert.equal(averageResponseTime([after(11_100_000)]), '3h 5min');
    assert.equal(averageResponseTime([after(187_200_000)]), '2d 4h');
  });
});

describe('a condition', () => {
  const facts = { value: 21, battery: 15, online: true };

  it('compares, and finds changes', () => {
    const low = { kind: 'compare', field: 'battery', is: '<', than: 20, overAt: 25 } as const;
    assert.equal(evaluate(low, facts, null), 'met');
    assert.equal(evaluate(low, { ...facts, battery: 24 }, null), 'between');
    assert.equal(evaluate(low, { ...facts, battery: 25 }, null), 'clear');
    assert.equal(evaluate(low, { ...facts, battery: null }, null), 'between');
    const opened = { kind: 'compare', field: 'value', is: '==', than: true } as const;
    assert.equal(evaluate(opened, { ...facts, value: true }, null), 'met');
    assert.equal(evaluate(opened, facts, null), 'clear');
    const change = { kind: 'change', field: 'value' } as const;
    assert.equal(evaluate(change, facts, null), 'clear');
    assert.equal(evaluate(change, facts, { ...facts, value: 20 }), 'met');
    assert.equal(evaluate(change, facts, facts), 'clear');
  });
});

describe('a template', () => {
  it('S20: is filled with plain text in both languages, and nothing in it runs', () => {
    const filled = fillTemplate(
      { fr: '{sensor} : {value} {unit}', en: '{sensor}: {value} {unit} {constructor} ${7*7}' },
      { sensor: '<img onerror>\n\u202e{value}', value: 27.5, unit: '°C' },
    );
    assert.equal(filled.fr, '<img onerror>\ufffd\ufffd{value} : 27,5 °C');
    assert.equal(filled.en, '<img onerror>\ufffd\ufffd{value}: 27.5 °C {constructor} ${7*7}');
    assert.deepEqual(fillTemplate({ fr: '{a} {b}', en: '{a} {b}' }, { a: true, b: null }), {
      fr: 'oui –',
      en: 'yes –',
    });
  });
});

describe('who hears', () => {
  const config = { ...DEFAULT_NOTIFICATIONS, minSeverity: 'warning' } as const;

  it('what is severe enough, by the clock of the home', () => {
    assert.ok(!wantsToHear(config, 'info', '12:00'));
    assert.ok(wantsToHear(config, 'warning', '12:00'));
    const at = Date.parse('2026-07-01T22:30:00Z');
    assert.equal(clockTime(at, 'Africa/Lome'), '22:30');
    assert.equal(clockTime(at, 'Europe/Paris'), '00:30');
  });

  it('nothing in quiet hours, also across midnight, but what is critical', () => {
    const night = { ...config, quietHours: { from: '22:00', to: '06:00' } };
    for (const time of ['22:00', '23:59', '00:00', '05:59']) {
      assert.ok(!wantsToHear(night, 'warning', time), time);
      assert.ok(wantsToHear(night, 'critical', time), time);
    }
    for (const time of ['21:59', '06:00', '12:00']) assert.ok(wantsToHear(night, 'warning', time));
    const noon = { ...config, quietHours: { from: '12:00', to: '14:00' } };
    assert.ok(!wantsToHear(noon, 'warning', '13:00'));
    assert.ok(wantsToHear(noon, 'warning', '14:00'));
  });
});
