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
import { hide, reveal } from './secrets';
import { registerNode, type Built, type Passage, type ShellConfig } from './shell';

/** The dialog of a node that does operations. */
export interface OperationConfig extends ShellConfig {
  /** Empty: `msg.operation`, or the request's. */
  operation?: string;
  /** What messages that no request started may do. */
  role?: string;
  /** The id of the thing meant where `msg.payload` names none. */
  target?: string;
}

/** Which operations a node does. */
export interface Competence {
  readonly group: OperationGroup;
  /** The nouns before the dot; without them, all of the group. */
  readonly nouns?: readonly string[];
}

/** What a node does instead of an operation where its dialog says so. */
export type OwnDeed = (node: Node, config: OperationConfig, residence: Residence) => Built;

/**
 * Registers a node that does the operations of one group: the one in its dialog, or `msg.operation`, or the request's.
 * @param own what its dialog offers beside operations
 */
export function registerOperationNode(
  RED: NodeAPI,
  type: string,
  group: OperationGroup,
  own: Readonly<Record<string, OwnDeed>> = {},
): void {
  registerNode<OperationConfig>(RED, type, (node, config, residence) => {
    const deed = Object.entries(own).find(([name]) => name === config.operation)?.[1];
    if (deed) return deed(node, config, residence);
    return { onMessage: operating(node, config, residence, { group }) };
  });
}

/**
 * What a node that does operations does with a message. What another node of the same group does is
 * passed on untouched, so that such nodes can stand in a row.
 */
export function operating(
  node: Node,
  config: OperationConfig,
  residence: Residence,
  { group, nouns }: Competence,
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
    const input = inputOf(passage, 'id' in operation.input.shape ? config.target : undefined);
    const call = callOf(passage, residence, { nodeId: node.id, role });
    const answer = await residence.home.run(operation.id, input, call);
    const { shown, hidden } = hide(answer, operation.answer);
    if (exchange) exchange.hidden = hidden;
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
function inputOf({ message: { payload }, exchange }: Passage, target: string | undefined): unknown {
  const given = typeof payload === 'object' && payload !== null ? payload : {};
  if (Array.isArray(given)) return given;
  const input = exchange ? reveal(given, exchange.input) : given;
  return target && !Object.hasOwn(input as object, 'id')
    ? { ...(input as object), id: target }
    : input;
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
