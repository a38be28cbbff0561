import type { NodeAPI } from 'node-red';
import { registerOperationNode } from '../runtime/operation-node';

/** Does the operations of settings: read, change, weather. */
export = function (RED: NodeAPI): void {
  registerOperationNode(RED, 'aurion-settings', 'settings');
};
