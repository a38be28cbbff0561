import type { NodeAPI } from 'node-red';
import { registerOperationNode } from '../runtime/operation-node';

/** Does the operations of devices: list, get, create, change, delete, toggle, schedule; and away mode. */
export = function (RED: NodeAPI): void {
  registerOperationNode(RED, 'aurion-device', 'devices');
};
