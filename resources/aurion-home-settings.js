/* global window, URL, Intl */

/** The settings of a home as its dialog asks for them: one table, from which rows, defaults and checks are made. Node-RED runs the scripts of a page in the order of their arrival: the page itself puts them together. */
(window.aurionHome ??= {}).settings = () => {
  const matches = (pattern) => (text) => pattern.test(text);
  const each = (isGood) => (text) => text.split(',').every((part) => isGood(part.trim()));

  const isPath = matches(/^(\/[A-Za-z0-9_-]+){1,4}$/);
  const isPort = (text) => /^\d{1,5}$/.test(text) && Number(text) <= 65535;
  const isOrigin = (text) => /^https?:\/\/[^/\s]+$/.test(text.replace(/\/$/, ''));
  const isBrokerAddress = (text) => /^(mqtts?|wss?):\/\/[^/?#]/i.test(text) && URL.canParse(text);
  // Paths are put behind it, so it has neither query nor fragment; it stands in exports, so no password.
  const isWebAddress = (text) =>
    /^https?:\/\/[^/?#@]+(\/[^?#]*)?$/i.test(text) && URL.canParse(text);
  const isCurrency = (text) => Intl.supportedValuesOf('currency').includes(text);

  /** A name of the time zone database; offsets know nothing of summer time. */
  function isTimeZone(text) {
    if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/.test(text)) return false;
    try {
      new Intl.DateTimeFormat('en', { timeZone: text });
      return true;
    } catch {
      return false;
    }
  }

  function isPlace(text) {
    const number = String.raw`(-?\d{1,3}(?:\.\d{1,8})?)`;
    const [, latitude, longitude] = RegExp(`^${number} *, *${number}$`).exec(text.trim()) ?? [];
    return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  }

  const isMailSender = (text) =>
    text.length <= 255 &&
    /^([^<>@"\r\n]{1,100} <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(text);

  /** What may be chosen, each with what else means the same. The first is how it is written. */
  const YES_NO = [
    ['1', 'true', 'on'],
    ['0', 'false', 'off'],
  ];
  const ON_OFF = [
    ['on', '1', 'true'],
    ['off', '0', 'false'],
  ];
  const oneOf = (...values) => values.map((value) => [value]);

  /**
   * By section, in the order of the dialog. `good` says which texts a home takes, `choices` the few
   * there are; `secret` is a credential; `hint`: a text below the field says more than its label.
   */
  const SECTIONS = {
    home: {
      icon: 'home',
      settings: {
        key: { icon: 'key', value: 'home', good: matches(/^[a-z0-9-]{1,32}$/), hint: true },
        language: { icon: 'language', value: 'fr', choices: oneOf('fr', 'en'), hint: true },
        demo: { icon: 'gift', value: '1', choices: YES_NO, hint: true },
      },
    },
    store: {
      icon: 'database',
      mode: ['files', 'database'],
      settings: {
        storeUrl: {
          icon: 'database',
          secret: 'password',
          says: 'storeUrl',
          hint: true,
          only: 'database',
        },
      },
      trial: true,
    },
    broker: {
      icon: 'sitemap',
      mode: ['embedded', 'outside', 'variable'],
      settings: {
        mqttUrl: {
          ...{ icon: 'cloud', value: '', example: 'mqtt://192.0.2.7:1883', good: isBrokerAddress },
          ...{ hint: true, only: 'outside variable' },
        },
        mqttHost: {
          ...{ icon: 'server', value: '127.0.0.1', good: (text) => text.length <= 255 },
          ...{ hint: true, only: 'embedded variable' },
        },
        mqttPort: { icon: 'plug', value: '1883', good: isPort, only: 'embedded variable' },
        mqttWsPort: {
          ...{ icon: 'plug', value: '9001', good: isPort, hint: true, only: 'embedded variable' },
        },
        mqttUsername: { icon: 'user', secret: 'text', example: 'installer', hint: true },
        mqttPassword: { icon: 'lock', secret: 'password', says: 'made-once' },
        topicPrefix: {
          ...{ icon: 'tags', value: 'aurion', hint: true },
          good: matches(/^[A-Za-z0-9_-]{1,32}(\/[A-Za-z0-9_-]{1,32}){0,3}$/),
        },
      },
      trial: true,
    },
    place: {
      icon: 'map-marker',
      settings: {
        timeZone: {
          ...{ icon: 'clock-o', value: 'Africa/Lome', good: isTimeZone, hint: true },
          list: 'timeZone',
        },
        place: { icon: 'map-marker', value: '', example: '6.13, 1.22', good: isPlace, hint: true },
        currency: { icon: 'money', value: 'XOF', good: isCurrency, hint: true, list: 'currency' },
        weatherUrl: {
          ...{ icon: 'cloud', value: '', example: 'https://api.open-meteo.com' },
          ...{ good: isWebAddress, hint: true },
        },
      },
    },
    accounts: {
      icon: 'users',
      settings: {
        registration: {
          ...{ icon: 'user-plus', value: 'auto', choices: oneOf('auto', 'open', 'closed') },
          hint: true,
        },
        tokenTtl: { icon: 'clock-o', value: '7d', good: matches(/^\d{1,6}[smhd]$/), hint: true },
        setupCode: { icon: 'key', secret: 'password', says: 'made-once', hint: true },
        jwtSecret: { icon: 'lock', secret: 'password', says: 'made-once', hint: true },
        rateLimit: { icon: 'tachometer', value: 'on', choices: ON_OFF, hint: true },
      },
    },
    mail: {
      icon: 'envelope',
      settings: {
        smtpUrl: { icon: 'envelope', secret: 'password', says: 'no-mail', hint: true },
        mailFrom: {
          ...{ icon: 'at', value: '', example: 'Aurion &lt;aurion@maison.example&gt;' },
          ...{ good: isMailSender, hint: true },
        },
      },
    },
    network: {
      icon: 'globe',
      settings: {
        basePath: { icon: 'link', value: '/api', good: isPath, hint: true },
        docs: { icon: 'book', value: 'on', choices: ON_OFF, hint: true },
        wsPath: { icon: 'wifi', value: '', example: '/ws', good: isPath, hint: true },
        publicUrl: {
          ...{ icon: 'globe', value: '', example: 'https://maison.example' },
          ...{ good: isWebAddress, hint: true },
        },
        trustProxy: { icon: 'random', value: '0', choices: YES_NO, hint: true },
        corsOrigins: {
          ...{ icon: 'exchange', value: '', example: 'https://maison.example' },
          ...{ good: each(isOrigin), hint: true },
        },
        allowedHosts: {
          ...{ icon: 'check-circle', value: '', example: 'weather.lan, 192.168.1.7' },
          ...{ good: each(matches(/^[A-Za-z0-9._:-]{1,253}$/)), hint: true },
        },
      },
    },
    tariff: { icon: 'calculator', settings: {} },
    'ways-in': { icon: 'unlock-alt', settings: {} },
  };

  const SETTINGS = Object.assign({}, ...Object.values(SECTIONS).map(({ settings }) => settings));

  /** A setting: nothing, a ${VARIABLE} for Node-RED to fill in, or a text that is good. */
  function declared(name, { value, choices, good = (text) => choices.flat().includes(text) }) {
    return {
      value,
      // Two parameters tell Node-RED that the answer may be a reason.
      // eslint-disable-next-line no-unused-vars
      validate(given, _options) {
        const text = String(given ?? '');
        const isOpen = text.trim() === '' || /^\$\{[^}]*\}$/.test(text.trim());
        return isOpen || good(text) || this._(`aurion-home.invalid.${name}`);
      },
    };
  }

  const entries = Object.entries(SETTINGS);
  const open = entries.filter(([, { secret }]) => !secret);
  const secrets = entries.filter(([, { secret }]) => secret);

  const label = (id, key, icon) =>
    `<label for="${id}" data-i18n="[append]aurion-home.${key}"><i class="fa fa-${icon}"></i> </label>`;
  const option = (value, key) =>
    `<option value="${value}" data-i18n="aurion-home.${key}"></option>`;

  /** A row; of a setting with choices the select is the face of its field, which may hold a variable. */
  function row([name, { icon, secret, choices, hint, only, list, says, value, example }]) {
    const id = `node-config-input-${name}`;
    const face = `aurion-home-choice-${name}`;
    const placeholder = says
      ? `data-i18n="[placeholder]aurion-home.placeholder.${says}"`
      : `placeholder="${example ?? value ?? ''}"`;
    const options = (choices ?? []).map(([each]) => option(each, `choice.${name}.${each}`));
    return `<div class="form-row"${only ? ` data-only="${only}"` : ''}>
      ${label(choices ? face : id, `label.${name}`, icon)}
      ${choices ? `<select id="${face}" data-face="${name}">${options.join('')}${option('$', 'choice.variable')}</select>` : ''}
      <input type="${secret ?? 'text'}" id="${id}" ${placeholder}${list ? ` list="aurion-home-list-${list}"` : ''} />
      ${list ? `<datalist id="aurion-home-list-${list}"></datalist>` : ''}
      ${hint ? `<div class="aurion-hint" data-i18n="aurion-home.hint.${name}"></div>` : ''}
    </div>`;
  }

  function modeRow(section, { mode, icon }) {
    if (!mode) return '';
    const id = `aurion-home-mode-${section}`;
    const options = mode.map((each) => option(each, `mode.${section}.${each}`));
    const ofFiles =
      '<div class="aurion-hint" data-only="files" data-i18n="aurion-home.hint.files"></div>';
    return `<div class="form-row">${label(id, `label.${section}`, icon)}<select id="${id}" data-mode="${section}">${options.join('')}</select>
      ${section === 'store' ? ofFiles : ''}</div>`;
  }

  function trialRow(section, { trial }) {
    if (!trial) return '';
    return `<div class="form-row aurion-trial">
      <button type="button" id="aurion-home-try-${section}" class="red-ui-button" data-trial="${section}"
        ><i class="fa fa-plug"></i> <span data-i18n="aurion-home.trial.${section}"></span></button>
      <div class="aurion-verdict" role="status"></div>
    </div>`;
  }

  /** What sections have beside their rows; what is filled in later is only marked out here. */
  const OWN = {
    tariff: '<div id="aurion-home-tariff"></div>',
    'ways-in': `<div class="aurion-hint" data-i18n="aurion-home.ways-in.about"></div>
      <button type="button" id="aurion-home-ways-in" class="red-ui-button"
        ><i class="fa fa-key"></i> <span data-i18n="aurion-home.ways-in.show"></span></button>
      <dl id="aurion-home-ways-in-shown"></dl>`,
  };

  /** The sections as HTML. */
  function template() {
    return Object.entries(SECTIONS)
      .map(
        ([name, section]) => `<details class="aurion-section" id="aurion-home-section-${name}">
      <summary><i class="fa fa-${section.icon}"></i> <span data-i18n="aurion-home.section.${name}"></span><span class="aurion-now"></span></summary>
      <div class="aurion-fields">${modeRow(name, section)}${Object.entries(section.settings).map(row).join('')}${trialRow(name, section)}${OWN[name] ?? ''}</div>
    </details>`,
      )
      .join('');
  }

  return Object.freeze({
    SECTIONS,
    SETTINGS,
    template,
    secrets: secrets.map(([name]) => name),
    defaults: Object.fromEntries(open.map(([name, setting]) => [name, declared(name, setting)])),
    credentials: Object.fromEntries(secrets.map(([name, { secret }]) => [name, { type: secret }])),
  });
};
