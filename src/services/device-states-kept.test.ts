import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import { FaultyDisk } from '../../test/support/faulty-disk';

const LAMP = { name: 'Lampe', type: 'light', room: 'Salon' } as const;

describe('what is known of a device', () => {
  let rig: EnergyRig;
  const disk = new FaultyDisk();
  beforeEach(async () => {
    rig = await EnergyRig.open();
  });
  afterEach(async () => {
    disk.restore();
    await rig.remove();
  });

  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await rig.clock.advance(1000);
  };

  it('M19: a command that has left is answered as done on a full disk, and what it made is kept as soon as there is space', async () => {
    const { id } = await rig.devices.create(LAMP);
    await disk.watch();
    disk.failAt(1);
    const { status, assumed } = await rig.devices.toggle(id);
    assert.deepEqual([status, assumed], [true, true]);
    const stored = async () => (await rig.store.deviceStates.get(String(id)))?.status;
    assert.equal(await stored(), false, 'the disk is full');
    disk.restore();
    // Nobody says anything meanwhile.
    await until(async () => (await stored()) === true);
    await rig.crash();
    assert.equal(rig.devices.get(id).status, true);
  });

  it('of what is adopted its last word came when it was heard, not when it was adopted', async () => {
    const heardAt = new Date(rig.clock.now()).toISOString();
    rig.link.say('aurion/devices/lampe-2/status', { status: true, power: 40 });
    await rig.clock.advance(3 * 3_600_000);
    const { lastSeen, status } = await rig.devices.adopt({ ...LAMP, key: 'lampe-2' });
    assert.deepEqual([status, lastSeen], [true, heardAt]);
  });

  it('of what is adopted what the broker only remembers was never heard', async () => {
    rig.link.say('aurion/devices/lampe-2/status', { status: true }, { retained: true });
    const { lastSeen, status } = await rig.devices.adopt({ ...LAMP, key: 'lampe-2' });
    assert.deepEqual([status, lastSeen], [true, null]);
  });
});
