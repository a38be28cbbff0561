import { AurionError } from '../../contract/errors';
import type { Text } from '../../contract/language';

const LENGTH_MIN = 8;
/** bcrypt ignores all past 72 bytes: a longer password would promise more than it holds. */
export const PASSWORD_BYTES_MAX = 72;

const RULES = {
  short: {
    fr: `au moins ${LENGTH_MIN} caractères`,
    en: `at least ${LENGTH_MIN} characters`,
  },
  long: { fr: `${PASSWORD_BYTES_MAX} octets au plus`, en: `${PASSWORD_BYTES_MAX} bytes at most` },
  control: { fr: 'sans caractère de contrôle', en: 'no control characters' },
  half: { fr: 'sans moitié de caractère (Unicode)', en: 'no half a character (Unicode)' },
  email: { fr: "différent de l'email", en: 'not the e-mail' },
  common: {
    fr: 'trop courant, il serait deviné en premier',
    en: 'too common, it would be guessed first',
  },
} as const satisfies Record<string, Text>;

/** A password as it is hashed: keyboards and systems spell the same letter in different ways, and it is the same password (NFC, as RFC 8265). */
export function normalPassword(password: string): string {
  return password.normalize('NFC');
}

/**
 * The forms that a typed password may have been hashed in, the normal one first: before there was a
 * normal one it was hashed as it was typed.
 */
export function passwordForms(password: string): readonly string[] {
  return [...new Set([normalPassword(password), password, password.normalize('NFD')])];
}

/**
 * Refuses a new password that is too easy to guess. No composition rules, after NIST SP 800-63B §3.1.1.
 * @param isCommon says if a lower-case text is among the most common passwords
 * @param field the input's field that holds it, for the details
 * @throws PASSWORD_REFUSED whose text says the rule
 */
export function assertGoodPassword(
  typed: string,
  email: string,
  isCommon: (lowerCase: string) => boolean,
  field = 'password',
): void {
  const refused = (rule: Text) =>
    new AurionError('PASSWORD_REFUSED', {
      params: { rule },
      details: (language) => [{ path: field, message: rule[language] }],
    });
  const password = normalPassword(typed);
  const lowerCase = password.toLowerCase();
  if (password.length < LENGTH_MIN) throw refused(RULES.short);
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) throw refused(RULES.long);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(password)) throw refused(RULES.control);
  if (!password.isWellFormed()) throw refused(RULES.half);
  if (lowerCase === normalPassword(email).toLowerCase()) throw refused(RULES.email);
  if (isCommon(lowerCase)) throw refused(RULES.common);
}

/** Whether a password has as many characters as the shortest that is safe. */
export function isLongEnough(password: string): boolean {
  return password.length >= LENGTH_MIN;
}

/**
 * Refuses a password of the broker's installer that is too short to be safe on a network.
 * @throws MQTT_PASSWORD_SHORT
 */
export function assertLongMqttPassword(password: string): void {
  if (isLongEnough(password)) return;
  throw new AurionError('MQTT_PASSWORD_SHORT');
}
