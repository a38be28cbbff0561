import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type FlowNode } from './aurion-process';

const FOLDER = join(ROOT, 'examples');

/** What the import menu offers, by path: `full-backend`, `jobs/holiday`, … */
export function exampleNames(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length).replaceAll('\\', '/'))
    .sort();
}

export function example(name: string): FlowNode[] {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as FlowNode[];
}

/** Several flows in one Node-RED, as the editor imports them: what they share, the home, is there once. */
export function together(...flows: FlowNode[][]): FlowNode[] {
  return [...new Map(flows.flat().map((node) => [node.id, node])).values()];
}

/**
 * The nodes that are red beside the full backend, since a home opens a group and its live end point
 * once: what the `info` of an example must tell.
 */
export function redBesideFullBackend(nodes: readonly FlowNode[], home: string): string[] {
  const opens = ['aurion-request', 'aurion-websocket'];
  return nodes
    .filter((node) => opens.includes(node.type) && node['home'] === home)
    .map(({ id }) => id)
    .sort();
}
