import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import mqtt, { type MqttClient } from 'mqtt';
import { OPERATIONS } from '../src/operations/registry';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { Page } from './support/page';

interface Tab {
  readonly id: string;
  readonly request: string;
  readonly guard: string;
  readonly doer: string;
  readonly response: string;
  /** A page of its group that everybody who is signed in may read. */
  readonly path: string;
}

const wiresOf = (nodes: readonly FlowNode[], id: string) =>
  nodes.find((node) => node.id === id)?.['wires'] as string[][];

/** Every tab of the full-backend flow that answers requests, so that one that is added is tried at once. */
const TABS: readonly Tab[] = fullBackend()
  .filter(({ type }) => type === 'aurion-request')
  .map((request) => {
    const next = (id: string) => wiresOf(fullBackend(), id)[0]?.[0] ?? '';
    const [guard, doer] = [next(request.id), next(next(request.id))];
    const operation = OPERATIONS.find(
      ({ group, readOnly, role, rest }) =>
        group === request['group'] && readOnly && role === 'guest' && !rest.path.includes(':'),
    );
    assert.ok(operation, `nothing to read in ${String(request['group'])}`);
    const { path } = operation.rest;
    return {
      id: String(request['z']),
      request: request.id,
      guard,
      doer,
      response: next(doer),
      path,
    };
  });

/** The full-backend flow with something changed in each tab. */
function everywhere(change: (nodes: FlowNode[], tab: Tab) => FlowNode[]): FlowNode[] {
  return TABS.reduce(change, fullBackend());
}

/** Puts a function node behind a node. */
function behind(from: 'guard' | 'doer', func: string) {
  return (nodes: FlowNode[], tab: Tab): FlowNode[] => {
    const wires = wiresOf(nodes, tab[from]);
    const id = `${tab.id}-f`;
    const [next = []] = wires;
    wires[0] = [id];
    return [...nodes, { id, type: 'function', z: tab.id, func, outputs: 1, wires: [next] }];
  };
}

describe('each tab of the full-backend flow', () => {
  let aurion: AurionProcess;
  let admin: string;
  before(async () => {
    aurion = await AurionProcess.start();
    admin = await aurion.register('ama');
  });
  after(() => aurion.remove());

  const read = async ({ path }: Tab, headers: Record<string, string> = {}) => {
    const { status, body } = await aurion.request<Record<string, unknown>>('GET', path, {
      token: admin,
      headers,
    });
    return { status, body, code: body['code'] };
  };

  it('is wired from request to response', () => {
    assert.ok(TABS.length >= 2);
    for (const tab of TABS) assert.ok(tab.response !== '' && tab.guard !== tab.doer, tab.id);
  });

  it('F15: without its guard: 401', async () => {
    await aurion.deploy(
      everywhere((nodes, { request, doer }) => {
        wiresOf(nodes, request)[0] = [doer];
        return nodes;
      }),
    );
    for (const tab of TABS) assert.deepEqual((await read(tab)).code, 'TOKEN_MISSING', tab.id);
  });

  it('F15: that answers twice: the first counts, and the log warns', async () => {
    await aurion.deploy(
      everywhere((nodes, { doer, response }) => {
        wiresOf(nodes, doer)[0] = [response, response];
        return nodes;
      }),
    );
    for (const tab of TABS) {
      const seen = aurion.lines.length;
      assert.equal((await read(tab)).status, 200, tab.id);
      await aurion.untilLine(/\[warn\] \[aurion-response:/, seen);
    }
  });

  it('F15: that edits an answer in place: this one changes, and no other', async () => {
    const edit = `
      if (!msg.req.headers['x-edit']) return msg;
      const thing = Array.isArray(msg.payload) ? msg.payload[0] || (msg.payload[0] = {}) : msg.payload;
      thing.edited = true;
      return msg;`;
    await aurion.deploy(everywhere(behind('doer', edit)));
    for (const tab of TABS) {
      const before = await read(tab);
      assert.match(
        JSON.stringify((await read(tab, { 'x-edit': '1' })).body),
        /"edited":true/,
        tab.id,
      );
      assert.deepEqual(await read(tab), before, tab.id);
    }
  });

  it('F15: without a Catch: the node answers its own error', async () => {
    const flows = everywhere(behind('guard', "msg.operation = 'nothing.known'; return msg;"));
    await aurion.deploy(flows.filter(({ type }) => type !== 'catch'));
    for (const tab of TABS) {
      assert.deepEqual(
        await read(tab).then(({ status, code }) => [status, code]),
        [400, 'OPERATION_UNKNOWN'],
        tab.id,
      );
    }
  });

  it('F15: that loses a request: 504 after 15 s, naming the last Aurion node', async () => {
    const flows = everywhere(behind('guard', 'return null;'));
    const named = flows.map((node) =>
      TABS.some(({ guard }) => guard === node.id) ? { ...node, name: `Portier ${node.id}` } : node,
    );
    await aurion.deploy(named);
    const start = performance.now();
    const answers = await Promise.all(TABS.map((tab) => read(tab)));
    const tookMs = performance.now() - start;
    for (const [i, { status, code, body }] of answers.entries()) {
      assert.deepEqual([status, code], [504, 'REQUEST_LOST']);
      assert.match(String(body['message']), new RegExp(`Portier ${TABS[i]!.guard}`));
    }
    assert.ok(tookMs > 14_000 && tookMs < 18_000, `${tookMs} ms`);
  });

  it('F7: deployed one by one under load: no request hangs or fails but with 503, no plug and no page goes, no QoS 1 message is lost', async function () {
    this.timeout(120_000);
    await aurion.deploy(fullBackend());
    const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
    const plug: MqttClient = await mqtt.connectAsync(`mqtt://127.0.0.1:${aurion.mqttPort}`, {
      ...{ username, password, reconnectPeriod: 0 },
    });
    aurion.onRemove.push(() => plug.endAsync(true));
    let dropped = false;
    plug.on('close', () => (dropped = true));
    const page = await Page.open(aurion, admin);
    const received = async () => {
      const { body } = await aurion.request<string>('GET', '/metrics');
      const [, count] = /^aurion_mqtt_messages_kept_total (\d+)$/m.exec(body) ?? [];
      return Number(count);
    };
    const atFirst = await received();
    const before = await aurion.resources();

    let running = true;
    const statuses = new Map<number, number>();
    let slowestMs = 0;
    const reading = TABS.flatMap((tab) => [tab, tab]).map(async (tab) => {
      while (running) {
        const start = performance.now();
        const { status } = await read(tab);
        slowestMs = Math.max(slowestMs, performance.now() - start);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    let sent = 0;
    const reporting = (async () => {
      while (running) {
        await plug.publishAsync('aurion/devices/1/status', `{"status":true,"power":${sent}}`, {
          qos: 1,
        });
        sent += 1;
      }
    })();
    const tabs = fullBackend().filter(({ type }) => type === 'tab');
    for (const type of ['flows', 'nodes', 'full']) {
      for (const tab of tabs) {
        const changed = fullBackend().map((node) =>
          (
            type === 'flows'
              ? node.id === tab.id
              : node['z'] === tab.id && node.type.startsWith('aurion-')
          )
            ? {
                ...node,
                ...(type === 'flows' ? { info: 'changed' } : { name: `${type} ${node.id}` }),
              }
            : node,
        );
        await aurion.deploy(changed, type);
        await aurion.deploy(fullBackend(), type);
      }
    }
    running = false;
    await Promise.all([...reading, reporting]);

    const failed = [...statuses.keys()].filter((status) => status !== 200 && status !== 503);
    assert.deepEqual(failed, []);
    assert.ok((statuses.get(200) ?? 0) > 100, JSON.stringify([...statuses]));
    assert.ok(slowestMs < 2000, `the slowest took ${slowestMs} ms`);
    assert.equal(dropped, false);
    assert.equal(page.closeCode, undefined);
    assert.ok(sent > 100, `${sent} messages`);
    assert.equal((await received()) - atFirst, sent);
    await page.until(({ data }) => data?.['power'] === sent - 1);
    const { listeners, routes, signals, handles } = await aurion.resources();
    assert.deepEqual(
      { listeners, routes, signals, servers: handles['TCPServerWrap'] },
      {
        ...{ listeners: before.listeners, routes: before.routes, signals: before.signals },
        servers: before.handles['TCPServerWrap'],
      },
    );
    page.leave();
  });
});
