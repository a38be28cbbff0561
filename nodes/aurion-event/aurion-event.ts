import type { NodeAPI } from 'node-red';
import { HOME_EVENT_NAMES } from '../../src/contract/events';
import { lendPayload } from '../runtime/payload';
import { registerNode, type AurionMessage, type ShellConfig } from '../runtime/shell';

interface EventConfig extends ShellConfig {
  /** Empty: every event. */
  event?: string;
}

/** Starts a flow on what happens in the home. */
export = function (RED: NodeAPI): void {
  registerNode<EventConfig>(RED, 'aurion-event', (node, config, residence, show) => {
    const wanted: string | undefined = HOME_EVENT_NAMES.find((name) => name === config.event);
    const { timeZone } = residence.home.settings;
    const clock = new Intl.DateTimeFormat('fr', { timeStyle: 'medium', timeZone });
    const close = residence.onEvent(({ event, data, timestamp }) => {
      if (wanted !== undefined && event !== wanted) return;
      show(() => {
        const text = `${event} ${clock.format(new Date(timestamp))}`;
        return { fill: 'green', shape: 'dot', text };
      });
      const message: AurionMessage = {
        _msgid: RED.util.generateId(),
        topic: event,
        event,
        timestamp,
      };
      lendPayload(message, data);
      node.send(message);
    });
    return { onClose: close };
  });
};
