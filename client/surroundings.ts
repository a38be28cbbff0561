/** What the client takes from the world around it, so that it runs in browsers, Node and tests. */

export interface ClientTimer {
  cancel(): void;
}

export interface ClientClock {
  /** Calls back once after `delayMs`. */
  schedule(delayMs: number, callback: () => void): ClientTimer;
}

export const CLOCK: ClientClock = {
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The part of a WebSocket that the client uses: the browser's, Node's, or that of `ws`. */
export interface LiveSocket {
  send(text: string): void;
  close(code?: number): void;
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: {
      readonly type: string;
      readonly data?: unknown;
      readonly code?: number;
    }) => void,
  ): void;
}

export type LiveSocketClass = new (url: string) => LiveSocket;

const BACKOFF_MAX_MS = 30_000;

/** How long to wait before try number `attempt` (from 0): 1 s doubled up to 30 s, half of it by chance, so that not everybody comes back at once. */
export function backoffMs(attempt: number, random: () => number): number {
  const fullMs = Math.min(BACKOFF_MAX_MS, 1000 * 2 ** attempt);
  return fullMs * (0.5 + random() / 2);
}

interface BrowserEvents {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/**
 * Calls back when the browser says that the network is gone or that now is a good time to look
 * (network back, page shown again). Elsewhere than in a browser, never. @returns what ends it
 */
export function watchBrowser(on: { offline(): void; look(): void }): () => void {
  const { window, document } = globalThis as {
    window?: BrowserEvents;
    document?: BrowserEvents & { readonly visibilityState: string };
  };
  const offline = (): void => on.offline();
  const look = (): void => {
    if (document?.visibilityState !== 'hidden') on.look();
  };
  window?.addEventListener('offline', offline);
  window?.addEventListener('online', look);
  document?.addEventListener('visibilitychange', look);
  return () => {
    window?.removeEventListener('offline', offline);
    window?.removeEventListener('online', look);
    document?.removeEventListener('visibilitychange', look);
  };
}
