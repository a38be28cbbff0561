/* global RED, $, window, aurionEditor */

/** Fields that suggest what the running home has, and take any text all the same. */
window.aurionPickers ??= (() => {
  const SHARED = 'node-red-contrib-aurion/aurion-home:aurion-home';
  const SHOWN_MAX = 50;

  const ID = /^[1-9]\d{0,14}$/;
  const KEY = /^(?!\d+$)[A-Za-z0-9_-]{1,64}$/;
  const VARIABLE = /\$\{[^}]+\}/;

  /** Where the things of each kind come from, and what people know them by. */
  const KINDS = {
    device: { operation: 'devices.list', icon: 'fa fa-plug', place: 'room' },
    meter: {
      ...{ operation: 'devices.list', input: { type: 'meter' } },
      ...{ icon: 'fa fa-tachometer', place: 'room' },
    },
    sensor: { operation: 'sensors.list', icon: 'fa fa-eye', place: 'location' },
    alert: {
      ...{ operation: 'alerts.list', input: { limit: 100 } },
      ...{ icon: 'fa fa-bell', place: 'location', name: 'message', hasNoKeys: true },
    },
  };

  /** As one compares what was typed: without case and accents. */
  function fold(text) {
    return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  }

  function seen(thing, { place, name = 'name' }) {
    const one = {
      id: String(thing.id),
      key: thing.key ?? '',
      name: thing[name],
      place: thing[place],
    };
    const parts = [one.name, one.place, one.id, one.key].map((part) => fold(part ?? ''));
    return { ...one, folded: parts.join('\n'), foldedName: parts[0] };
  }

  /** The things of a kind in the home of the dialog, asked for again when that becomes another. */
  function thingsOf(kind, onAnswer) {
    let answer = null;
    let askedOf = null;
    function ask() {
      const home = aurionEditor.homeInDialog();
      if (home === askedOf) return;
      askedOf = home;
      const { operation, input } = KINDS[kind];
      answer = aurionEditor
        .run(home, operation, input)
        .then((things) => things.map((thing) => seen(thing, KINDS[kind])));
      const mine = answer;
      answer.then(
        (things) => mine === answer && onAnswer(things, ''),
        (reason) => mine === answer && onAnswer([], reason),
      );
    }
    $('#node-input-home').on('change', ask);
    ask();
    return (done) => answer.then(done, () => done([]));
  }

  const isNamed = (text) => (thing) => thing.id === text || (text !== '' && thing.key === text);

  /** Those that have every word of it in name, place, id or key; those named so first. */
  function matching(things, typed) {
    const words = fold(typed)
      .split(/\s+/)
      .filter((word) => word !== '');
    const found = things.filter(({ folded }) => words.every((word) => folded.includes(word)));
    const isExact = isNamed(typed.trim());
    const rank = (thing) =>
      isExact(thing) ? 0 : thing.foldedName.startsWith(words[0] ?? '') ? 1 : 2;
    const ranked = found.map((thing) => [rank(thing), thing]);
    return ranked.sort(([a], [b]) => a - b).map(([, thing]) => thing);
  }

  function option(value, texts) {
    const label = $('<div class="aurion-suggestion">').css({ display: 'flex', gap: '12px' });
    for (const [index, text] of texts.entries()) {
      const css = index === 0 ? { flex: 1 } : { color: 'var(--red-ui-secondary-text-color)' };
      $('<span>').text(text).css(css).appendTo(label);
    }
    return { value, label };
  }

  /**
   * The suggestions for what was typed.
   * @param valueOf what is put into the field for a thing
   */
  function suggestions(things, typed, valueOf) {
    const text = typed.trim();
    const options = matching(things, typed)
      .slice(0, SHOWN_MAX)
      .map((thing) =>
        option(valueOf(thing), [thing.name, thing.place ?? '', thing.key || thing.id]),
      );
    // Enter and Tab take the first: that what was typed stays as it is, if it may be meant so.
    const isMeant = (ID.test(text) || KEY.test(text)) && !things.some(isNamed(text));
    if (isMeant && options.length > 0) {
      options.unshift(option(text, [RED._(`${SHARED}.picker.as-typed`, { text })]));
    }
    return options;
  }

  /** A click opens the list, not only a key. */
  function openOnClick(input) {
    input.on('click', () => input.trigger('keyup'));
  }

  /**
   * Makes a dialog's target a picker of a kind of thing; it may be found in a message, a context or the environment as well.
   * @returns gives the id of the thing that is chosen now; '' if the dialog names none
   */
  function target(node, kind) {
    const field = $('#node-input-target');
    const hint = $('#aurion-target-hint');
    let state = { things: null, reason: '' };
    const withThings = thingsOf(kind, (things, reason) => {
      state = { things, reason };
      tell();
    });

    /** What the field means in the running home, or why nobody can say. */
    function tell() {
      const { things, reason } = state;
      const named = field.typedInput('value').trim();
      if (field.typedInput('type') !== kind || things === null) return hint.text('');
      if (reason !== '') return hint.text(RED._(`${SHARED}.picker.no-suggestions`, { reason }));
      if (things.length === 0) return hint.text(RED._(`${SHARED}.picker.none`));
      const thing = things.find(isNamed(named));
      if (thing) return hint.text([thing.name, thing.place].filter(Boolean).join(' · '));
      if (named !== '' && !VARIABLE.test(named))
        return hint.text(RED._(`${SHARED}.picker.unknown`));
      return hint.text(RED._(`${SHARED}.picker.count`, { count: things.length }));
    }

    const own = {
      value: kind,
      label: RED._(`${SHARED}.kind.${kind}`),
      icon: KINDS[kind].icon,
      autoComplete: (typed, done) =>
        withThings((things) => done(suggestions(things, typed, ({ id }) => id))),
    };
    field.typedInput({
      types: [own, 'msg', 'flow', 'global', 'env', 'jsonata'],
      default: kind,
      typeField: '#node-input-targetType',
    });
    // Its own way to set a width makes pixels of it, before the dialog has its size.
    const container = field.next('.red-ui-typedInput-container').css('width', '70%');
    openOnClick(container.find('.red-ui-typedInput-input'));
    field.on('change keyup', tell);
    tell();
    return () => {
      const named = field.typedInput('value').trim();
      if (field.typedInput('type') !== kind) return '';
      return state.things?.find(isNamed(named))?.id ?? (ID.test(named) ? named : '');
    };
  }

  /** Makes a field of names separated by commas suggest sensors and their types for the last of them. */
  function sensors(field, types) {
    const typeThings = types.map((type) => seen({ id: type, name: type }, KINDS.sensor));
    const withThings = thingsOf('sensor', () => undefined);
    field.autoComplete({
      minLength: 0,
      search: (typed, done) => {
        const names = typed.split(',');
        const last = names.pop();
        const before = names.map((name) => `${name.trim()}, `).join('');
        const valueOf = ({ id }) => `${before}${id}`;
        withThings((things) => {
          const options = suggestions([...typeThings, ...things], last, valueOf);
          done(
            options.map((each) =>
              each.value === last.trim() ? { ...each, value: `${before}${each.value}` } : each,
            ),
          );
        });
      },
    });
    openOnClick(field);
  }

  /** Validates a target: a reason if it can be no name of its kind, or no expression of its type. */
  function checkTarget(value) {
    const named = String(value ?? '').trim();
    const type = aurionEditor.inDialog(this, 'targetType');
    if (named === '' || VARIABLE.test(named) || type === 'env') return true;
    const kind = KINDS[type];
    if (!kind) {
      const verdict = RED.utils.validateTypedProperty(named, type, {});
      if (verdict === true) return true;
      return RED._(`${SHARED}.picker.invalid`, { reason: verdict });
    }
    if (ID.test(named) || (!kind.hasNoKeys && KEY.test(named))) return true;
    if (kind.hasNoKeys) return RED._(`${SHARED}.picker.no-id`);
    return RED._(`${SHARED}.picker.no-name`);
  }

  /** The properties of a target, for a node's definition. */
  function targetDefaults(kind) {
    return {
      target: { value: '', validate: aurionEditor.reasoned(checkTarget) },
      targetType: { value: kind },
    };
  }

  return Object.freeze({ target, targetDefaults, sensors });
})();
