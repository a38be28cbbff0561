import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'mocha';
import type { Device } from '../src/contract/device';
import { AurionProcess, fullBackend, type Resources } from './support/aurion-process';
import { Lamp } from './support/lamp';

describe('deploys', () => {
  let aurion: AurionProcess;
  let admin: string;
  let lamp: Lamp;
  before(async () => {
    aurion = await AurionProcess.start();
    admin = await aurion.register('ama');
    lamp = await Lamp.plugIn(aurion, 1);
    await lamp.report({ status: true });
  });
  after(() => aurion.remove());

  const list = () => aurion.request<Device[]>('GET', '/devices', { token: admin });

  /** What stays when connections that only keep alive have gone. */
  function kept({ handles, listeners, signals, routes }: Resources): unknown {
    const { TCPServerWrap = 0 } = handles;
    return { TCPServerWrap, listeners, signals, routes };
  }

  it('F7: 20 full deploys under load leave no hung request, no listener, socket, timer or route, and drop no plug', async () => {
    const disconnected = once(lamp.client as never, 'close').then(() => 'dropped');
    await aurion.deploy(fullBackend());
    const atFirst = await aurion.resources();
    const before = kept(atFirst);
    let running = true;
    const statuses = new Map<number, number>();
    let slowestMs = 0;
    const load = async (method: string, path: string) => {
      while (running) {
        const start = performance.now();
        const { status } = await aurion.request(method, path, { token: admin });
        slowestMs = Math.max(slowestMs, performance.now() - start);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const loads = [
      ...Array.from({ length: 8 }, () => load('GET', '/devices')),
      load('POST', '/devices/1/toggle'),
      load('POST', '/devices/2/toggle'),
    ];
    for (let i = 0; i < 20; i++) await aurion.deploy(fullBackend());
    running = false;
    await Promise.all(loads);

    assert.ok((statuses.get(200) ?? 0) > 100, JSON.stringify([...statuses]));
    assert.deepEqual(
      [...statuses.keys()].filter((status) => status !== 200 && status !== 503),
      [],
    );
    assert.ok(slowestMs < 2000, `the slowest took ${slowestMs} ms`);
    assert.equal(await Promise.race([disconnected, Promise.resolve('kept')]), 'kept');
    const atLast = await aurion.resources();
    assert.deepEqual(kept(atLast), before);
    // Connections that keep alive have timers of their own, 10 callers' here; one a deploy would be 20 more.
    const { Timeout: timers = 0 } = atLast.handles;
    const { Timeout: timersBefore = 0 } = atFirst.handles;
    assert.ok(timers - timersBefore < 20, `${timersBefore} timers before, ${timers} after`);
    assert.equal((await aurion.request('POST', '/devices/1/toggle', { token: admin })).status, 200);
  });

  it('F7: deploys of modified nodes and flows keep the home and the requests of the others', async () => {
    const flows = fullBackend();
    for (const type of ['nodes', 'flows']) {
      const changed = flows.map((node) =>
        node.id === 'aurion-devices-guard' ? { ...node, name: `Portier ${type}` } : node,
      );
      await aurion.deploy(changed, type);
      assert.equal((await list()).status, 200);
    }
    await aurion.deploy(flows);
    assert.ok(lamp.client.connected);
  });

  it('deleting the flow, deploying, and importing it again gives the same house', async () => {
    const before = (await list()).body;
    await aurion.deploy([]);
    await aurion.untilReady(404);
    // An import makes new ids.
    const imported = JSON.parse(
      JSON.stringify(fullBackend())
        .replaceAll('"aurion-devices', '"new-devices')
        .replaceAll('aurion-home-1', 'new-home'),
    ) as ReturnType<typeof fullBackend>;
    await aurion.deploy(imported);
    await aurion.untilReady();
    assert.deepEqual(
      (await list()).body.map(({ id, name, status }) => [id, name, status]),
      before.map(({ id, name, status }) => [id, name, status]),
    );
  });

  it('a group that is opened twice: the second node says so, the first goes on', async () => {
    const flows = fullBackend();
    const twin = flows.filter(({ id }) => id === 'aurion-devices-request');
    await aurion.deploy([...flows, ...twin.map((node) => ({ ...node, id: 'twin' }))]);
    await aurion.untilLine(/\[error\] \[aurion-request:twin\]/);
    await aurion.untilReady();
    assert.equal((await list()).status, 200);
  });
});
