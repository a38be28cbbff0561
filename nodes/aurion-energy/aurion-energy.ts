import type { NodeAPI } from 'node-red';
import { registerOperationNode, type OwnDeed } from '../runtime/operation-node';
import type { AurionMessage } from '../runtime/shell';

/** Does the operations of energy: consumption, history, tariff, readings; or listens to meters. */
export = function (RED: NodeAPI): void {
  /** Sends on each slice of energy that a meter has measured: of one meter, or of all. */
  const listen: OwnDeed = (node, { target }, residence) => {
    const close = residence.onSlice((slice) => {
      if (target && String(slice.deviceId) !== target.trim()) return;
      const message: AurionMessage = {
        _msgid: RED.util.generateId(),
        topic: slice.name,
        // The flow's own copy: other listeners get theirs.
        payload: { ...slice },
        timestamp: slice.to,
      };
      node.send(message);
    });
    return { onClose: close };
  };

  registerOperationNode(RED, 'aurion-energy', 'energy', { listen });
};
