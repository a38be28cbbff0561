import assert from 'node:assert/strict';
import { describe as suite, it } from 'mocha';
import { describe } from './events';
import { makeHouse } from './house';

suite('what happens, in a sentence', () => {
  const { devices, sensors, meters } = makeHouse({ devices: 4, sensors: 3, meters: 1 });
  const [lamp, , , other] = devices;
  const command = { status: false, commandId: 'c', attributes: { brightness: 40 } };

  it('names the device and what it was told', () => {
    assert.equal(
      describe({ kind: 'command-received', device: lamp!, command }),
      'Lumière Salon (device 1): Aurion says switch off, brightness 40',
    );
  });

  it('says how it answered, late or against what it was told', () => {
    const answer = { kind: 'command-answered', device: other!, command, powerW: 38.9 } as const;
    assert.equal(
      describe({ ...answer, on: false, powerW: 0, afterMs: 3 }),
      'sim-light-4: answers "off, 0 W"',
    );
    assert.equal(
      describe({ ...answer, on: true, afterMs: 2345 }),
      'sim-light-4: answers "on, 38.9 W" after 2.3 s, against what it was told',
    );
  });

  it('says what sensors and meters say', () => {
    const [motion, smoke, temperature] = sensors;
    const say = (sensor: typeof motion, value: boolean | number) =>
      describe({ kind: 'sensed', sensor: sensor!, value });
    assert.equal(say(motion, true), 'Détecteur de Mouvement - Entrée (sensor 1): something moves');
    assert.equal(say(smoke, false), 'Détecteur de Fumée - Cuisine (sensor 2): the smoke is gone');
    assert.equal(say(temperature, 27.1), 'sim-temperature-3: 27.1 °C');
    assert.equal(
      describe({ kind: 'metered', meter: meters[0]!, powerW: 350.5, energyKWh: 4000.12345 }),
      'sim-meter-1: 350.5 W, counter 4000.123 kWh',
    );
  });
});
