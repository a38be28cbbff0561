import type { NodeAPI, NodeStatus } from 'node-red';
import { SERVER_FRAMES } from '../../src/adapters/websocket/frames';
import { AurionError } from '../../src/contract/errors';
import { NOTIFICATION_SEVERITIES, type Notification } from '../../src/contract/events';
import { Homes } from '../runtime/homes';
import type { Residence } from '../runtime/residence';
import { registerNode, type AurionMessage, type Passage, type ShellConfig } from '../runtime/shell';

/** Frames that are Aurion's own: a flow can't forge them. */
const RESERVED_TYPES = [...Object.keys(SERVER_FRAMES), 'answer'];

/** Opens the live end point: sends what comes in to the signed-in clients, and sends on what they say. */
export = function (RED: NodeAPI): void {
  registerNode<ShellConfig>(RED, 'aurion-websocket', (node, _config, residence, show) => {
    const homes = Homes.of(RED);
    const close = residence.openLive(node.id, ({ exchange, fields }) => {
      exchange.lastNode = node.name ?? node.type;
      const message: AurionMessage = {
        _msgid: homes.carry(exchange),
        req: exchange.view,
        payload: fields,
        actor: exchange.actor,
      };
      node.send(message);
    });
    if (!close) {
      const text = RED._('aurion-websocket.status.taken');
      node.error(text);
      return { status: { fill: 'red', shape: 'ring', text } };
    }
    const { live, settings } = residence.home;
    const status = (): NodeStatus => {
      const count = RED._('aurion-websocket.status.clients', { count: String(live.clients) });
      return { fill: 'green', shape: 'dot', text: `${settings.wsPath} – ${count}` };
    };
    const forget = live.onClients(() => show(status));
    return {
      onMessage: ({ message }: Passage) => broadcast(message, residence),
      onClose: () => {
        forget();
        close();
      },
      status,
    };
  });
};

/** A text, or an object with a `message`, is a notification for people; an object with a `type` of its own is sent as it is. */
function broadcast(message: AurionMessage, { home }: Residence): void {
  const { payload } = message;
  const fields = typeof payload === 'string' ? { message: payload } : payload;
  if (typeof fields !== 'object' || fields === null) throw unknownFrame();
  const {
    type,
    message: text,
    severity = message.severity,
    alertId,
  } = fields as Partial<Notification> & { type?: unknown };
  if (typeof text === 'string' && (type === undefined || type === 'notification')) {
    home.live.notify({
      message: text,
      timestamp: new Date().toISOString(),
      severity: NOTIFICATION_SEVERITIES.find((known) => known === severity) ?? 'info',
      ...(typeof alertId === 'number' && { alertId }),
    });
  } else if (typeof type === 'string' && !RESERVED_TYPES.includes(type)) {
    home.live.broadcast(fields);
  } else {
    throw unknownFrame();
  }
}

function unknownFrame(): AurionError {
  return new AurionError('INPUT_INVALID', {
    params: {
      problem: {
        fr: 'payload doit être un texte, un objet avec « message », ou un objet avec son propre « type »',
        en: 'payload must be a text, an object with "message", or an object with a "type" of its own',
      },
    },
  });
}
