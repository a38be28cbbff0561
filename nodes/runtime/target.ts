import type { Node, NodeAPI } from 'node-red';
import { AurionError } from '../../src/contract/errors';
import { printable } from '../../src/contract/safe-input';
import type { Residence } from './residence';
import type { AurionMessage } from './shell';

/** The thing that a node's dialog names. */
export interface TargetConfig {
  /** The id or key of a thing, or where it is found. */
  readonly target?: string;
  readonly targetType?: string;
}

/** What is found anew with each message. */
const DYNAMIC = ['msg', 'flow', 'global', 'jsonata'];

const KEY = /^(?!\d+$)[\w-]{1,64}$/;

/** Whose id an operation takes; those of others have no keys. */
function kindOf(operationId: string): 'device' | 'sensor' | null {
  const [noun = ''] = operationId.split('.', 1);
  if (noun === 'sensors') return 'sensor';
  const isOfDevice = ['devices', 'energy'].includes(noun);
  const takesDevice = ['schedules.create', 'schedules.list'].includes(operationId);
  return isOfDevice || takesDevice ? 'device' : null;
}

/**
 * The value of a node's target for one message; undefined if its dialog names none.
 * @throws INPUT_INVALID if it can't be found out
 */
export async function targetOf(
  { util }: NodeAPI,
  node: Node,
  { target = '', targetType = '' }: TargetConfig,
  message: AurionMessage,
): Promise<unknown> {
  const named = target.trim();
  if (named === '') return undefined;
  if (targetType !== 'env' && !DYNAMIC.includes(targetType)) return named;
  try {
    return await new Promise<unknown>((resolve, reject) => {
      util.evaluateNodeProperty(named, targetType, node, message, (error, value: unknown) => {
        if (error) reject(error);
        else resolve(value);
      });
    });
  } catch (error) {
    const problem = printable(`${named}: ${(error as Error).message}`);
    throw new AurionError('INPUT_INVALID', { params: { problem }, cause: error });
  }
}

/** The id that a target stands for, if an operation takes the id of what has a key; else the target as it is. */
export function idOf(target: unknown, operationId: string, { home }: Residence): unknown {
  const kind = kindOf(operationId);
  if (kind === null || typeof target !== 'string' || !KEY.test(target)) return target;
  return home.idOf(kind, target) ?? target;
}

/** Whether a listening node hears a thing: the one that its dialog names, or every one where it names none for good. */
export function hearsOf(
  RED: NodeAPI,
  node: Node,
  config: TargetConfig,
  { home }: Residence,
): (id: number) => boolean {
  const { target = '', targetType = '' } = config;
  const saved = target.trim();
  if (saved === '' || DYNAMIC.includes(targetType)) return () => true;
  const isVariable = targetType === 'env';
  const name = isVariable ? String(RED.util.evaluateNodeProperty(saved, 'env', node, {})) : saved;
  const kind = node.type === 'aurion-sensor' ? 'sensor' : 'device';
  // Each time: a key can be given to another thing, and the home may not run yet.
  return (id) => name === String(id) || home.idOf(kind, name) === id;
}
