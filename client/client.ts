import { Calls, type OperationId } from './calls';
import { CALLS, type Methods } from './generated';
import { Live, type LiveOptions } from './live';
import { memoryStorage, Session, type OnSignInNeeded, type TokenStorage } from './session';
import { CLOCK, type ClientClock, type LiveSocketClass } from './surroundings';

export interface AurionClientOptions {
  /** Where the API is: `http://localhost:5000/api`, or a path on the page's own origin. */
  readonly baseUrl: string;
  /** Where the WebSocket is; by default `ws` beside the API: `ws://localhost:5000/ws`. */
  readonly liveUrl?: string | undefined;
  /** Of error messages; by default the home's language. */
  readonly language?: 'fr' | 'en' | undefined;
  /** By default the memory of the page. */
  readonly storage?: TokenStorage | undefined;
  readonly onSignInNeeded?: OnSignInNeeded | undefined;
  /** When a request without an answer is given up; 30 s. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Needed where there is no global one: Node.js before 22. */
  readonly WebSocket?: LiveSocketClass | undefined;
  /** For tests. */
  readonly clock?: ClientClock | undefined;
  /** For tests: 0 to 1. */
  readonly random?: (() => number) | undefined;
}

/** Aurion's operations as methods, by their ids (`devices.list`), and what happens live. */
export interface AurionClient extends Methods {
  /** Connects and stays connected until it is closed. */
  live(options?: LiveOptions): Live;
}

/** Makes a client. It does nothing until something is called. */
export function createAurionClient(options: AurionClientOptions): AurionClient {
  const { timeoutMs = 30_000, clock = CLOCK, random = Math.random, language } = options;
  const baseUrl = absolute(options.baseUrl).replace(/\/+$/, '');
  const session = new Session(options.storage ?? memoryStorage(), options.onSignInNeeded);
  const calls = new Calls(session, {
    ...{ baseUrl, language, timeoutMs, clock, random },
    // Called as a method of something else, a browser's own refuses.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
  });
  function live(wanted: LiveOptions = {}): Live {
    const WebSocket =
      options.WebSocket ?? (globalThis as { WebSocket?: LiveSocketClass }).WebSocket;
    if (!WebSocket) throw new TypeError('No WebSocket here: give createAurionClient one');
    const url = (options.liveUrl ?? new URL('../ws', `${baseUrl}/`).href).replace(/^http/, 'ws');
    return new Live(session, { ...wanted, url, WebSocket, clock, random });
  }
  return { ...(methodsOf(calls) as unknown as Methods), live };
}

/** `devices.list` becomes `{ devices: { list } }`. */
function methodsOf(calls: Calls): object {
  const methods: Record<string, unknown> = {};
  for (const id of Object.keys(CALLS) as OperationId[]) {
    const names = id.split('.').map(camelCase);
    const name = names.pop() ?? '';
    let group = methods;
    for (const each of names) group = (group[each] ??= {}) as Record<string, unknown>;
    group[name] = (input?: Record<string, unknown>, options?: object) =>
      calls.call(id, input, options);
  }
  return methods;
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

function absolute(url: string): string {
  const page = (globalThis as { location?: { href: string } }).location;
  return new URL(url, page?.href).href;
}
