import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI } from 'node-red';
import { AurionError } from '../../src/contract/errors';
import { INSIDE, type Call, type OperationGroup } from '../../src/contract/operation';
import { ROLES, type Role } from '../../src/contract/role';
import { printable } from '../../src/contract/safe-input';
import { findOperation } from '../../src/operations/registry';
import { isStartedByRequest } from './homes';
import { lendPayload } from './payload';
import type { Residence } from './residence';
import { fieldsIn, isRaw } from './said';
import { hide, reveal } from './secrets';
import { registerNode, type Passage, type ShellConfig, type Show } from './shell';
import { summaryOf } from './summary';
import { idOf, targetOf, type TargetConfig } from './target';

/** The dialog of a node that does operations. Its target is the thing meant where `msg.payload` names none. */
export interface OperationConfig extends ShellConfig, TargetConfig {
  /** Empty: `msg.operation`, or the request's. */
  operation?: string;
  /** What messages that no request started may do. */
  role?: string;
  /** What it sends on beside: empty, or what the node's type listens to. */
  listen?: string;
}

/** Which operations a node does. */
export interface Competence {
  readonly group: OperationGroup;
  /** The nouns before the dot; without them, all of the group. */
  readonly nouns?: readonly string[];
  /** Shows what it did last. */
  readonly show?: Show;
}

/** Makes a node hear what its dialog says. @returns ends it */
export type Listen = (
  node: Node,
  config: OperationConfig,
  residence: Residence,
  show: Show,
) => () => void;

/**
 * Registers a node that does the operations of one group: the one in its dialog, or `msg.operation`, or the request's.
 * @param listeners what its dialog offers to listen to
 */
export function registerOperationNode(
  RED: NodeAPI,
  type: string,
  group: OperationGroup,
  listeners: Readonly<Record<string, Listen>> = {},
): void {
  registerNode<OperationConfig>(RED, type, (node, config, residence, show) => {
    const listen = Object.entries(listeners).find(([name]) => name === config.listen)?.[1];
    const onClose = listen?.(node, config, residence, show);
    const onMessage = operating(RED, node, config, residence, { group, show });
    return { onMessage, ...(onClose && { onClose }) };
  });
}

/**
 * What a node that does operations does with a message. What another node of the same group does is
 * passed on untouched, so that such nodes can stand in a row.
 */
export function operating(
  RED: NodeAPI,
  node: Node,
  config: OperationConfig,
  residence: Residence,
  { group, nouns, show }: Competence,
): (passage: Passage) => Promise<void> {
  // A role nobody knows is a mistake, and gets the least.
  const role = config.role ? (ROLES.find((known) => known === config.role) ?? 'guest') : 'user';

  return async (passage) => {
    const { message, exchange } = passage;
    const operation = findOperation(chosenOperation(passage, config));
    if (operation.group !== group) {
      const params = { operation: printable(operation.id) };
      throw new AurionError('OPERATION_UNKNOWN', { params });
    }
    if (nouns?.includes(operation.id.split('.')[0] ?? '') === false) {
      passage.send(message);
      return;
    }
    const { payload } = message;
    const raw = operation.takesMessage === true && isRaw(payload);
    const given = raw ? fieldsIn(payload) : givenIn(passage);
    // An `id` in a message from outside is the thing's own.
    const namesTarget = Object.hasOwn(given, 'id') && !(raw && config.target);
    const wantsTarget = 'id' in operation.input.shape && !namesTarget;
    const target = wantsTarget ? await targetOf(RED, node, config, message) : undefined;
    const id = idOf(target, operation.id, residence);
    const input = id === undefined || Array.isArray(given) ? given : { ...given, id };
    const call = callOf(passage, residence, { nodeId: node.id, role });
    const answer = await residence.home.run(operation.id, input, call);
    const { shown, hidden } = hide(answer, operation.answer);
    if (exchange) exchange.hidden = hidden;
    show?.(() => summaryOf(RED, operation.id, answer));
    message.operation = operation.id;
    lendPayload(message, shown);
    passage.send(message);
  };
}

/** The operation a node is to do: its dialog's, else the message's, else the request's; empty if nobody names one. */
export function chosenOperation({ message, exchange }: Passage, config: OperationConfig): string {
  if (config.operation) return config.operation;
  if (typeof message.operation === 'string') return message.operation;
  return exchange?.operation?.id ?? '';
}

/** Only an object can be input: a timestamp from an inject node asks for nothing. */
function givenIn({ message: { payload }, exchange }: Passage): object {
  const given = typeof payload === 'object' && payload !== null ? payload : {};
  if (!exchange || Array.isArray(given)) return given;
  return reveal(given, exchange.input) as object;
}

/**
 * As whom a node acts: the request's actor, or the flow itself for messages no request started.
 * A message of a request that we don't know, or no longer, has nobody behind it and so may do nothing.
 */
function callOf(
  { message, exchange }: Passage,
  { home }: Residence,
  flow: { readonly nodeId: string; readonly role: Role },
): Call {
  if (exchange) {
    if (exchange.homeKey !== home.settings.key) throw new AurionError('ACCESS_DENIED');
    const { actor, requestId, origin, language } = exchange;
    return { actor, requestId, origin, language };
  }
  const requestId = randomUUID();
  if (isStartedByRequest(message)) return { actor: null, requestId, origin: INSIDE };
  return { actor: { kind: 'flow', ...flow }, requestId, origin: INSIDE };
}
