import type { NodeAPI } from 'node-red';
import { operating } from '../runtime/operation-node';
import { registerNode } from '../runtime/shell';
import { readRule, RuleInvalid, type AlertConfig } from './rule';

/** What this node does of its group; the rest is the sensor node's. */
const NOUNS = ['alerts', 'notifications', 'security'];

/** Does the operations of alerts, and holds a rule that raises and resolves them. */
export = function (RED: NodeAPI): void {
  registerNode<AlertConfig>(RED, 'aurion-alert', (node, config, residence) => {
    const { home } = residence;
    const onMessage = operating(node, config, residence, { group: 'security', nouns: NOUNS });
    if (!config.rule) {
      // A node that had a rule before the deploy has none any more.
      home.retireRule(node.id);
      return { onMessage };
    }
    try {
      const { rule, appliesTo } = readRule(RED, node, config);
      // It lives on while the flow is deployed: smoke in that moment raises its alert (QUALITY F7).
      home.addRule(rule, appliesTo);
      const text = RED._('aurion-alert.status.watches', { sensors: config.sensors?.trim() || '*' });
      return {
        onMessage,
        onClose: (removed) => {
          if (removed) home.retireRule(node.id);
        },
        status: { fill: 'green', shape: 'dot', text },
      };
    } catch (error) {
      if (!(error instanceof RuleInvalid)) throw error;
      const key = `aurion-alert.invalid.${error.field}`;
      const text = RED._(key);
      node.error(text);
      return { onMessage, status: { fill: 'red', shape: 'ring', text } };
    }
  });
};
