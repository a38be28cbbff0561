import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import { SecurityRig } from '../../test/support/security-rig';
import { createTopics, idInTopic } from '../contract/topics';

/** Other ways to write an id that is there. */
const SPELLINGS = ['01', '001', '1e0', '0x1', '0b1', '0o1', '1.0', '+1', '-1', '1 ', '١', '１'];

describe('names in topics', () => {
  it('A topic names an id only as it is written: any other name is none', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), fc.string(), (number, text) => {
        assert.equal(idInTopic(String(number + 1)), number + 1);
        const id = idInTopic(text);
        assert.ok(id === null || String(id) === text);
      }),
    );
    for (const name of [...SPELLINGS, '0', '', '9'.repeat(16)]) assert.equal(idInTopic(name), null);
  });

  it('S20: a name with what cannot be seen, or over 128 characters, is nobody’s and not listed', () => {
    const topics = createTopics('aurion');
    const names = ['a\u0000b', 'a\nb', 'a\u202eb', '\u200b', 'x'.repeat(129), ''];
    for (const name of names) {
      assert.equal(topics.parseDevice(`aurion/devices/${name}/status`), null);
      assert.equal(topics.parseSensor(`aurion/sensors/${name}/data`), null);
      assert.equal(topics.parseMeter(`aurion/energy/${name}/data`), null);
    }
  });

  describe('of devices and meters', () => {
    let rig: EnergyRig;
    beforeEach(async () => {
      rig = await EnergyRig.open();
      await rig.meter();
    });
    afterEach(() => rig.remove());

    const status = (name: string | number, body: object) =>
      rig.link.say(`aurion/devices/${name}/status`, body);

    it('S14: an id spelt otherwise moves no device and feeds no meter; it is discovered', () => {
      const before = rig.devices.get(1);
      for (const name of SPELLINGS) {
        status(name, { status: true, power: 5 });
        rig.say(name, { power: 5 });
      }
      assert.deepEqual(rig.devices.get(1), before);
      assert.deepEqual(rig.intake.counts.dropped, { unknown: 2 * SPELLINGS.length });
      const listed = rig.devices.discovered('en').map(({ key }) => key);
      assert.deepEqual(new Set(listed), new Set(SPELLINGS));
      status(1, { status: true });
      assert.equal(rig.devices.get(1).status, true);
    });

    it('what speaks under a name that is no key is listed with the reason, and adopted under one of the installer’s choice', async () => {
      const names = ['12345', 'plug.1', 'Living Room Plug', 'Küche', '__proto__x', 'x'.repeat(65)];
      for (const name of names) status(name, { status: true, power: 7 });
      const reasons = new Map(rig.devices.discovered('en').map((each) => [each.key, each]));
      assert.match(reasons.get('12345')?.reason ?? '', /^a number alone is an id/);
      assert.match(reasons.get('Küche')?.reason ?? '', /^a key is 1 to 64 of A-Z a-z 0-9 _ -/);
      const fr = rig.devices.discovered('fr').find(({ key }) => key === 'Küche');
      assert.match(fr?.reason ?? '', /^une clé a 1 à 64 caractères/);
      assert.deepEqual(
        names.filter((name) => reasons.get(name)?.adoptable),
        ['__proto__x'],
      );
      assert.equal(reasons.get('__proto__x')?.reason, undefined);
      const input = { name: 'Prise', type: 'appliance', room: 'Cuisine' } as const;
      const adopted = await rig.devices.adopt({ ...input, key: 'Küche', newKey: 'kueche' });
      assert.deepEqual([adopted.key, adopted.status, adopted.power], ['kueche', true, 7]);
      assert.ok(!rig.devices.discovered('en').some(({ key }) => key === 'Küche'));
      status('kueche', { status: false });
      assert.equal(rig.devices.get(adopted.id).status, false);
    });
  });

  it('M19: what last said something senseless is adopted all the same', async () => {
    const rig = await EnergyRig.open();
    rig.link.say('aurion/devices/prise/status', 'nonsense');
    const input = { key: 'prise', name: 'Prise', type: 'appliance', room: 'Salon' } as const;
    const { id, assumed } = await rig.devices.adopt(input);
    assert.deepEqual([id, assumed], [1, true]);
    await rig.remove();
  });

  describe('of sensors', () => {
    let rig: SecurityRig;
    beforeEach(async () => {
      rig = await SecurityRig.open();
      await rig.sensors.create({ name: 'Fumée', type: 'smoke', location: 'Cuisine' });
    });
    afterEach(() => rig.remove());

    it('S14: an id spelt otherwise raises no alarm; it is discovered', () => {
      for (const name of SPELLINGS) rig.say(name, { smoke: true });
      assert.equal(rig.sensors.get(1).value, undefined);
      const listed = rig.sensors.discovered('en').map(({ key }) => key);
      assert.deepEqual(new Set(listed), new Set(SPELLINGS));
      rig.say(1, { smoke: true });
      assert.equal(rig.sensors.get(1).value, true);
    });

    it('what speaks under a name that is no key is adopted under one of the installer’s choice', async () => {
      rig.say('2001', { water_leak: true });
      const input = { name: 'Cave', type: 'leak', location: 'Cave' } as const;
      const adopted = await rig.sensors.adopt({ ...input, key: '2001', newKey: 'cave' });
      assert.deepEqual([adopted.key, adopted.value], ['cave', true]);
      assert.deepEqual(rig.sensors.discovered('en'), []);
    });

    it('M7: a leak that is so when its sensor is adopted is told; what the broker remembered is not', async () => {
      await rig.rules.add(
        {
          ...{ id: 'leak', type: 'leak', severity: 'critical', forMs: 0, coolDownMs: 0 },
          condition: { kind: 'compare', field: 'value', is: '==', than: true },
          message: { fr: 'Fuite', en: 'Leak' },
        },
        ({ type }) => type === 'leak',
      );
      rig.say('cave', { water_leak: true });
      rig.say('grenier', { water_leak: true }, { retained: true });
      for (const key of ['grenier', 'cave']) {
        await rig.sensors.adopt({ key, name: key, type: 'leak', location: key });
      }
      await rig.calm();
      const alerts = await rig.alerts.list({ limit: 10 });
      assert.deepEqual(
        alerts.map(({ sensor }) => sensor),
        ['cave'],
      );
    });
  });
});
