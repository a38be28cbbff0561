import type { HomeEvent, Notification } from '../contract/events';
import type { Text } from '../contract/language';

/** What one process of a home tells the others. */
export type PeerMessage =
  /** These devices or sensors were registered, changed, deleted, or told something: the store knows. */
  | { readonly kind: 'devices'; readonly ids: readonly number[] }
  /** Schedules, away mode or what people chose has changed: the store knows. */
  | { readonly kind: 'time' }
  /** Something was not told: read anew what others may have changed. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'sensors'; readonly ids: readonly number[] }
  /** A page of this account, wherever it is open, is to show it. */
  | {
      readonly kind: 'notification';
      readonly sendingId: string;
      readonly accountId: number;
      readonly notification: Notification;
      /** Its message in each language. */
      readonly texts?: Text | undefined;
    }
  /** It happened here and nobody else can have noticed. */
  | { readonly kind: 'event'; readonly event: HomeEvent };

/** The other processes of this home, which share its store. */
export interface Peers {
  /** Without an answer: who is away hears it later, or finds it in the store. */
  tell(message: PeerMessage): void;
  /** Called once for each message of another process. */
  onMessage(listener: (message: PeerMessage) => void): void;
  /** Called when messages may have been missed: what others changed is to be read anew. */
  onGap(listener: () => void): void;
}

/** For a home of one process. */
export const ALONE: Peers = {
  tell: () => undefined,
  onMessage: () => undefined,
  onGap: () => undefined,
};
