import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Node, NodeAPI } from 'node-red';
import type { Exchange } from '../../src/adapters/exchange';
import type { Actor } from '../../src/contract/actor';
import { AurionError, presentable, textOf } from '../../src/contract/errors';
import { ROLES, satisfies, type Role } from '../../src/contract/role';
import type { Residence } from '../runtime/residence';
import { registerNode, type AurionMessage, type Passage, type ShellConfig } from '../runtime/shell';
import { short } from '../runtime/texts';

interface GuardConfig extends ShellConfig {
  /** What is asked beyond what the operation asks; empty: nothing (behind `http in`: guest). */
  role?: string;
}

const REFUSED_OUTPUT = 1;

/** Lets a request pass if its token and role are good; the second output is for the refused. */
export = function (RED: NodeAPI): void {
  registerNode<GuardConfig>(RED, 'aurion-auth-guard', (node, config, residence, show) => {
    const asked = ROLES.find((role) => role === config.role);
    let refused = 0;

    async function onMessage(passage: Passage): Promise<void> {
      const { message, homes } = passage;
      const exchange = passage.exchange ?? adopt(message, residence);
      message._msgid = homes.carry(exchange, message._msgid);
      try {
        exchange.actor = await admit(exchange, residence, asked);
      } catch (reason) {
        refuse(passage, exchange, presentable(reason));
        return;
      }
      message.actor = describe(exchange.actor);
      passage.send(message);
    }

    function refuse(passage: Passage, exchange: Exchange, error: AurionError): void {
      if (error.code === 'INTERNAL_ERROR') throw error;
      exchange.error = error;
      refused += 1;
      const reason = textOf(error, residence.home.settings.language);
      const params = { count: String(refused), reason };
      const text = short(RED._('aurion-auth-guard.status.refused', params));
      show({ fill: 'yellow', shape: 'ring', text });
      if (!isWired(node, REFUSED_OUTPUT)) {
        exchange.fail(error);
        return;
      }
      const { message } = passage;
      message.error = { code: error.code, message: textOf(error, exchange.language) };
      passage.send(message, REFUSED_OUTPUT);
    }

    return { onMessage };
  });
};

/** Who passes: nobody in particular where the operation is public. */
async function admit(
  exchange: Exchange,
  { home }: Residence,
  asked: Role | undefined,
): Promise<Actor | null> {
  if (exchange.homeKey !== home.settings.key) throw new AurionError('ACCESS_DENIED');
  const required = exchange.operation?.role ?? 'guest';
  if (required === 'public' && asked === undefined) return null;
  const actor = await home.authenticate(exchange.token);
  const enough = satisfies(actor.role, required) && satisfies(actor.role, asked ?? 'public');
  if (!enough) throw new AurionError('ACCESS_DENIED');
  return actor;
}

/** A request of Node-RED's own `http in` comes with Express's request and response. */
function adopt(message: AurionMessage, { home }: Residence): Exchange {
  const req = message.req as (IncomingMessage & { res?: ServerResponse }) | undefined;
  if (!req?.res || typeof req.headers !== 'object') throw new AurionError('TOKEN_MISSING');
  return home.api.adopt(req, req.res);
}

function describe(actor: Actor | null): unknown {
  if (actor?.kind !== 'account') return undefined;
  const { accountId, name, role } = actor;
  return { accountId, name, role };
}

function isWired(node: Node, output: number): boolean {
  const { wires } = node as Node & { wires?: string[][] };
  return (wires?.[output]?.length ?? 0) > 0;
}
