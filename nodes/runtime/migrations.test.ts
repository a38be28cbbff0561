import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import packageJson from '../../package.json';
import { isNewer, migrate, versionOf } from './migrations';

const TYPES = Object.keys(packageJson['node-red'].nodes);
const COMMON = { id: 'n', name: 'Salon', home: 'h', wires: [[]] };

/** What each step makes of the values that the dialog before it wrote. */
const STEPS: Readonly<Record<string, readonly (readonly [before: object, after: object])[]>> = {
  'aurion-device': [
    [
      { operation: 'devices.get', target: '2', role: 'user' },
      { operation: 'devices.get', target: '2', role: 'user', targetType: 'device', listen: '' },
    ],
  ],
  'aurion-sensor': [
    [
      { operation: '', target: 'porte', listen: 'readings' },
      { operation: '', target: 'porte', listen: 'readings', targetType: 'sensor' },
    ],
  ],
  'aurion-alert': [
    [
      { operation: 'alerts.acknowledge', target: '7', rule: 'compare' },
      { operation: 'alerts.acknowledge', target: '7', rule: 'compare', targetType: 'alert' },
    ],
  ],
  'aurion-energy': [
    [
      { operation: 'energy.reading', target: '4' },
      { operation: 'energy.reading', target: '4', targetType: 'meter', listen: '' },
    ],
  ],
};

describe('the migrations of the dialogs’ values', () => {
  it('know every node', () => {
    for (const type of TYPES) assert.equal(versionOf(type), 1, type);
  });

  for (const type of TYPES) {
    it(`${type}: each step gives what the next version’s dialog writes, and touches nothing else`, () => {
      const steps = STEPS[type] ?? [[{}, {}]];
      assert.equal(steps.length, versionOf(type));
      for (const [version, [before, after]] of steps.entries()) {
        const saved = { ...COMMON, ...before, ...(version > 0 && { version }) };
        const asItWas = structuredClone(saved);
        const migrated = migrate(type, saved);
        assert.deepEqual(migrated, { ...COMMON, ...after, version: versionOf(type) });
        assert.deepEqual(saved, asItWas);
        assert.equal(migrate(type, migrated), migrated);
      }
    });
  }

  it('make of the old operation `listen` of energy what its nodes say now', () => {
    const old = { ...COMMON, operation: 'listen', target: '' };
    assert.deepEqual(migrate('aurion-energy', old), {
      ...{ ...COMMON, operation: '', target: '', listen: 'slices', targetType: 'meter' },
      version: 1,
    });
  });

  it('keep what a flow without a version says in new words', () => {
    const written = { ...COMMON, target: 'payload.lamp', targetType: 'msg', listen: 'status' };
    assert.deepEqual(migrate('aurion-device', written), { ...written, version: 1 });
  });

  it('leave alone what comes from a newer version, and say so', () => {
    const newer = { ...COMMON, version: 99, operation: 'listen' };
    assert.equal(migrate('aurion-energy', newer), newer);
    assert.equal(isNewer('aurion-energy', newer), true);
    for (const version of [undefined, 0, 1, '99', NaN, -1]) {
      assert.equal(isNewer('aurion-energy', { version }), false, String(version));
    }
  });
});
