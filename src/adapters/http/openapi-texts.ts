/**
 * What fields mean, in French, by the English that stands with their declaration (`.describe(…)`).
 * `openapi.test.ts` asks for each of them, and for none that no field has.
 */
export const FRENCH_DESCRIPTIONS: Readonly<Record<string, string>> = {
  // Accounts, errors, headers
  'What every error answers.': 'Ce que répond toute erreur.',
  'for people, in their language': 'pour les personnes, dans leur langue',
  'for programs, stable': 'pour les programmes, ne change jamais',
  'as in the header X-Request-Id': "comme dans l'en-tête X-Request-Id",
  'what is wrong with the input': "ce qui ne va pas dans l'entrée",
  '`password`, `days.0`; empty for all of it': "`password`, `days.0` ; vide pour l'entrée entière",
  'names this request in logs and errors': 'désigne cette requête dans le journal et les erreurs',
  'when to try again, in seconds; not always given':
    'quand réessayer, en secondes ; pas toujours indiqué',
  'why it is away, for programs': 'pourquoi elle manque, pour les programmes',
  'why it is away, for people': 'pourquoi elle manque, pour les personnes',
  'for administrators, and on the machine itself':
    'pour les administrateurs, et depuis la machine elle-même',
  'for administrators, and on the machine itself: what works and yet asks for them':
    'pour les administrateurs, et depuis la machine elle-même : ce qui marche et demande pourtant leur attention',
  '`account:3`, `flow:<node>`, `editor:<user>`, `address:192.0.2.7`, `cli`, `public`':
    '`account:3`, `flow:<nœud>`, `editor:<utilisateur>`, `address:192.0.2.7`, `cli`, `public`',
  'the operation, and behind a colon why it failed: `auth.login:CREDENTIALS_WRONG`':
    "l'opération et, après un deux-points, la raison de son échec : `auth.login:CREDENTIALS_WRONG`",
  'what it was done to, and what that became: `account:2 role=user`':
    'sur quoi elle a porté, et ce que cela a donné : `account:2 role=user`',
  'to go on behind this entry': 'pour lire la suite après cette entrée',
  'from the header X-Next-Cursor of the page before':
    "tiré de l'en-tête X-Next-Cursor de la page précédente",

  // Devices
  'nominal power in W': 'puissance nominale en W',
  '1 to 64 of A-Z a-z 0-9 _ -, not digits alone':
    '1 à 64 caractères parmi A-Z a-z 0-9 _ -, pas uniquement des chiffres',
  'meters: seconds between readings': 'compteurs : secondes entre deux relevés',
  'meters: more than this is a jump': 'compteurs : au-delà, le relevé est un saut',
  'meters: where the counter rolls over': "compteurs : valeur à laquelle l'index repasse à zéro",
  'meters: the counter restarts at 0 after a power cut':
    "compteurs : l'index repart de 0 après une coupure",
  'a meter that measures the whole home': 'un compteur qui mesure toute la maison',
  W: 'W',
  '°C': '°C',
  'of the command this answers': 'de la commande à laquelle ce message répond',
  'the same key within 24 h gives the same answer, and one command; with another command it is refused':
    'la même clé dans les 24 h donne la même réponse, et une seule commande ; avec une autre commande elle est refusée',
  'on or off, as reported (or as told, while assumed)':
    "allumé ou éteint, comme l'appareil le signale (ou comme demandé, tant que c'est supposé)",
  'W: reported, else nominal; null if neither is known':
    "W : celle que l'appareil signale, sinon la nominale ; null si aucune n'est connue",
  "the installer's name for it in MQTT topics":
    "le nom que l'installateur lui donne dans les sujets MQTT",
  'false once the device has said it is offline': "false dès que l'appareil s'est dit hors ligne",
  'true until the device has reported for the first time':
    "true tant que l'appareil n'a encore rien signalé",
  'the start of its last message': 'le début de son dernier message',
  "the device's name": "le nom de l'appareil",
  "the device's": "celui de l'appareil",
  'its name': 'son nom',
  'the name it speaks under': 'le nom sous lequel il parle',
  'the name it speaks under, as it is written in the topic':
    "le nom sous lequel il parle, tel qu'il est écrit dans le sujet",
  'the key it gets, if it is not to be that name; the device has to use it from then on':
    "la clé qu'il reçoit, si ce n'est pas ce nom ; l'appareil doit l'utiliser dès lors",
  'whether that can be its key; else it is adopted under a newKey':
    "si ce nom peut lui servir de clé ; sinon, l'adopter demande une newKey",
  'why it cannot': 'pourquoi ce nom ne le peut pas',

  // Sensors
  "the sensor's name": 'le nom du capteur',
  'inactive while it is switched off': "inactive tant qu'il est désactivé",
  '%': '%',
  'when it last noticed something: at most 5 min before that was heard, and never in the future; null for what only measures':
    "dernière fois qu'il a remarqué quelque chose : 5 min au plus avant qu'on l'entende, jamais dans le futur ; null pour ce qui ne fait que mesurer",
  'false: what it says is dropped and its alerts end; true: what it said last raises its alert anew, though that may be over by now':
    "false : ce qu'il dit est écarté et ses alertes prennent fin ; true : ce qu'il a dit en dernier redéclenche son alerte, même si c'est peut-être terminé",
  'a door or window: true is open': 'une porte ou une fenêtre : true quand elle est ouverte',
  'false until it has spoken, and once it is silent for too long':
    "false tant qu'il n'a rien dit, et quand il se tait trop longtemps",
  'when it was read': "l'heure de la mesure",
  'what the sensor counts from now': 'ce que le capteur compte désormais',
  'of a sensor': "d'un capteur",
  'of a meter': "d'un compteur",
  exclusive: 'exclu',

  // Alerts
  'whose it is': "l'objet de l'alerte",
  'what it comes from, where it is no sensor': "d'où elle vient, si ce n'est pas d'un capteur",
  'when it was raised': "l'heure à laquelle elle a été déclenchée",
  'needed for another e-mail': 'requis pour changer l’email',
  "the account's name": 'le nom du compte',
  'true until what raised it is over': "true tant que dure ce qui l'a déclenchée",
  'how often it was found while active': "combien de fois elle a été constatée depuis qu'elle dure",
  'when it was last found': "l'heure du dernier constat",
  'critical and not acknowledged': 'critiques et non acquittées',
  'from raised to acknowledged, as text: 2min':
    "du déclenchement à l'acquittement, sous forme de texte : 2min",
  '%: how much of the time the sensors were heard':
    '% : part du temps pendant laquelle les capteurs ont été entendus',
  "mails to the account's address": "envoie un e-mail à l'adresse du compte",
  'shows notifications on open pages': 'affiche les notifications dans les pages ouvertes',
  "gives webhookUrl the account's phone number as `to`":
    'transmet le numéro de téléphone du compte à webhookUrl, dans `to`',
  'gets each notification by POST; SMS gateways too':
    'reçoit chaque notification par POST ; convient aussi aux passerelles SMS',
  'home time; what is critical is told all the same':
    'heure de la maison ; ce qui est critique est signalé quand même',

  // Schedules, away mode
  'HH:MM, home time': 'HH:MM, heure de la maison',
  '0 = Monday … 6 = Sunday; for weekly at least one':
    '0 = lundi … 6 = dimanche ; au moins un pour weekly',
  'once: YYYY-MM-DD, home time; without it the next such time':
    'once : AAAA-MM-JJ, heure de la maison ; sans date, dès que cette heure revient',
  'cron: minute, hour, day, month, day of the week; home time':
    'cron : minute, heure, jour, mois, jour de la semaine ; heure de la maison',
  sun: 'sun',
  'sun: minutes after it, below zero before': 'sun : minutes après, ou avant si négatif',
  'what becomes of a run that was missed; `state`: the device gets the state it would have':
    "que faire d'une exécution manquée ; `state` : l'appareil reçoit l'état qu'il aurait",
  'HH:MM; of cron and sun that of the next run, empty without one':
    "HH:MM ; pour cron et sun, celle de la prochaine exécution, vide s'il n'y en a pas",
  'null when there is none any more': "null quand il n'y en a plus",
  'failed: an error code, or `interrupted`; missed: `downtime`, `replaced` by a later slot, `automation-off`':
    "failed : un code d'erreur, ou `interrupted` ; missed : `downtime`, `replaced` par une échéance plus récente, `automation-off`",
  'when that was settled': "l'heure à laquelle cela a été établi",
  'to go on behind this run': 'pour lire la suite après cette exécution',
  'null when off': "null quand il n'est pas actif",
  'true once the time to leave is over': 'true une fois le délai de départ écoulé',

  // Settings
  'of messages, where a request prefers none; null: as the home speaks':
    "celle des messages quand la requête n'en préfère aucune ; null : celle de la maison",
  'whether pages show notifications of alerts; mails and webhooks follow their own config':
    'si les pages affichent les notifications des alertes ; e-mails et webhooks ont leur propre configuration',
  'false: schedules and presence simulation do nothing, their slots are missed':
    'false : les programmations et la simulation de présence ne font rien, leurs échéances sont manquées',
  'time to leave before away mode arms': "délai pour partir avant que le mode absence s'arme",
  'time to switch away mode off on coming home':
    'délai pour désactiver le mode absence en rentrant',
  'ids of the lights that simulate presence; null: all lights, []: none':
    'identifiants des lumières qui simulent une présence ; null : toutes, [] : aucune',

  // Energy
  'kW; null: no alert': "kW ; null : pas d'alerte",
  'now; below zero is export': 'à cet instant ; négative quand la maison injecte',
  'what the counter shows, at least 0': "l'index du compteur, 0 au moins",
  '`W` unless told: `kW`': '`W` par défaut, ou `kW`',
  '`kWh` unless told: `Wh`': '`kWh` par défaut, ou `Wh`',
  V: 'V',
  A: 'A',
  'ISO 8601 with a zone, or milliseconds since 1970; without one that makes sense the time of arrival counts':
    "ISO 8601 avec fuseau, ou millisecondes depuis 1970 ; sans heure plausible, c'est celle de l'arrivée qui compte",
  'counts the messages; a lower one is a restart':
    'compte les messages ; un numéro plus petit est un redémarrage',
  "by the meter's own time, where it has one": "à l'heure du compteur, s'il en a une",
  'kW, at most 3 decimals': 'kW, 3 décimales au plus',
  'kWh, at most 3 decimals': 'kWh, 3 décimales au plus',
  "today's": "celui d'aujourd'hui",
  'today against the same hours of the last 7 days':
    "aujourd'hui par rapport aux mêmes heures des 7 derniers jours",
  '%, one decimal': '%, une décimale',
  'by how much, without sign': 'de combien, sans signe',
  tomorrow: 'demain',
  'the 7 days from tomorrow': 'les 7 jours à partir de demain',
  'the 30 days from tomorrow': 'les 30 jours à partir de demain',
  'of nextMonth': 'celui de nextMonth',
  'how well the method did on the last days': 'ce que la méthode a donné sur les derniers jours',
  'why there is no forecast': "pourquoi il n'y a pas de prévision",
  'the start of the slot': 'le début du créneau',
  'how much of the slot is known': 'la part du créneau qui est connue',
  'a day of which something is known': 'par jour dont on sait quelque chose',
  'mean power against that of the calendar month before; above 0 is more':
    'puissance moyenne par rapport à celle du mois civil précédent ; au-dessus de 0, il y a hausse',
  'the hour that used most, home time':
    "l'heure où la consommation a été la plus forte, heure de la maison",
  'in that hour': 'pendant cette heure',
  'share of the energy used outside peak hours':
    "part de l'énergie consommée hors des heures de pointe",
  'ISO 4217': 'ISO 4217',
  'how many were priced anew': 'combien ont été recalculés',
  'decimal text, at most 6 decimals: 88, 0.1841':
    'nombre décimal sous forme de texte, 6 décimales au plus : 88, 0.1841',
  'outside the bands': 'hors des plages',
  '0 = Monday … 6 = Sunday': '0 = lundi … 6 = dimanche',
  'home time': 'heure de la maison',
  'exclusive; not after `from` means on the next day':
    "exclu ; s'il ne suit pas `from`, c'est le lendemain",
  'kWh of the month; the last has none': "kWh du mois ; la dernière n'en a pas",
  'in `currency`, rounded to its coin': 'dans `currency`, arrondi à sa plus petite pièce',
  'of the cost: ISO 4217; left out where that is null':
    'celle du coût : ISO 4217 ; absente quand il est null',
  'why the cost is null though something was measured: nobody has set a tariff, or parts were paid in several currencies, which are never added up':
    "pourquoi le coût est null bien qu'il y ait des mesures : personne n'a fixé de tarif, ou des parts ont été payées en plusieurs monnaies, qui ne s'additionnent jamais",
  'empty: nobody has set a tariff in this currency, and every cost is null':
    "vide : personne n'a fixé de tarif dans cette monnaie, et tout coût est null",
  '7d unless told; not together with a range': '7d par défaut ; exclut une période de date à date',
  'exclusive; the first and the last slot are cut where the range is':
    'exclu ; le premier et le dernier créneau sont coupés aux bornes de la période',
  'of a range; hour unless told': "d'une période de date à date ; hour par défaut",
  'fr: as a French spreadsheet writes': 'fr : comme un tableur français',
  'of fields: , unless told; ; if Accept-Language asks for French':
    'des champs : , par défaut ; ; si Accept-Language demande le français',
  'of numbers: . unless told; , if Accept-Language asks for French':
    'des nombres : . par défaut ; , si Accept-Language demande le français',
  'true, false, "on" or "off"': 'true, false, "on" ou "off"',
  'true or false of what notices, a number of what measures; or the field of its type instead: `motion`, `smoke`, `temperature`, …':
    'true ou false pour ce qui détecte, un nombre pour ce qui mesure ; ou, à la place, le champ de son type : `motion`, `smoke`, `temperature`, …',
  'of a number, if it is not the one of its type: `°F`':
    "d'un nombre, si ce n'est pas celle de son type : `°F`",
  '0 to 100 %': 'de 0 à 100 %',
  'when it was read: ISO 8601 with a zone, or milliseconds since 1970':
    "l'heure de la mesure : ISO 8601 avec un fuseau, ou millisecondes depuis 1970",
  'counts up by one with each message': 'augmente de un à chaque message',
  "the sensor's clock was not believed: this is when it arrived":
    "l'horloge du capteur n'a pas été crue : c'est l'heure d'arrivée",
  'its share of what the home paid': 'sa part de ce que la maison a payé',

  // Weather
  'WMO code 4677, as Open-Meteo gives it': 'code OMM 4677, tel que le donne Open-Meteo',
  'seconds since it was observed': "secondes depuis l'observation",
  'true when the source could not be asked and this is what was last known':
    "true quand le service n'a pas pu être interrogé : c'est alors la dernière météo connue",
};

/** What a house could hold, as an English one calls it, by what stands in the examples. */
export const ENGLISH_EXAMPLES: Readonly<Record<string, string>> = {
  'Lumière Salon': 'Living Room Light',
  'Lampe de chevet': 'Bedside Lamp',
  'lampe-chevet': 'bedside-lamp',
  'aurion/devices/lampe-chevet/status': 'aurion/devices/bedside-lamp/status',
  'Climatiseur Chambre': 'Bedroom Air Conditioner',
  Compteur: 'Meter',
  'Détecteur de Mouvement - Entrée': 'Motion Detector - Hall',
  'Détecteur de Fumée - Cuisine': 'Smoke Detector - Kitchen',
  'Fuite - Salle de bain': 'Leak Detector - Bathroom',
  'Fumée détectée : Détecteur de Fumée - Cuisine (Cuisine)':
    'Smoke detected: Smoke Detector - Kitchen (Kitchen)',
  'Au secours': 'Help!',
  Salon: 'Living Room',
  Chambre: 'Bedroom',
  Entrée: 'Hall',
  Cuisine: 'Kitchen',
  'Salle de bain': 'Bathroom',
};
