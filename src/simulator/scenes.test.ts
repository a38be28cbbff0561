import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { makeHouse } from './house';
import { partsOf, SCENES } from './scenes';

describe('a scene', () => {
  const { sensors } = makeHouse({ sensors: 12 });
  const typesIn = (scene: (typeof SCENES)[number]) =>
    partsOf(scene, sensors).map(({ id }) => sensors.find((sensor) => sensor.id === id)?.type);

  it('burglar: comes in by door or window before anything moves', () => {
    const types = typesIn('burglar');
    assert.ok(types.includes('motion'));
    assert.ok(types.indexOf('door') < types.indexOf('motion'));
  });

  it('fire: smokes first', () => {
    const types = typesIn('fire');
    assert.deepEqual([...new Set(types)], ['smoke', 'fire']);
  });

  it('battery: dies in the weakest sensor', () => {
    const least = Math.min(...sensors.map(({ battery }) => battery));
    const [part, ...others] = partsOf('battery', sensors);
    assert.equal(sensors.find(({ id }) => id === part?.id)?.battery, least);
    assert.deepEqual([part?.says, others], ['low-battery', []]);
  });

  it('has nobody in it in a house without sensors', () => {
    for (const scene of SCENES) assert.deepEqual(partsOf(scene, []), []);
  });
});
