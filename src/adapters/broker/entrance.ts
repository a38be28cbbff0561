import { randomUUID } from 'node:crypto';
import type { Aedes, Client } from 'aedes' with { 'resolution-mode': 'import' };
import { AurionError } from '../../contract/errors';
import { printable } from '../../contract/safe-input';
import { MESSAGE_BYTES_MAX } from '../../domain/intake/payload';
import { OnceEvery } from '../../domain/limits/once-every';
import { BROKER_LIMITS } from '../../domain/mqtt/broker-limits';
import { accountOf, type BrokerAccess, type Visitor } from '../../ports/broker-access';
import type { Clock } from '../../ports/clock';
import type { Logger } from '../../ports/logger';
import type { Seats } from './seats';
import type { Sessions } from './sessions';

const COMPLAIN_EVERY_MS = 60_000;
/** MQTT 3.1.1's return codes; aedes' enum is in a module that can't be required. */
const IDENTIFIER_REJECTED = 2;
const UNAVAILABLE = 3;
const BAD_CREDENTIALS = 4;

type ConnectPacket = Parameters<Aedes['preConnect']>[1];
type AuthenticateDone = Parameters<Aedes['authenticate']>[3];

/** What a client asked for, until it is known who it is. */
interface Request {
  readonly packet: ConnectPacket;
  readonly clientId: string;
}

/** Signs clients in at the embedded broker and names them. */
export class Entrance {
  private readonly requests = new WeakMap<Client, Request>();
  private readonly addresses = new WeakMap<Client, string>();
  private readonly failures = new OnceEvery(COMPLAIN_EVERY_MS);
  private changes = 0;

  constructor(
    private readonly ports: {
      readonly access: BrokerAccess;
      readonly seats: Seats;
      readonly sessions: Sessions;
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {
    ports.access.onChanged(() => void (this.changes += 1));
  }

  /** Somebody connected, from an address if that is known. */
  arrive(client: Client, address: string | null): void {
    if (address !== null) this.addresses.set(client, address);
  }

  /**
   * A client says that it comes. Its id counts among those of its account only, so that nobody can
   * throw others out or take their session; until it is known whose it is, it has one nobody can have.
   */
  greet(client: Client, packet: ConnectPacket): void {
    this.requests.set(client, { packet, clientId: packet.clientId });
    packet.clientId = randomUUID();
    const { will } = packet;
    if (will && will.payload.length > MESSAGE_BYTES_MAX) delete packet.will;
  }

  /** Lets a client in or tells it why not. Never rejects. */
  async admit(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
    done: AuthenticateDone,
  ): Promise<void> {
    const request = this.requests.get(client);
    this.requests.delete(client);
    const refusal = await this.refusalOf(client, request, username, password);
    if (refusal === null) done(null, true);
    else done(Object.assign(new Error('refused'), { returnCode: refusal }), null);
  }

  /** @returns null for one who is in, else MQTT's return code */
  private async refusalOf(
    client: Client,
    request: Request | undefined,
    username: string | undefined,
    password: Buffer | undefined,
  ): Promise<number | null> {
    if (!request || !isClientId(request)) return IDENTIFIER_REJECTED;
    if (username === undefined || password === undefined) return BAD_CREDENTIALS;
    try {
      const visitor = await this.recognise(client, username, password.toString());
      if (!visitor) return BAD_CREDENTIALS;
      this.seat(client, visitor, request);
      return null;
    } catch (error) {
      this.complain(error);
      return UNAVAILABLE;
    }
  }

  /** Asks again if somebody's standing changed meanwhile: it may have been this one's. */
  private async recognise(
    client: Client,
    username: string,
    password: string,
  ): Promise<Visitor | null> {
    const address = this.addresses.get(client) ?? null;
    for (;;) {
      const { changes } = this;
      const visitor = await this.ports.access.authenticate(username, password, address);
      if (visitor === null || changes === this.changes) return visitor;
    }
  }

  private complain(error: unknown): void {
    // Whoever counts tries has told it.
    if (error instanceof AurionError && error.code === 'ATTEMPTS_EXCEEDED') return;
    const { clock, logger } = this.ports;
    if (this.failures.admit('', clock.monotonicMs()) === null) return;
    logger.warn(`MQTT sign-in failed: ${printable(String(error), 200)}`);
  }

  private seat(client: Client, visitor: Visitor, { packet, clientId }: Request): void {
    const { seats, sessions } = this.ports;
    client.id = `${accountOf(visitor)}/${clientId === '' ? randomUUID() : clientId}`;
    if (visitor.kind === 'user') {
      // A page that comes back asks REST how things are.
      packet.clean = true;
      client.clean = true;
    }
    sessions.claim(client.id, visitor);
    seats.take(client, visitor);
  }
}

/** MQTT 3.1.1, 3.1.3.1: who has no id can't come back for a session. Any of 3.1 may be as long as others. */
function isClientId({ clientId, packet }: Request): boolean {
  return clientId === '' ? packet.clean === true : clientId.length <= BROKER_LIMITS.clientIdLength;
}
