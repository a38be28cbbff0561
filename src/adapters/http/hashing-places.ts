import { AurionError } from '../../contract/errors';
import { addressGroup } from '../../domain/limits/address-group';
import type { Exchange } from '../exchange';

/** More would not have their turn within a second, at two at once and a fifth of a second each. */
const PLACES = 16;
/** So that one that asks and asks leaves room for others. */
const PLACES_OF_ADDRESS = 8;

/**
 * Who may come as far as the hash of a password. The others are refused before anything of them is
 * read, since refusing late costs nearly as much as the work (S8).
 */
export class HashingPlaces {
  private readonly taken = new Map<Exchange, string>();

  /** @throws SERVICE_BUSY if there is no place for one from there */
  assertFree({ origin }: Exchange): void {
    const from = groupOf(origin.address);
    const fromThere = [...this.taken.values()].filter((other) => other === from).length;
    if (this.taken.size < PLACES && fromThere < PLACES_OF_ADDRESS) return;
    throw new AurionError('SERVICE_BUSY', { retryAfterS: 2 });
  }

  /** Holds a place until the exchange is over. Only for one whose body is there: who sends slowly must hold none. @throws SERVICE_BUSY */
  take(exchange: Exchange): void {
    this.assertFree(exchange);
    this.taken.set(exchange, groupOf(exchange.origin.address));
    exchange.whenAnswered(() => this.taken.delete(exchange));
  }
}

function groupOf(address: string | null): string {
  return address === null ? '' : addressGroup(address);
}
