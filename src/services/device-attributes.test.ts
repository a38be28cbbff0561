import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import { device, type Device } from '../contract/device';
import { initialState, reported, toDevice, told, type Registered } from '../domain/devices/state';

const ROW: Registered = {
  ...{ id: 1, name: 'Lampe', type: 'light' as const, room: 'Salon', powerW: 9, key: null },
  ...{ icon: null, main: false, intervalS: null, maxPowerW: null, counterMaxKWh: null },
  ...{ resetsToZero: false, createdAt: 0 },
};

const OWN = Object.keys(device.shape);

describe('what a device reports beside its status', () => {
  let rig: EnergyRig;
  beforeEach(async () => {
    rig = await EnergyRig.open();
    await rig.devices.create({ name: 'Lampe', type: 'light', room: 'Salon', power: 9 });
    await rig.devices.create({ name: 'Autre', type: 'light', room: 'Salon' });
  });
  afterEach(() => rig.remove());

  const says = (body: object) => rig.link.say('aurion/devices/1/status', body);
  const heard = () =>
    rig.events.filter(({ event }) => event === 'device.status').map(({ data }) => data as Device);

  it('is in the list, in one device, in what a command answers, and in events', async () => {
    says({ status: true, brightness: 40, colorTemperature: 2700, mode: 'soft' });
    const shown = { brightness: 40, colorTemperature: 2700, mode: 'soft' };
    const commanded = rig.devices.command(1, () => ({ attributes: { brightness: 60 } }));
    for (const { brightness, colorTemperature, mode } of [
      rig.devices.list()[0]!,
      rig.devices.get(1),
      heard()[0]!,
    ]) {
      assert.deepEqual({ brightness, colorTemperature, mode }, shown);
    }
    while (rig.link.published.length === 0) await rig.clock.advance(0);
    says({ brightness: 60 });
    assert.equal((await commanded)['brightness'], 60);
    assert.equal(heard().at(-1)?.['brightness'], 60);
    says({ brightness: 60 });
    assert.equal(heard().length, 2);
  });

  it('never stands in the place of what Aurion says itself', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    const name = fc.oneof(fc.constantFrom(...OWN), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (attributes) => {
        const rest = Object.fromEntries(
          // Of these a report has the word.
          Object.entries(attributes).filter(([each]) => !['power', 'temperature'].includes(each)),
        );
        const before = initialState(1);
        const plain = toDevice(ROW, reported(before, { attributes: {} }, null));
        const shown = toDevice(ROW, reported(before, { attributes: rest }, null));
        for (const own of OWN) assert.deepEqual(shown[own], plain[own]);
        for (const each of Object.keys(rest)) {
          if (!OWN.includes(each)) assert.equal(shown[each], rest[each]);
        }
      }),
    );
  });

  it('F13: is bounded, whatever is reported and commanded', () => {
    let state = initialState(1);
    for (let i = 0; i < 200; i++) {
      state = told(reported(state, { attributes: { [`said${i}`]: i } }, 0), {
        attributes: { [`told${i}`]: i },
      });
    }
    assert.equal(Object.keys(state.reported).length, 64);
    assert.equal(state.reported['told199'], 199);
  });

  it('is made anew for the device that changed alone: the list shares the others', () => {
    const before = rig.devices.list();
    says({ brightness: 1 });
    const after = rig.devices.list();
    assert.notEqual(after, before);
    assert.notEqual(after[0], before[0]);
    assert.equal(after[1], before[1]);
    assert.ok(Object.isFrozen(after[1]) && Object.isFrozen(after));
    assert.equal(rig.devices.list(), after);
  });

  it('is told apart in the sidebar by the fields of the contract', async () => {
    const path = join(__dirname, '..', '..', 'resources', 'sidebar', 'attributes.mjs');
    const sidebar = (await import(pathToFileURL(path).href)) as {
      readonly OWN_FIELDS: readonly string[];
      attributesOf(shown: object): readonly (readonly [string, unknown])[];
    };
    assert.deepEqual([...sidebar.OWN_FIELDS].sort(), [...OWN].sort());
    const shown = { id: 1, name: 'x', brightness: 40, nested: {} };
    assert.deepEqual(sidebar.attributesOf(shown), [['brightness', 40]]);
  });
});
