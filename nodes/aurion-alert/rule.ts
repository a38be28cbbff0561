import type { Node, NodeAPI } from 'node-red';
import { ALERT_TYPES, SEVERITIES } from '../../src/contract/alert';
import { SENSOR_TYPES, type Sensor, type SensorValue } from '../../src/contract/sensor';
import { COMPARISONS, type Condition, type Rule } from '../../src/domain/alerts/condition';
import type { AppliesTo } from '../../src/services/alert-rules';
import type { OperationConfig } from '../runtime/operation-node';

/** The dialog of a rule: texts, as Node-RED keeps them. */
export interface AlertConfig extends OperationConfig {
  /** Empty: it holds none. */
  rule?: string;
  /** Types, ids and keys of sensors, separated by commas; empty: all. */
  sensors?: string;
  field?: string;
  comparison?: string;
  than?: string;
  overAt?: string;
  /** JSONata on the sensor. */
  expression?: string;
  forS?: string | number;
  coolDownS?: string | number;
  alertType?: string;
  severity?: string;
  messageFr?: string;
  messageEn?: string;
}

/** A dialog that makes no rule. */
export class RuleInvalid extends Error {
  override readonly name = 'RuleInvalid';
  constructor(readonly field: keyof AlertConfig) {
    super(`The rule's ${field} is invalid`);
  }
}

const FIELDS = ['value', 'battery', 'online'] as const;
const SECONDS_MAX = 30 * 86_400;
const MESSAGE = '{sensor} ({location})';

/** @throws RuleInvalid */
export function readRule(
  RED: NodeAPI,
  node: Node,
  config: AlertConfig,
): { rule: Rule; appliesTo: AppliesTo } {
  const fr = config.messageFr?.trim() || MESSAGE;
  const rule: Rule = {
    id: node.id,
    type: oneOf(ALERT_TYPES, config, 'alertType'),
    severity: oneOf(SEVERITIES, config, 'severity'),
    condition: readCondition(RED, node, config),
    message: { fr, en: config.messageEn?.trim() || fr },
    forMs: seconds(config, 'forS') * 1000,
    coolDownMs: seconds(config, 'coolDownS') * 1000,
  };
  return { rule, appliesTo: readSensors(config.sensors) };
}

function readCondition(RED: NodeAPI, node: Node, config: AlertConfig): Condition {
  switch (config.rule) {
    case 'compare': {
      const overAt = config.overAt?.trim() ?? '';
      return {
        kind: 'compare',
        field: oneOf(FIELDS, config, 'field'),
        is: oneOf(COMPARISONS, config, 'comparison'),
        than: readValue(config.than),
        ...(overAt !== '' && { overAt: finite(overAt, 'overAt') }),
      };
    }
    case 'change':
      return { kind: 'change', field: oneOf(FIELDS, config, 'field') };
    case 'absence': {
      const forMs = seconds(config, 'forS') * 1000;
      if (forMs === 0) throw new RuleInvalid('forS');
      return { kind: 'absence', forMs };
    }
    case 'expression':
      return { kind: 'expression', holds: readExpression(RED, node, config.expression ?? '') };
    case undefined:
    default:
      throw new RuleInvalid('rule');
  }
}

function readExpression(
  RED: NodeAPI,
  node: Node,
  text: string,
): (sensor: Sensor) => Promise<boolean | null> {
  let expression: ReturnType<NodeAPI['util']['prepareJSONataExpression']>;
  try {
    if (text.trim() === '') throw new RuleInvalid('expression');
    expression = RED.util.prepareJSONataExpression(text, node);
  } catch {
    throw new RuleInvalid('expression');
  }
  let complaint = '';
  return (sensor) =>
    new Promise((resolve) => {
      RED.util.evaluateJSONataExpression(expression, sensor, (error, found: unknown) => {
        const problem = error ? error.message : '';
        // Once, not with each reading.
        if (error && problem !== complaint) node.error(problem);
        complaint = problem;
        resolve(error ? null : found === true);
      });
    });
}

function readSensors(text = ''): AppliesTo {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) return () => true;
  const types = names.filter((name) => SENSOR_TYPES.some((type) => type === name));
  const others = names.filter((name) => !types.includes(name));
  return ({ id, key, type }) =>
    types.includes(type) || others.includes(String(id)) || (key !== null && others.includes(key));
}

function readValue(text = ''): SensorValue {
  const said = text.trim();
  if (said === 'true' || said === 'false') return said === 'true';
  return finite(said, 'than');
}

function finite(text: string, field: keyof AlertConfig): number {
  const number = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(number)) throw new RuleInvalid(field);
  return number;
}

function seconds(config: AlertConfig, field: 'forS' | 'coolDownS'): number {
  const text = String(config[field] ?? '').trim();
  const number = text === '' ? 0 : finite(text, field);
  if (number < 0 || number > SECONDS_MAX) throw new RuleInvalid(field);
  return number;
}

function oneOf<T extends string>(
  all: readonly T[],
  config: AlertConfig,
  field: 'alertType' | 'severity' | 'field' | 'comparison',
): T {
  const found = all.find((one) => one === config[field]);
  if (found === undefined) throw new RuleInvalid(field);
  return found;
}
