import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import type { Exchange } from '../../src/adapters/exchange';
import { lineOf } from '../../src/adapters/log/redact';
import { AurionError, presentable } from '../../src/contract/errors';
import { Homes } from './homes';
import { isNewer, migrate } from './migrations';
import { NodeStatus, type Calm } from './node-status';
import type { Residence } from './residence';
import { faultOf } from './summary';
import { SHARED } from './texts';

/** A message on its way through one of our nodes. */
export interface AurionMessage extends NodeMessageInFlow {
  req?: unknown;
  operation?: unknown;
  actor?: unknown;
  error?: { code?: unknown; message?: unknown };
  statusCode?: unknown;
  severity?: unknown;
  event?: unknown;
  timestamp?: unknown;
}

/** What every node but the home has in its dialog. */
export interface ShellConfig extends NodeDef {
  home?: string;
  /** Of what the dialog wrote: missing from the first one. */
  version?: number;
}

export interface HomeNode extends Node {
  residence: Residence | null;
}

/** One message, and the request behind it if there is one. */
export interface Passage {
  readonly message: AurionMessage;
  readonly exchange: Exchange | undefined;
  readonly homes: Homes;
  /** Sends to one output, the first unless named. */
  send(message: AurionMessage, output?: number): void;
}

/** What a node does with each message. What it throws goes to a Catch node, or answers the request. */
export type OnMessage = (passage: Passage) => Promise<void> | void;

export interface Built {
  readonly onMessage?: OnMessage;
  /** @param removed true when it does not come back after the deploy */
  readonly onClose?: (removed: boolean) => void;
  /** What its status says while all is well. */
  readonly status?: Calm;
}

/** Changes what a node's status says while all is well. */
export type Show = (calm: Calm) => void;

interface Failure {
  readonly error: AurionError;
  readonly reason: unknown;
  /** The message it failed with. */
  readonly about: unknown;
  readonly exchange: Exchange | undefined;
}

interface CatchingFlow {
  handleError(node: Node, error: unknown, message: unknown): boolean;
}

/**
 * Registers a node type. Everything our nodes have in common is here: finding the home, running an
 * async handler whose failure has an owner, the request's way, status.
 * @param build called for each node that has a home; a node without one is red and refuses messages
 */
export function registerNode<C extends ShellConfig>(
  RED: NodeAPI,
  type: string,
  build: (node: Node, config: C, residence: Residence, show: Show) => Built,
): void {
  RED.nodes.registerType(type, function (this: Node, saved: C) {
    RED.nodes.createNode(this, saved);
    const config = migrate(type, saved);
    if (isNewer(type, saved)) this.warn(RED._(`${SHARED}.row.newer`));
    const homes = Homes.of(RED);
    const residence = residenceOf(RED, config);
    const noHome = RED._(`${type}.status.no-home`);
    const status = new NodeStatus(this, residence, noHome);
    const show: Show = (calm) => status.rest(calm);
    const built = residence ? build(this, config, residence, show) : {};
    if (built.status) status.rest(built.status);
    else status.show();
    const forget = residence?.home.onStatus(() => status.show());

    this.on('input', (message: AurionMessage, send, done) => {
      const exchange = homes.exchangeOf(message);
      if (exchange) {
        exchange.lastNode = this.name ?? type;
        exchange.workingNodeId = this.id;
      }
      const passage: Passage = {
        message,
        exchange,
        homes,
        send: (out, output = 0) => send([...Array<null>(output).fill(null), out]),
      };
      handle(passage)
        .then(() => {
          status.report(null);
          done();
        })
        .catch((reason: unknown) => {
          const error = presentable(reason);
          status.report(faultOf(error, residence?.home.settings.language ?? 'en'));
          if (exchange) exchange.error = error;
          this.error = (_text: unknown, about?: unknown) =>
            report(this, { error, reason, about, exchange });
          try {
            done(error);
          } finally {
            Reflect.deleteProperty(this, 'error');
          }
        })
        .finally(() => {
          if (exchange?.workingNodeId === this.id) exchange.workingNodeId = null;
        });
    });

    async function handle(passage: Passage): Promise<void> {
      if (!residence) throw new AurionError('SERVICE_UNAVAILABLE', { cause: new Error(noHome) });
      await built.onMessage?.(passage);
    }

    this.on('close', (removed: boolean, done: () => void) => {
      forget?.();
      status.close();
      built.onClose?.(removed);
      done();
    });
  });
}

/** The home a node's dialog names. */
export function residenceOf(RED: NodeAPI, config: ShellConfig): Residence | null {
  const node = config.home ? (RED.nodes.getNode(config.home) as HomeNode | null) : null;
  return node?.residence ?? null;
}

/**
 * An error goes to the Catch nodes; where there is none, the request is answered with it, so that
 * nobody waits for a wire that does not exist. What is the caller's doing is no line in the log.
 */
function report(node: Node, failure: Failure): void {
  const { error, reason, exchange } = failure;
  const caught = toCatchNodes(node, failure);
  const inside = error.code === 'INTERNAL_ERROR';
  if (inside || (!caught && !exchange)) {
    const plain = Object.getPrototypeOf(node) as Node;
    const text = describe(inside ? reason : error);
    // Without a message, so that it is a line in the log and no Catch node hears it again.
    plain.error.call(
      node,
      lineOf(exchange ? `Request ${exchange.requestId} failed inside: ${text}` : text),
    );
  }
  if (!caught) exchange?.fail(error);
}

/** @returns false if there is no Catch node for it */
function toCatchNodes(node: Node, { error, about, exchange }: Failure): boolean {
  const flow = (node as Node & { _flow?: CatchingFlow })._flow;
  if (!flow) return false;
  try {
    return flow.handleError(node, error, about);
  } catch {
    // Each Catch node gets a copy, and not every message can be copied.
    const { _msgid } = about as AurionMessage;
    return flow.handleError(node, error, { _msgid, req: exchange?.view });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
