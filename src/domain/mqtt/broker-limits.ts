const DAY_MS = 24 * 3_600_000;

/** What the embedded broker keeps for its clients, and for how long. What is more is refused, or pushes out what is oldest. */
export const BROKER_LIMITS = {
  /** What a client may send as one packet before its connection is closed: it is not even read. */
  packetBytes: 256 * 1024,
  /** Of a client id, in characters. */
  clientIdLength: 128,
  /** Of a topic or filter, in bytes. */
  topicBytes: 256,
  /** Of one client. */
  filters: 500,
  /** For a client that is away, or does not acknowledge; the oldest go first. */
  queuedMessages: 1000,
  queuedBytes: 256 * 1024,
  /** Deliveries with QoS 2 that a client has begun and not finished. */
  unfinished: 1000,
  /** How long the session of a client that stays away is kept. */
  sessionMs: 7 * DAY_MS,
  /** Retained messages, of all. */
  retained: 10_000,
} as const;

/** Connections at a time, and sessions that outlive them, of one account; the oldest go first. */
export const ACCOUNT_LIMITS = {
  installer: { connections: 500, sessions: 200 },
  device: { connections: 10, sessions: 5 },
  sensor: { connections: 10, sessions: 5 },
  user: { connections: 50, sessions: 0 },
} as const;
