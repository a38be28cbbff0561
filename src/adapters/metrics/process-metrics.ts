import { collectDefaultMetrics, Registry } from 'prom-client';

let shared: Registry | undefined;

/**
 * The metrics of the process under the names every Node.js dashboard knows (`process_…`, `nodejs_…`):
 * memory, CPU, event loop lag with p99. One registry for all homes of a process; measuring begins when
 * it is first asked for, so that it costs nothing where nobody scrapes.
 */
export function processRegistry(): Registry {
  if (!shared) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
  }
  return shared;
}
