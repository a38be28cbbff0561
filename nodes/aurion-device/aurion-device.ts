import type { NodeAPI } from 'node-red';
import { systemClock } from '../../src/adapters/time/system-clock';
import { registerOperationNode, type Listen } from '../runtime/operation-node';
import { lendPayload } from '../runtime/payload';
import type { AurionMessage } from '../runtime/shell';
import { summaryOf } from '../runtime/summary';
import { hearsOf } from '../runtime/target';

/** Does the operations of devices: list, get, create, change, delete, toggle, schedule; and away mode. Sends on what devices become, or are told to. */
export = function (RED: NodeAPI): void {
  /** Each status: of one device, or of all. */
  const status: Listen = (node, config, residence, show) => {
    const hears = hearsOf(RED, node, config, residence);
    return residence.onEvent(({ event, data, timestamp }) => {
      if (event !== 'device.status' || !hears(data.id)) return;
      show(() => summaryOf(RED, event, data));
      const topic = data.key ?? String(data.id);
      const message: AurionMessage = { _msgid: RED.util.generateId(), topic, event, timestamp };
      lendPayload(message, data);
      node.send(message);
    });
  };

  /** Each command that has left for its device: so a flow can stand for one that speaks no MQTT of its own. */
  const commands: Listen = (node, config, residence, show) => {
    const hears = hearsOf(RED, node, config, residence);
    return residence.onCommand(({ id, key, name, command }) => {
      const { expiresAt, ...payload } = command;
      // What waited for a deploy may be over by now.
      if (!hears(id) || Date.parse(expiresAt) <= systemClock.now()) return;
      show(() => summaryOf(RED, 'command', { name, status: payload.status }));
      const message = { topic: key ?? String(id), payload: { id, ...payload }, expiresAt };
      node.send(message);
    });
  };

  registerOperationNode(RED, 'aurion-device', 'devices', { status, commands });
};
