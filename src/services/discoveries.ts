import type { Discovered } from '../contract/discovered';
import { key as keySchema } from '../contract/fields';
import type { Language, Text } from '../contract/language';
import { printable } from '../contract/safe-input';
import type { Clock } from '../ports/clock';
import type { Message } from '../ports/message-link';

const KEPT_MAX = 200;
const SAMPLE_LENGTH_MAX = 200;

interface Found {
  readonly topic: string;
  readonly count: number;
  readonly lastSeen: number;
  readonly message: Message;
}

/** What speaks on the home's topics without being registered: counted and shown to the installer, nothing more. In memory, the most recent ones. */
export class Discoveries {
  private readonly found = new Map<string, Found>();

  constructor(private readonly clock: Clock) {}

  note(name: string, message: Message): void {
    const count = (this.found.get(name)?.count ?? 0) + 1;
    // Set anew, so that the map's order is that of the last sight.
    this.found.delete(name);
    this.found.set(name, { topic: message.topic, count, lastSeen: this.clock.now(), message });
    if (this.found.size <= KEPT_MAX) return;
    for (const oldest of this.found.keys()) {
      this.found.delete(oldest);
      return;
    }
  }

  /** The last seen first; why one needs a new key is told in `language`. */
  list(language: Language): Discovered[] {
    return [...this.found]
      .map(([key, { topic, count, lastSeen, message }]) => ({
        key,
        ...keyed(key, language),
        topic,
        count,
        lastSeen: new Date(lastSeen).toISOString(),
        sample: printable(
          message.payload.subarray(0, SAMPLE_LENGTH_MAX).toString(),
          SAMPLE_LENGTH_MAX,
        ),
      }))
      .reverse();
  }

  /** Its last message and when it came, and forgets it: it is registered now. */
  take(name: string): Pick<Found, 'message' | 'lastSeen'> | null {
    const found = this.found.get(name) ?? null;
    this.found.delete(name);
    return found;
  }

  has(name: string): boolean {
    return this.found.has(name);
  }
}

const DIGITS_ALONE: Text = {
  fr: 'un nombre seul est un id : adoptez-le sous une clé de votre choix (newKey), puis donnez-la à l’appareil',
  en: 'a number alone is an id: adopt it under a key of your choice (newKey), then give that to the device',
};
const NO_KEY: Text = {
  fr: 'une clé a 1 à 64 caractères parmi A-Z a-z 0-9 _ - et n’est pas un mot réservé : adoptez-le sous une clé de votre choix (newKey), puis donnez-la à l’appareil',
  en: 'a key is 1 to 64 of A-Z a-z 0-9 _ -, and no reserved word: adopt it under a key of your choice (newKey), then give that to the device',
};

/** Whether something can be registered under the name it speaks under, and if not, why. */
function keyed(name: string, language: Language): Pick<Discovered, 'adoptable' | 'reason'> {
  if (keySchema.safeParse(name).success) return { adoptable: true };
  return { adoptable: false, reason: (/^\d+$/.test(name) ? DIGITS_ALONE : NO_KEY)[language] };
}
