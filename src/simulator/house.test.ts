import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { TOPIC_ID } from '../contract/topics';
import { InvalidHouse, makeHouse, MISBEHAVIOURS, withBehaviour } from './house';

const share = fc.double({ min: 0, max: 0.25, noNaN: true });
const options = fc.record({
  seed: fc.integer(),
  devices: fc.nat(60),
  sensors: fc.nat(30),
  meters: fc.nat(5),
  shares: fc.record({ slow: share, silent: share, contrary: share, offline: share }),
});

describe('a simulated house', () => {
  it('is the demo home by default, well-behaved', () => {
    const { devices, sensors, meters } = makeHouse();
    assert.deepEqual(
      devices.map(({ id, type, powerW, behaviour, initially }) => [
        id,
        type,
        powerW,
        initially.on,
        behaviour,
      ]),
      [
        ['1', 'light', 60, true, 'normal'],
        ['2', 'climate', 1200, false, 'normal'],
        ['3', 'entertainment', 150, true, 'normal'],
      ],
    );
    assert.deepEqual(
      sensors.map(({ id, type, battery }) => [id, type, battery]),
      [
        ['1', 'motion', 85],
        ['2', 'smoke', 92],
      ],
    );
    assert.deepEqual(meters, []);
  });

  it('names what is more by type and number', () => {
    const house = makeHouse({ devices: 5, sensors: 3, meters: 2 });
    assert.deepEqual(
      house.devices.slice(3).map(({ id }) => id),
      ['sim-light-4', 'sim-climate-5'],
    );
    assert.equal(house.sensors[2]?.id, 'sim-temperature-3');
    assert.deepEqual(
      house.meters.map(({ id, wholeHouse }) => [id, wholeHouse]),
      [
        ['sim-meter-1', true],
        ['sim-meter-2', false],
      ],
    );
  });

  it('is the same for the same options', () => {
    fc.assert(fc.property(options, (o) => assert.deepEqual(makeHouse(o), makeHouse(o))));
  });

  it('keeps its things when it grows', () => {
    fc.assert(
      fc.property(options, fc.nat(20), ({ seed, devices, sensors }, more) => {
        const small = { seed, devices, sensors };
        const [before, after] = [
          makeHouse(small),
          makeHouse({ ...small, devices: small.devices + more }),
        ];
        assert.deepEqual(after.devices.slice(0, small.devices), before.devices);
      }),
    );
  });

  it('has ids that fit into a topic, each once, and as much of everything as asked', () => {
    fc.assert(
      fc.property(options, (o) => {
        const house = makeHouse(o);
        for (const kind of ['devices', 'sensors', 'meters'] as const) {
          const ids = house[kind].map(({ id }) => id);
          assert.equal(ids.length, o[kind]);
          assert.equal(new Set(ids).size, ids.length);
          for (const id of ids) assert.match(id, TOPIC_ID);
        }
      }),
    );
  });

  it('has as many misbehaving devices as the shares say', () => {
    fc.assert(
      fc.property(options, (o) => {
        const { devices } = makeHouse(o);
        let left = devices.length;
        for (const behaviour of MISBEHAVIOURS) {
          const wanted =
            o.shares[behaviour] && Math.max(1, Math.round(o.shares[behaviour] * devices.length));
          const expected = Math.min(wanted, left);
          left -= expected;
          assert.equal(devices.filter((device) => device.behaviour === behaviour).length, expected);
        }
      }),
    );
  });

  it('chooses others with another seed', () => {
    const silent = (seed: number) =>
      makeHouse({ seed, devices: 100, shares: { silent: 0.1 } })
        .devices.filter(({ behaviour }) => behaviour === 'silent')
        .map(({ id }) => id);
    assert.equal(silent(1).length, 10);
    assert.notDeepEqual(silent(1), silent(2));
  });

  it('refuses what makes no house', () => {
    for (const bad of [
      { devices: -1 },
      { sensors: 1.5 },
      { meters: Number.NaN },
      { seed: 0.5 },
      { shares: { silent: 1.1 } },
      { shares: { slow: -0.1 } },
      { shares: { slow: 0.6, silent: 0.6 } },
    ]) {
      assert.throws(() => makeHouse(bad), InvalidHouse, JSON.stringify(bad));
    }
    assert.throws(() => withBehaviour(makeHouse(), '9', 'slow'), InvalidHouse);
  });

  it('can be told how one device behaves', () => {
    const house = withBehaviour(makeHouse(), '2', 'contrary');
    assert.deepEqual(
      house.devices.map(({ behaviour }) => behaviour),
      ['normal', 'contrary', 'normal'],
    );
  });
});
