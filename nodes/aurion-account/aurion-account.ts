import type { NodeAPI } from 'node-red';
import { registerOperationNode } from '../runtime/operation-node';

/** Does the operations of accounts: register, sign in, sign out, who am I. */
export = function (RED: NodeAPI): void {
  registerOperationNode(RED, 'aurion-account', 'accounts');
};
