import type { NodeAPI, NodeStatus } from 'node-red';
import type { Exchange } from '../../src/adapters/exchange';
import { OPERATION_GROUPS } from '../../src/contract/operation';
import { Homes } from '../runtime/homes';
import { hide } from '../runtime/secrets';
import { registerNode, type AurionMessage, type ShellConfig } from '../runtime/shell';

interface RequestConfig extends ShellConfig {
  group?: string;
}

/** Opens a group of operations at the REST end points, and sends each checked request down the wire. */
export = function (RED: NodeAPI): void {
  registerNode<RequestConfig>(RED, 'aurion-request', (node, config, residence, show) => {
    const group = OPERATION_GROUPS.find((known) => known === config.group);
    if (!group) {
      const text = RED._('aurion-request.status.no-group');
      return { status: { fill: 'red', shape: 'ring', text } };
    }
    const homes = Homes.of(RED);
    let requests = 0;

    function status(): NodeStatus {
      const count = RED._('aurion-request.status.requests', { count: String(requests) });
      // Without a name of its own the group is the node's label already.
      return { fill: 'green', shape: 'dot', text: node.name ? `${group}: ${count}` : count };
    }

    function take(exchange: Exchange): void {
      const { operation, view, input } = exchange;
      requests += 1;
      show(status);
      exchange.lastNode = node.name ?? node.type;
      const message: AurionMessage = {
        _msgid: homes.carry(exchange),
        req: view,
        operation: operation?.id,
        payload: operation ? hide(input, operation.input).shown : input,
      };
      node.send(message);
    }

    const close = residence.openGroup(group, node.id, take);
    if (!close) {
      const text = RED._('aurion-request.status.group-taken', { group });
      node.error(text);
      return { status: { fill: 'red', shape: 'ring', text } };
    }
    return { onClose: close, status };
  });
};
