import type { NodeAPI } from 'node-red';
import { registerOperationNode, type Listen } from '../runtime/operation-node';
import type { AurionMessage } from '../runtime/shell';
import { summaryOf } from '../runtime/summary';
import { hearsOf } from '../runtime/target';

/** Does the operations of energy: consumption, history, tariff, readings; and sends on what meters measured. */
export = function (RED: NodeAPI): void {
  /** Each slice of energy: of one meter, or of all. */
  const slices: Listen = (node, config, residence, show) => {
    const hears = hearsOf(RED, node, config, residence);
    return residence.onSlice((slice) => {
      if (!hears(slice.deviceId)) return;
      show(() => summaryOf(RED, 'energy', slice));
      const message: AurionMessage = {
        _msgid: RED.util.generateId(),
        topic: slice.name,
        // The flow's own copy: other listeners get theirs.
        payload: { ...slice },
        timestamp: slice.to,
      };
      node.send(message);
    });
  };

  registerOperationNode(RED, 'aurion-energy', 'energy', { slices });
};
