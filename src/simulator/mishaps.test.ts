import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { advance, BEGINNING } from '../domain/energy/checkpoint';
import type { Reading } from '../domain/energy/reading';
import { microWh } from '../domain/energy/units';
import { makeHouse } from './house';
import { initialMeter } from './meters';
import { asBrought, pastReadings, type PastReading } from './mishaps';
import { createRandom } from './random';

const DAY_MS = 86_400_000;
const FROM = Date.parse('2025-11-01T00:00:00Z');

function past(days: number, perDay: number): PastReading[] {
  const meters = makeHouse({ meters: 1 }).meters.map((description) => ({
    description,
    state: initialMeter(description),
    random: createRandom(1, 'past'),
  }));
  const span = { from: FROM, to: FROM + days * DAY_MS, everyMs: 300_000, perDay };
  return [...pastReadings(meters, span)].filter(({ heard }) => heard);
}

function counted(readings: readonly PastReading[]) {
  const said = readings.map(({ state: { meter }, at }): Reading => ({
    ...{ timestamp: at, receivedAt: at, seq: meter.seq, powerW: meter.powerW },
    ...{ energy: microWh(meter.energyKWh), redelivered: false },
  }));
  const declaration = { intervalS: 300, maxPowerW: null, counterMaxKWh: null, resetsToZero: false };
  return advance(declaration, BEGINNING, said);
}

describe('the past of a simulated meter', () => {
  it('without mishaps is counted to the last watt-hour', () => {
    const readings = past(7, 0);
    assert.equal(readings.length, 7 * 288);
    const flowed = readings.at(-1)?.state.flowedKWh ?? 0;
    const sum = counted(readings).slices.reduce((total, { energy }) => total + energy, 0);
    assert.ok(Math.abs(sum - microWh(flowed)) <= 1e6);
  });

  it('M1: has gaps, resets and power cuts that take the counter back, and is never negative', () => {
    const readings = past(20, 3);
    const { slices, events } = counted(readings);
    assert.ok(readings.length < 20 * 288);
    const names = new Set(events.map(({ event }) => event));
    assert.deepEqual([...names].sort(), ['device.restarted', 'meter.reset']);
    assert.ok(slices.every(({ energy }) => energy >= 0));
    assert.ok(slices.some(({ quality }) => quality === 'recovered'));
  });

  it('is the same for the same seed', () => {
    assert.deepEqual(past(3, 2), past(3, 2));
  });

  it('M6: comes twice and late over a bad network, and nothing is lost on the way', () => {
    const sent = past(3, 2);
    const came = [...asBrought(sent, createRandom(1, 'network'))];
    assert.deepEqual(new Set(came), new Set(sent));
    assert.ok(came.length > sent.length);
    const late = came.filter(({ at }, i) => came.slice(0, i).some((other) => other.at > at));
    assert.ok(late.length > 10);
    assert.deepEqual(counted(came.toSorted((a, b) => a.at - b.at)).buckets, counted(sent).buckets);
  });
});
