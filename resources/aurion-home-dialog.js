/* global RED, $, window, Intl, aurionEditor */

/** What the home's dialog does: folds, choices, modes, trials, ways in. */
(window.aurionHome ??= {}).dialog = ({ settings, tariffs }) => {
  const { SECTIONS, SETTINGS, secrets } = settings;
  const VARIABLE = /^\$\{[^}]*\}$/;

  const t = (key) => RED._(`node-red-contrib-aurion/aurion-home:aurion-home.${key}`);
  const field = (name) => $(`#node-config-input-${name}`);
  const textOf = (name) => String(field(name).val() ?? '').trim();

  /** What a folded section says of itself. */
  const NOW = {
    home: () => textOf('key') || 'home',
    store: () => modeText('store'),
    broker: () => textOf('mqttUrl') || `${modeText('broker')}, ${textOf('mqttPort') || '1883'}`,
    place: () => [textOf('timeZone'), textOf('currency')].filter(Boolean).join(', '),
    accounts: () => {
      const chosen = $('#aurion-home-choice-registration').val();
      return chosen === '$' ? textOf('registration') : t(`choice.registration.${chosen}`);
    },
    mail: () => (textOf('smtpUrl') ? textOf('mailFrom') || t('now.mail') : t('now.no-mail')),
    network: () => textOf('basePath') || '/api',
  };

  // Not what the select shows: Node-RED puts the texts in later.
  const modeText = (section) => t(`mode.${section}.${$(`#aurion-home-mode-${section}`).val()}`);

  function sayNow() {
    for (const [section, now] of Object.entries(NOW)) {
      $(`#aurion-home-section-${section} .aurion-now`).text(now());
    }
  }

  /** A select as the face of a text field: the field shows where it holds what is none of the choices. */
  function giveFace(select) {
    const name = select.dataset.face;
    const { choices, value } = SETTINGS[name];
    const input = field(name);
    const text = textOf(name);
    const known = choices.find((aliases) => aliases.includes(text || value));
    $(select).val(known ? known[0] : '$');
    input.toggle(!known);
    $(select).on('change', () => {
      const isVariable = $(select).val() === '$';
      input.toggle(isVariable);
      input.val(isVariable ? '${}' : $(select).val()).trigger('change');
      if (isVariable) input.trigger('focus');
    });
  }

  /** Store and broker are of one kind or another: only the fields of that kind are shown. */
  function giveMode(select, setting) {
    const section = select.dataset.mode;
    const { mode } = SECTIONS[section];
    const [without, withIt] = mode;
    const rows = $(`#aurion-home-section-${section} [data-only]`);
    const show = () =>
      rows.each((_, row) => $(row).toggle(row.dataset.only.split(' ').includes($(select).val())));
    const text = textOf(setting);
    const isVariable = VARIABLE.test(text) && mode.includes('variable');
    $(select).val(text === '' ? without : isVariable ? 'variable' : withIt);
    let before = text;
    show();
    $(select).on('change', () => {
      const wanted = $(select).val();
      const now = textOf(setting);
      if (now) before = now;
      field(setting)
        .val(wanted === without ? '' : before)
        .trigger('change');
      show();
    });
  }

  /** Asks the server what would become of a home with what stands in the fields now. */
  function offerTrial(button, node) {
    const part = button.dataset.trial;
    const verdict = $(button).siblings('.aurion-verdict');
    $(button).on('click', () => {
      const names = ['key', ...Object.keys(SECTIONS[part].settings)];
      if (names.some((name) => field(name).hasClass('input-error'))) {
        showVerdict(verdict, 'bad', t('trial.mend'));
        return;
      }
      const values = Object.fromEntries(names.map((name) => [name, textOf(name)]));
      const icon = $(button).prop('disabled', true).children('i');
      icon.attr('class', 'fa fa-spinner fa-spin');
      showVerdict(verdict, 'busy', t('trial.busy'));
      aurionEditor
        .post(`trials/${part}`, { id: node.id, values })
        .done(({ outcome, text }) => showVerdict(verdict, outcome, text))
        .fail((reason) => showVerdict(verdict, 'bad', reason))
        .always(() => {
          icon.attr('class', 'fa fa-plug');
          $(button).prop('disabled', false);
        });
    });
    // What was found is not true of other values.
    $(button)
      .closest('.aurion-fields')
      .on('input change', ':input', () => verdict.empty());
  }

  const ICONS = {
    good: 'check-circle',
    doubtful: 'exclamation-triangle',
    bad: 'times-circle',
    busy: 'ellipsis-h',
  };

  function showVerdict(place, outcome, text) {
    place
      .attr('data-outcome', outcome)
      .empty()
      .append($('<i>').addClass(`fa fa-${ICONS[outcome]}`), $('<span>').text(text));
    place[0].scrollIntoView({ block: 'nearest' });
  }

  /** Else Node-RED takes fields left empty for changed credentials, and the next deploy restarts the home. */
  function sayWhatIsNotThere({ credentials = {} }) {
    for (const known of [credentials, credentials._ ?? {}]) {
      known.mqttUsername ??= '';
      for (const secret of secrets.filter((name) => name !== 'mqttUsername')) {
        known[`has_${secret}`] ??= false;
      }
    }
  }

  /** Shows setup code and MQTT account as the running home has them: as text, whatever they are. */
  function showWaysIn(home) {
    const shown = $('#aurion-home-ways-in-shown').empty();
    const say = (text) => $('<dd>').text(text).appendTo(shown);
    $.getJSON(`aurion/homes/${encodeURIComponent(home)}/ways-in`)
      .done(({ setupCode, mqttUsername, mqttPassword }) => {
        for (const [name, value] of Object.entries({ setupCode, mqttUsername, mqttPassword })) {
          $('<dt>')
            .text(t(`label.${name}`))
            .appendTo(shown);
          if (value === null) say(t('ways-in.not-needed'));
          else $('<dd>').append($('<code>').text(value)).appendTo(shown);
        }
      })
      .fail(({ status }) => say(status === 404 ? t('ways-in.not-deployed') : t('ways-in.failed')))
      .always(() => shown[0].scrollIntoView({ block: 'nearest' }));
  }

  let tariff = null;

  function prepare(node) {
    const dialog = $('#aurion-home-dialog');
    // Node-RED turns completion off in all inputs, and with it what Firefox shows of a datalist.
    dialog.find('input[list]').removeAttr('autocomplete');
    // Else a browser that knows a password of this address, the editor's say, fills it in here.
    dialog.find('input[type="password"]').attr('autocomplete', 'new-password');
    for (const list of ['timeZone', 'currency']) {
      const options = Intl.supportedValuesOf(list).map((each) => $('<option>').val(each));
      $(`#aurion-home-list-${list}`).append(options);
    }
    sayWhatIsNotThere(node);
    dialog.find('select[data-face]').each((_, select) => giveFace(select));
    giveMode($('#aurion-home-mode-store')[0], 'storeUrl');
    giveMode($('#aurion-home-mode-broker')[0], 'mqttUrl');
    dialog.find('[data-trial]').each((_, button) => offerTrial(button, node));
    const homeName = () => aurionEditor.homeName(node.id, textOf('key'));
    $('#aurion-home-ways-in').on('click', () => showWaysIn(homeName()));
    tariff = tariffs.attach($('#aurion-home-tariff'), homeName);
    $('#aurion-home-section-tariff').on('toggle', ({ target }) => target.open && tariff.load());
    $('#aurion-home-section-home').prop('open', true);
    dialog.on('input change', ':input', sayNow);
    sayNow();
  }

  /** With Done what was typed counts, so the tariff too. */
  function save() {
    tariff?.saveOnDone();
  }

  /** What is dropped with the dialog is kept for the next time where it is not asked for again: the tariff. */
  function cancel() {
    tariff?.keepOnCancel();
  }

  return Object.freeze({ prepare, save, cancel });
};
