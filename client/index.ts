export { createAurionClient, type AurionClient, type AurionClientOptions } from './client';
export { AurionClientError, AurionNetworkError, type ErrorDetail } from './errors';
export type * from './generated';
export type {
  EventMeta,
  HomeEventName,
  Live,
  LiveListeners,
  LiveOptions,
  LiveState,
  Notification,
} from './live';
export { memoryStorage, webStorage, type OnSignInNeeded, type TokenStorage } from './session';
export type { ClientClock, ClientTimer, LiveSocket, LiveSocketClass } from './surroundings';
