import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Actor } from '../../contract/actor';
import type { HomeEvent, Notification } from '../../contract/events';
import type { Language, Text } from '../../contract/language';
import type { Clock } from '../../ports/clock';
import type { Random } from '../../ports/crypto';
import type { Logger } from '../../ports/logger';

export type AccountActor = Extract<Actor, { kind: 'account' }>;

/** What the WebSocket end point needs of a home. */
export interface LiveHome {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /**
   * Who a token speaks for. Called again every few seconds for each signed-in session, so it should
   * be cheap.
   * @throws AurionError; below 500 it means: sign in again
   */
  authenticate(token: string): Promise<Actor>;
  /** What an account chose to read, else what the home speaks. */
  languageOf(accountId: number | null): Language;
  /** Where a request comes from, also through a proxy that is trusted. */
  addressOf(req: IncomingMessage): string | null;
  /** Whether a page of `origin` may connect; `host` is the request's Host, for pages served from the same place. */
  isAllowedOrigin(origin: string, host: string | undefined): boolean;
}

/** What protects a home from its clients. */
export interface LiveLimits {
  readonly socketsPerAccount: number;
  /** Sockets that have not signed in; one more pushes out the oldest of the address that has most of them. */
  readonly strangers: number;
  readonly frameBytes: number;
  readonly framesPerSecond: number;
  readonly frameBurst: number;
  /** What may wait for a client that reads slowly; beyond it the client is dropped. */
  readonly sendQueueBytes: number;
  /** Events that can be replayed. */
  readonly replayEvents: number;
}

export const LIVE_LIMITS: LiveLimits = {
  socketsPerAccount: 10,
  strangers: 200,
  frameBytes: 64 * 1024,
  framesPerSecond: 50,
  frameBurst: 100,
  sendQueueBytes: 1024 * 1024,
  replayEvents: 1000,
};

/** A frame's fields as the client sent them: bounded in size and depth, without dangerous keys. */
export type FrameFields = Readonly<Record<string, unknown>>;

/** A signed-in client, as flows see it. Keeping it after it left is harmless. */
export interface LiveClient {
  /** Unguessable, and never given to another client. */
  readonly id: string;
  readonly actor: AccountActor;
  /** What its reader reads. */
  language(): Language;
  /** False if the client has left or does not keep up. @throws TypeError for what JSON can't say */
  send(frame: object): boolean;
}

/** Hears the frames Aurion itself has no use for. */
export type LiveListener = (client: LiveClient, fields: FrameFields) => void;

/** Which sessions have ended: one, or an account's (but the one it goes on with). */
export type EndedSessions =
  { readonly sessionId: string } | { readonly accountId: number; readonly except?: string };

/** What became of sockets, since the start. */
export interface LiveCounts {
  /** Closed sockets by close code, `other` for codes that clients make up. */
  readonly closed: Readonly<Record<string, number>>;
  /** Refused upgrade requests by HTTP status. */
  readonly refused: Readonly<Record<string, number>>;
}

/**
 * The live end point of a home. It owns no HTTP server: whoever does hands it the upgrade requests
 * of its path. None of these throws because of a client.
 */
export interface WebSocketEndpoint {
  /** Takes over the socket of an upgrade request whose path the caller has matched. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends an event to each signed-in client that wants it, and keeps it for those that come back. */
  publish(event: HomeEvent): void;
  /** Sends a text for people to the signed-in clients, or to those of the accounts `to` picks; to how many. @param texts its message in each language: each client gets its own */
  notify(notification: Notification, to?: (accountId: number) => boolean, texts?: Text): number;
  /** Sends any frame to the signed-in clients, or to those of the accounts `to` picks; to how many. @throws TypeError for what JSON can't say */
  broadcast(frame: object, to?: (accountId: number) => boolean): number;
  /** Sends a frame to one client. False if it has left or does not keep up. @throws TypeError for what JSON can't say */
  sendTo(clientId: string, frame: object): boolean;
  /** Calls back for each frame of a signed-in client that is neither `auth`, `subscribe` nor `resume`. While nobody listens, such a frame ends its socket with 1008. @returns ends it */
  onMessage(listener: LiveListener): () => void;
  /** Closes the sockets of ended sessions with 4401. Sessions ended in another process are found out within 5 s. */
  endSessions(ended: EndedSessions): void;
  /** Signed-in clients. */
  readonly clients: number;
  /** Calls back when `clients` has changed. @returns ends it */
  onClients(listener: () => void): () => void;
  readonly counts: LiveCounts;
  /** Sends everybody away (1001); resolves when all sockets are gone, after a second at most. Upgrade requests are answered 503 from then on. */
  close(): Promise<void>;
}
