import type { ErrorCode } from '../../src/contract/errors';
import type { Text } from '../../src/contract/language';

/** What a person who meets an error in a flow can do about it, by code. The help and the pages of the nodes tell it. */
export const REMEDIES: Partial<Readonly<Record<ErrorCode, Text>>> = {
  INPUT_INVALID: {
    en: 'The text names the field. Compare `msg.payload` with the input of the operation.',
    fr: "Le message nomme le champ. Comparez `msg.payload` avec l'entrée de l'opération.",
  },
  INPUT_KEY_FORBIDDEN: {
    en: 'Rename the field in `msg.payload`: names with `.` or `$` and names such as `__proto__` are never taken.',
    fr: 'Renommez le champ dans `msg.payload` : les noms avec `.` ou `$` et ceux comme `__proto__` ne sont jamais acceptés.',
  },
  OPERATION_UNKNOWN: {
    en: 'Name one of the operations above, in the dialog or in `msg.operation`; another kind is done by another node.',
    fr: "Indiquez une des opérations ci-dessus, dans la fenêtre d'édition ou dans `msg.operation` ; les autres relèvent d'un autre nœud.",
  },
  TOKEN_MISSING: {
    en: 'Nobody was let in: wire an `aurion-auth-guard` before this node.',
    fr: "Personne n'a été admis : placez un `aurion-auth-guard` avant ce nœud.",
  },
  ACCESS_DENIED: {
    en: 'The operation asks for a higher role than that of the account, or of the dialog.',
    fr: "L'opération exige un rôle plus élevé que celui du compte, ou de la fenêtre d'édition.",
  },
  SERVICE_UNAVAILABLE: {
    en: "The node has no home, or the home can't start: its status and the log say why.",
    fr: "Le nœud n'a pas de maison, ou elle ne peut pas démarrer : son état et le journal disent pourquoi.",
  },
  STORE_UNAVAILABLE: {
    en: 'Aurion tries again by itself; look whether the database runs and its address is right.',
    fr: 'Aurion réessaie de lui-même ; vérifiez que la base de données tourne et que son adresse est juste.',
  },
  STORE_FULL: {
    en: 'Free some disk space; Aurion goes on by itself.',
    fr: "Libérez de l'espace disque ; Aurion reprend de lui-même.",
  },
  INTERNAL_ERROR: {
    en: "A fault of Aurion: the log has its cause, beside the request's id.",
    fr: "C'est une erreur d'Aurion : le journal en donne la cause, avec l'id de la requête.",
  },

  EMAIL_TAKEN: {
    en: 'Sign in with it, or choose a new password by `auth.reset-password`.',
    fr: 'Connectez-vous avec cet email, ou choisissez un nouveau mot de passe avec `auth.reset-password`.',
  },
  PASSWORD_REFUSED: {
    en: 'The text says the rule: 8 characters to 72 bytes, not a common one, not the e-mail.',
    fr: "Le message rappelle la règle : de 8 caractères à 72 octets, ni trop courant, ni égal à l'email.",
  },
  CREDENTIALS_WRONG: {
    en: 'Type both again; what is wrong of the two is not told.',
    fr: 'Ressaisissez les deux : Aurion ne dit pas lequel est faux.',
  },
  PASSWORD_WRONG: {
    en: 'Give the present password, or choose a new one by `auth.reset-password`.',
    fr: 'Saisissez le mot de passe actuel, ou choisissez-en un autre avec `auth.reset-password`.',
  },
  RESET_TOKEN_INVALID: {
    en: 'Each link serves once: ask `auth.reset-password` for another.',
    fr: "Un lien ne sert qu'une fois : demandez-en un autre avec `auth.reset-password`.",
  },
  ADMIN_LAST: {
    en: 'Make somebody else an administrator first.',
    fr: "Nommez d'abord un autre administrateur.",
  },
  ATTEMPTS_EXCEEDED: {
    en: 'Wait as long as the text says.',
    fr: 'Attendez le temps indiqué dans le message.',
  },
  SERVICE_BUSY: {
    en: 'Too many passwords are checked at once, or the same is under way in another process: try again in a moment.',
    fr: 'Trop de mots de passe sont vérifiés en même temps, ou la même chose est en cours dans un autre processus : réessayez dans un instant.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    en: 'Nothing was sent. Use a new key for each new command; the same one only to send the same command again.',
    fr: "Rien n'a été envoyé. Prenez une nouvelle clé pour chaque nouvelle commande ; la même, seulement pour renvoyer la même commande.",
  },
  ACCOUNT_DISABLED: {
    en: 'An administrator can enable it by `accounts.change`.',
    fr: 'Un administrateur peut le réactiver avec `accounts.change`.',
  },
  ACCOUNT_NOT_FOUND: {
    en: '`accounts.list` shows the ids there are.',
    fr: '`accounts.list` montre les ids qui existent.',
  },
  SETUP_CODE_REQUIRED: {
    en: 'Register on the machine itself, or take the code from the ways in of `aurion-home`.',
    fr: 'Inscrivez-vous sur la machine même, ou utilisez le code affiché sous « Accès » dans `aurion-home`.',
  },
  REGISTRATION_CLOSED: {
    en: 'An administrator makes accounts by `accounts.create`; `aurion-home` opens registration.',
    fr: "Un administrateur crée les comptes avec `accounts.create` ; les inscriptions s'ouvrent dans `aurion-home`.",
  },

  DEVICE_NOT_FOUND: {
    en: '`devices.list` shows the ids there are; a deleted one never comes back.',
    fr: '`devices.list` montre les ids qui existent ; un id supprimé ne revient jamais.',
  },
  DEVICE_KEY_TAKEN: {
    en: 'Choose another `key`, or leave it out.',
    fr: "Choisissez une autre `key`, ou n'en donnez pas.",
  },
  DEVICE_TIMEOUT: {
    en: 'Look whether it is powered, subscribes to its `command` topic and reports on `status`.',
    fr: "Vérifiez qu'il est alimenté, qu'il est abonné à son sujet `command` et qu'il répond sur `status`.",
  },
  DEVICE_OFFLINE: {
    en: 'Its last word was `offline`: look at its power and its network. If a simulator was killed: start it again, and end it with Ctrl-C.',
    fr: 'Son dernier mot a été `offline` : vérifiez son alimentation et son réseau. Si le simulateur a été tué, relancez-le et arrêtez-le par Ctrl-C.',
  },
  DEVICE_REFUSED: {
    en: 'It reported the opposite: look whether it is locked, or switched by hand.',
    fr: "Il a signalé le contraire : vérifiez s'il est verrouillé ou actionné à la main.",
  },
  BROKER_UNAVAILABLE: {
    en: 'Aurion connects again by itself; the status of `aurion-home` says what is wrong.',
    fr: "Aurion se reconnecte de lui-même ; l'état d'`aurion-home` dit ce qui ne va pas.",
  },
  DISCOVERED_NOT_FOUND: {
    en: 'It has to send something first; the list of what is discovered shows the keys.',
    fr: "Il doit d'abord envoyer quelque chose ; la liste des découvertes montre les clés.",
  },
  SCHEDULE_NOT_FOUND: {
    en: '`schedules.list` shows those of a device.',
    fr: "`schedules.list` montre celles d'un appareil.",
  },
  SCHEDULE_INVALID: {
    en: 'The text says what does not fit; sunrise and sunset need the place of `aurion-home`.',
    fr: 'Le message dit ce qui ne convient pas ; pour le lever et le coucher du soleil, `aurion-home` doit connaître le lieu.',
  },
  SCHEDULE_LIMIT_REACHED: {
    en: 'Delete some by `schedules.delete`.',
    fr: 'Supprimez-en avec `schedules.delete`.',
  },

  SENSOR_NOT_FOUND: {
    en: '`sensors.list` shows the ids there are.',
    fr: '`sensors.list` montre les ids qui existent.',
  },
  SENSOR_KEY_TAKEN: {
    en: 'Choose another `key`, or leave it out.',
    fr: "Choisissez une autre `key`, ou n'en donnez pas.",
  },
  READING_REFUSED: {
    en: 'The text says the reason: a unit, a type or a time that makes no sense, or a copy.',
    fr: "Le message en donne la raison : une unité, un type ou une heure qui n'a pas de sens, ou un doublon.",
  },
  ALERT_NOT_FOUND: {
    en: '`alerts.list` shows the ids there are.',
    fr: '`alerts.list` montre les ids qui existent.',
  },

  WEATHER_UNAVAILABLE: {
    en: 'Look whether this machine reaches the internet, or the weather service of `aurion-home`.',
    fr: "Vérifiez que cette machine atteint internet, ou le service météo d'`aurion-home`.",
  },
  PLACE_UNKNOWN: {
    en: 'Give the place in the dialog of `aurion-home`.',
    fr: "Indiquez le lieu dans la fenêtre d'`aurion-home`.",
  },
};
