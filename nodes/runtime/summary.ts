import type { NodeAPI, NodeStatus } from 'node-red';
import { textOf, type AurionError } from '../../src/contract/errors';
import type { Language } from '../../src/contract/language';
import { short, SHARED } from './texts';

/** What an answer or an event may tell of itself below a node. */
interface Told {
  readonly name?: unknown;
  readonly online?: unknown;
  readonly status?: unknown;
  readonly value?: unknown;
  readonly unit?: unknown;
  readonly deviceId?: unknown;
  /** kW: of a slice. */
  readonly power?: unknown;
  /** kW: of the home. */
  readonly current?: unknown;
  readonly temperatureC?: unknown;
}

/**
 * What a node's status says of what it did or heard last: of which thing, and how that is now.
 * @param did the operation or event
 */
export function summaryOf(RED: NodeAPI, did: string, told: unknown): NodeStatus {
  if (Array.isArray(told)) return dot(`${did}: ${told.length}`);
  if (typeof told !== 'object' || told === null) return dot(did);
  const thing = told as Told;
  const of = typeof thing.name === 'string' ? thing.name : did;
  if (thing.online === false) {
    const offline = RED._(`${SHARED}.status.offline`);
    return { fill: 'yellow', shape: 'ring', text: short(`${of}: ${offline}`) };
  }
  const measured = measureOf(thing);
  if (measured !== null) return dot(`${of}: ${measured}`);
  const isOn = typeof thing.value === 'boolean' ? thing.value : thing.status;
  if (typeof isOn !== 'boolean') return dot(of === did ? did : `${did}: ${of}`);
  const state = isOn ? RED._(`${SHARED}.status.on`) : RED._(`${SHARED}.status.off`);
  return dot(`${of}: ${state}`, isOn ? 'green' : 'grey');
}

/** What a node's status says of an error: in words. */
export function faultOf(error: AurionError, language: Language): NodeStatus {
  return { fill: 'red', shape: 'ring', text: short(textOf(error, language)) };
}

function dot(text: string, fill: 'green' | 'grey' = 'green'): NodeStatus {
  return { fill, shape: 'dot', text: short(text) };
}

function measureOf({ value, unit, deviceId, power, current, temperatureC }: Told): string | null {
  if (typeof value === 'number') {
    return typeof unit === 'string' ? `${rounded(value)} ${unit}` : rounded(value);
  }
  if (typeof deviceId === 'number' && typeof power === 'number') return `${rounded(power)} kW`;
  if (typeof current === 'number') return `${rounded(current)} kW`;
  return typeof temperatureC === 'number' ? `${rounded(temperatureC)} °C` : null;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
