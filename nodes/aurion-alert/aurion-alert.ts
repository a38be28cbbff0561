import type { NodeAPI, NodeStatus } from 'node-red';
import { operating } from '../runtime/operation-node';
import { registerNode } from '../runtime/shell';
import { short } from '../runtime/texts';
import { readRule, RuleInvalid, type AlertConfig } from './rule';

/** What this node does of its group; the rest is the sensor node's. */
const NOUNS = ['alerts', 'notifications', 'security'];

/** Does the operations of alerts, and holds a rule that raises and resolves them. */
export = function (RED: NodeAPI): void {
  registerNode<AlertConfig>(RED, 'aurion-alert', (node, config, residence, show) => {
    const { home } = residence;
    const { rule: holdsRule } = config;
    const onMessage = operating(RED, node, config, residence, {
      group: 'security',
      nouns: NOUNS,
      // What it watches is worth more than what it did.
      ...(!holdsRule && { show }),
    });
    if (!holdsRule) {
      // A node that had a rule before the deploy has none any more.
      home.rules.retire(node.id);
      return { onMessage };
    }
    try {
      const { rule, appliesTo } = readRule(RED, node, config);
      // It lives on while the flow is deployed: smoke in that moment raises its alert (QUALITY F7).
      home.rules.add(rule, appliesTo);
      const sensors = config.sensors?.trim() || '*';
      const watches = (): NodeStatus => {
        const active = home.rules.raisedBy(node.id);
        if (active === 0) {
          const text = short(RED._('aurion-alert.status.watches', { sensors }));
          return { fill: 'green', shape: 'dot', text };
        }
        const params = { sensors, count: String(active) };
        const text = short(RED._('aurion-alert.status.active', params));
        return { fill: 'red', shape: 'dot', text };
      };
      const close = residence.onEvent(({ event }) => {
        if (event.startsWith('alert.')) show(watches);
      });
      return {
        onMessage,
        onClose: (removed) => {
          close();
          if (removed) home.rules.retire(node.id);
        },
        status: watches,
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
