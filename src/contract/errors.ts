import type { Language, Text } from './language';

interface ErrorDeclaration extends Text {
  /** The HTTP status REST answers with. */
  readonly status: number;
}

/**
 * Every error Aurion can answer with. Codes are public API: never renamed, never reused.
 * `{name}` in a text is filled from the error's `params`.
 */
export const ERRORS = {
  INPUT_INVALID: {
    status: 400,
    fr: 'Requête invalide : {problem}',
    en: 'Invalid request: {problem}',
  },
  INPUT_KEY_FORBIDDEN: {
    status: 400,
    fr: 'Nom de champ interdit : {key}',
    en: 'Forbidden field name: {key}',
  },
  INPUT_TOO_DEEP: {
    status: 400,
    fr: 'Données trop imbriquées (32 niveaux au plus)',
    en: 'Input nested too deeply (32 levels at most)',
  },
  BODY_MALFORMED: { status: 400, fr: 'JSON mal formé', en: 'Malformed JSON' },
  BODY_TOO_LARGE: {
    status: 413,
    fr: 'Requête trop volumineuse (100 ko au plus)',
    en: 'Request too large (100 kB at most)',
  },
  BODY_TIMEOUT: {
    status: 408,
    fr: 'La requête n’est pas arrivée en entier à temps, réessayez',
    en: 'The request did not arrive whole in time, try again',
  },
  BODY_TYPE_UNSUPPORTED: {
    status: 415,
    fr: 'Type de contenu non pris en charge : envoyez du JSON (application/json), non compressé',
    en: 'Unsupported content type: send JSON (application/json), uncompressed',
  },
  METHOD_NOT_ALLOWED: { status: 405, fr: 'Méthode non autorisée', en: 'Method not allowed' },
  PATH_UNKNOWN: { status: 404, fr: "Cette adresse n'existe pas", en: 'Nothing is at this address' },
  OPERATION_NOT_OPEN: {
    status: 404,
    fr: "Aucun flux n'ouvre cette opération",
    en: 'No flow opens this operation',
  },
  OPERATION_UNKNOWN: {
    status: 400,
    fr: 'Opération inconnue : {operation}',
    en: 'Unknown operation: {operation}',
  },
  REQUEST_LOST: {
    status: 504,
    fr: 'Le flux a perdu cette requête après « {node} »',
    en: 'The flow lost this request after "{node}"',
  },
  SERVICE_RESTARTING: {
    status: 503,
    fr: 'Aurion démarre, réessayez dans un instant',
    en: 'Aurion is starting, try again in a moment',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    fr: 'Service indisponible, réessayez plus tard',
    en: 'Service unavailable, try again later',
  },
  SERVICE_BUSY: {
    status: 503,
    fr: 'Trop de demandes en ce moment, réessayez dans un instant',
    en: 'Too many requests right now, try again in a moment',
  },
  INTERNAL_ERROR: { status: 500, fr: 'Erreur interne', en: 'Internal error' },

  TOKEN_MISSING: { status: 401, fr: 'Token manquant', en: 'Token missing' },
  TOKEN_INVALID: { status: 403, fr: 'Token invalide', en: 'Token invalid' },
  SESSION_EXPIRED: { status: 401, fr: 'Session expirée', en: 'Session expired' },
  ACCESS_DENIED: { status: 403, fr: 'Accès refusé', en: 'Access denied' },

  EMAIL_TAKEN: {
    status: 400,
    fr: 'Cet email est déjà utilisé',
    en: 'This e-mail is already in use',
  },
  PASSWORD_REFUSED: {
    status: 400,
    fr: 'Mot de passe refusé : {rule}',
    en: 'Password refused: {rule}',
  },
  CREDENTIALS_WRONG: {
    status: 401,
    fr: 'Email ou mot de passe incorrect',
    en: 'Wrong e-mail or password',
  },
  PASSWORD_WRONG: {
    status: 400,
    fr: 'Le mot de passe actuel manque ou est incorrect',
    en: 'The current password is missing or wrong',
  },
  RESET_TOKEN_INVALID: {
    status: 400,
    fr: 'Ce lien a expiré ou a déjà servi : demandez-en un nouveau',
    en: 'This link has expired or was used: ask for a new one',
  },
  ADMIN_LAST: {
    status: 409,
    fr: 'Il faut au moins un administrateur : le dernier ne peut ni perdre son rôle, ni être désactivé ou supprimé',
    en: "There must be an administrator: the last one can't lose the role, be disabled or be deleted",
  },
  ATTEMPTS_EXCEEDED: {
    status: 429,
    fr: 'Trop de tentatives, réessayez dans {seconds} s',
    en: 'Too many attempts, try again in {seconds} s',
  },
  RATE_EXCEEDED: {
    status: 429,
    fr: 'Trop de requêtes, réessayez dans {seconds} s',
    en: 'Too many requests, try again in {seconds} s',
  },
  ACCOUNT_DISABLED: { status: 403, fr: 'Ce compte est désactivé', en: 'This account is disabled' },
  ACCOUNT_NOT_FOUND: { status: 404, fr: 'Utilisateur non trouvé', en: 'User not found' },
  SETUP_CODE_REQUIRED: {
    status: 403,
    fr: "Le premier compte se crée depuis la machine d'Aurion, ou avec le code d'installation (en-tête X-Aurion-Setup-Code)",
    en: "The first account is made on Aurion's own machine, or with the setup code (header X-Aurion-Setup-Code)",
  },
  REGISTRATION_CLOSED: {
    status: 403,
    fr: 'Les inscriptions sont fermées : un administrateur peut créer votre compte',
    en: 'Registration is closed: an administrator can make your account',
  },

  DEVICE_NOT_FOUND: { status: 404, fr: 'Appareil non trouvé', en: 'Device not found' },
  DEVICE_KEY_TAKEN: {
    status: 409,
    fr: "Cette clé est déjà celle d'un autre appareil",
    en: 'This key already belongs to another device',
  },
  DEVICE_TIMEOUT: {
    status: 504,
    fr: "L'appareil n'a pas confirmé à temps",
    en: 'The device did not confirm in time',
  },
  DEVICE_OFFLINE: {
    status: 503,
    fr: "L'appareil est hors ligne",
    en: 'The device is offline',
  },
  DEVICE_REFUSED: {
    status: 502,
    fr: "L'appareil a refusé la commande",
    en: 'The device refused the command',
  },
  SENSOR_NOT_FOUND: { status: 404, fr: 'Capteur non trouvé', en: 'Sensor not found' },
  SENSOR_KEY_TAKEN: {
    status: 409,
    fr: "Cette clé est déjà celle d'un autre capteur",
    en: 'This key already belongs to another sensor',
  },
  READING_REFUSED: {
    status: 400,
    fr: 'Mesure refusée : {problem}',
    en: 'Reading refused: {problem}',
  },
  ALERT_NOT_FOUND: { status: 404, fr: 'Alerte non trouvée', en: 'Alert not found' },
  ADDRESS_FORBIDDEN: {
    status: 400,
    fr: 'Cette adresse est refusée : {host} est dans un réseau privé, et son nom ne figure pas parmi ceux que la maison permet',
    en: 'This address is refused: {host} is in a private network, and its name is not among those the home allows',
  },
  DISCOVERED_NOT_FOUND: {
    status: 404,
    fr: "Rien n'a été découvert sous ce nom",
    en: 'Nothing of this name was discovered',
  },
  SCHEDULE_NOT_FOUND: {
    status: 404,
    fr: 'Programmation non trouvée',
    en: 'Schedule not found',
  },
  SCHEDULE_INVALID: {
    status: 400,
    fr: 'Programmation refusée : {problem}',
    en: 'Schedule refused: {problem}',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    fr: 'Cette Idempotency-Key a déjà servi pour une autre commande de cet appareil',
    en: 'This Idempotency-Key was already used for another command of this device',
  },
  SCHEDULE_LIMIT_REACHED: {
    status: 409,
    fr: 'Un appareil a {count} programmations au plus',
    en: 'A device has {count} schedules at most',
  },
  BROKER_UNAVAILABLE: {
    status: 503,
    fr: 'Le broker MQTT est injoignable',
    en: 'The MQTT broker is unreachable',
  },

  WEATHER_UNAVAILABLE: {
    status: 503,
    fr: 'Météo indisponible : le service météo ne répond pas',
    en: 'No weather: the weather service does not answer',
  },
  PLACE_UNKNOWN: {
    status: 503,
    fr: "Météo indisponible : le lieu de la maison n'est pas réglé (AURION_PLACE)",
    en: "No weather: the home's place is not set (AURION_PLACE)",
  },

  STORE_UNAVAILABLE: {
    status: 503,
    fr: 'Stockage indisponible, réessayez plus tard',
    en: 'Storage unavailable, try again later',
  },
  ROW_TOO_LARGE: {
    status: 413,
    fr: 'Données trop longues pour le stockage ({bytes} octets, {max} au plus)',
    en: 'Too long to be stored ({bytes} bytes, {max} at most)',
  },
  STORE_FULL: { status: 507, fr: 'Espace disque insuffisant', en: 'Not enough disk space' },
  STORE_LOCKED: {
    status: 503,
    fr: 'Le dossier de données est utilisé par un autre processus : {folder}',
    en: 'The data folder is in use by another process: {folder}',
  },
  STORE_CORRUPT: {
    status: 503,
    fr: 'Données endommagées : {problem}',
    en: 'Damaged data: {problem}',
  },
  STORE_URL_INVALID: {
    status: 503,
    fr: 'L’adresse du stockage (storeUrl) doit commencer par postgres:// ou mongodb://',
    en: 'The address of the store (storeUrl) must start with postgres:// or mongodb://',
  },
  STORE_DRIVER_MISSING: {
    status: 503,
    fr: 'Ce stockage demande des paquets qui manquent : lancez {command} dans le dossier utilisateur de Node-RED, puis redémarrez-le',
    en: "This store needs packages that are missing: run {command} in Node-RED's user directory, then restart it",
  },
  MQTT_PASSWORD_SHORT: {
    status: 503,
    fr: 'Le mot de passe MQTT (mqttPassword, AURION_MQTT_PASSWORD) est trop court : au moins 8 caractères',
    en: 'The MQTT password (mqttPassword, AURION_MQTT_PASSWORD) is too short: at least 8 characters',
  },
  SECRET_WEAK: {
    status: 503,
    fr: 'Le secret des jetons ({setting}) est trop faible : 32 octets aléatoires au moins',
    en: 'The token secret ({setting}) is too weak: at least 32 random bytes',
  },
} as const satisfies Record<string, ErrorDeclaration>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** Where in the input: `password`, `days.0`; empty for the input as a whole. */
  readonly path: string;
  readonly message: string;
}

export interface ErrorOptions {
  readonly params?: Readonly<Record<string, string | Text>>;
  readonly details?: (language: Language) => readonly ErrorDetail[];
  /** Sent as `Retry-After`. */
  readonly retryAfterS?: number;
  readonly cause?: unknown;
}

/**
 * An error a caller is told about. `code` is an own property, since only then Node-RED hands it to a
 * Catch node. `message` is English, for logs; people get `textOf(error, language)`.
 */
export class AurionError extends Error {
  override readonly name = 'AurionError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly params: Readonly<Record<string, string | Text>>;
  readonly details?: (language: Language) => readonly ErrorDetail[];
  readonly retryAfterS?: number;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(fill(ERRORS[code].en, options.params ?? {}, 'en'), { cause: options.cause });
    this.code = code;
    this.status = ERRORS[code].status;
    this.params = options.params ?? {};
    if (options.details) this.details = options.details;
    if (options.retryAfterS !== undefined) this.retryAfterS = options.retryAfterS;
  }
}

/** The error's text in a person's language. */
export function textOf(error: AurionError, language: Language): string {
  return fill(ERRORS[error.code][language], error.params, language);
}

/** What is told of an error outside, in a person's language. */
export function toldOf(
  error: AurionError,
  language: Language,
): { message: string; code: ErrorCode; details?: readonly ErrorDetail[] } {
  const told = { message: textOf(error, language), code: error.code };
  return error.details ? { ...told, details: error.details(language) } : told;
}

/** Any error as one that may be shown outside: what is not ours is INTERNAL_ERROR (S19). */
export function presentable(error: unknown): AurionError {
  return error instanceof AurionError ? error : new AurionError('INTERNAL_ERROR', { cause: error });
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

function fill(
  template: string,
  params: Readonly<Record<string, string | Text>>,
  language: Language,
): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) return whole;
    return typeof value === 'string' ? value : value[language];
  });
}
