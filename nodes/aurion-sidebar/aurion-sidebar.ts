import type { NodeAPI } from 'node-red';
import { systemClock } from '../../src/adapters/time/system-clock';
import { ChangeHints } from '../runtime/change-hints';
import { Homes } from '../runtime/homes';

/**
 * The sidebar's side of the runtime: tells the editors which home may look different and in what.
 * Everybody who is signed in hears that, so it says no more; what it looks like is asked for, with
 * the reader's own rights.
 */
export = function (RED: NodeAPI): void {
  const hints = new ChangeHints(systemClock, (homeKey, aspects) => {
    RED.comms.publish(`aurion/changed/${homeKey}`, { aspects }, false);
  });
  Homes.of(RED).onChange((homeKey, aspect) => {
    hints.note(homeKey, aspect);
  });
};
