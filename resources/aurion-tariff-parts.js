/* global $, window, Intl */

/** The small parts that the tariff editor is made of. */
(window.aurionHome ??= {}).tariffParts = () => {
  const note = (text) => $('<div class="aurion-hint">').text(text);
  const problem = (text) => $('<div class="aurion-reason">').text(text);
  const cell = (content) => $('<td>').append(content);
  const row = (path) => $('<tr data-row>').attr('data-path', path);
  const line = (text, field) =>
    $('<div class="aurion-line" data-row>').append(
      $('<label>').append($('<span>').text(text), field),
    );

  function table(heads, rows) {
    const head = $('<tr>').append(heads.map((text) => $('<th>').text(text)));
    return $('<table>').append($('<thead>').append(head), $('<tbody>').append(rows));
  }

  function input(value, onInput = () => undefined, onChange = () => undefined) {
    const made = $('<input type="text" autocomplete="off">').val(value);
    return made.on('input', () => onInput(made.val())).on('change', () => onChange());
  }

  function button(name, symbol, text, act) {
    return $('<button type="button" class="red-ui-button">')
      .attr('data-act', name)
      .append($('<i>').addClass(`fa fa-${symbol}`), ' ', $('<span>').text(text))
      .on('click', act);
  }

  function icon(symbol, text, act) {
    return $('<button type="button" class="red-ui-button red-ui-button-small">')
      .attr({ title: text, 'aria-label': text, 'data-act': symbol })
      .append($('<i>').addClass(`fa fa-${symbol}`))
      .on('click', act);
  }

  /** Seven toggles from Monday on. */
  function dayToggles(language, days, onChange) {
    let chosen = days;
    const named = (day, weekday) =>
      // The first of 2024 was a Monday.
      new Intl.DateTimeFormat(language, { weekday, timeZone: 'UTC' }).format(
        Date.UTC(2024, 0, 1 + day),
      );
    const toggles = [0, 1, 2, 3, 4, 5, 6].map((day) => {
      const toggle = $('<button type="button">').text(named(day, 'narrow').toUpperCase());
      const show = () => toggle.attr('aria-pressed', String(chosen.includes(day)));
      toggle.attr({ title: named(day, 'long'), 'aria-label': named(day, 'long') });
      toggle.on('click', () => {
        const others = chosen.filter((other) => other !== day);
        chosen = others.length < chosen.length ? others : [...others, day].sort();
        show();
        onChange(chosen);
      });
      show();
      return toggle;
    });
    return $('<span class="aurion-days">').append(toggles);
  }

  /** Each reason stands where it belongs: below the row of its field, or of what that is a part of. */
  function tellProblems(place, problems, otherwise) {
    place.find('.aurion-reason').remove();
    place.find('.input-error').removeClass('input-error');
    for (const { path, message: said } of problems) {
      let found = $();
      for (let at = path; at !== '' && found.length === 0; at = at.replace(/\.?[^.]*$/, '')) {
        found = place.find('[data-path]').filter((_, { dataset }) => dataset.path === at);
      }
      const field = found.attr('aria-label');
      const message = field ? `${field}: ${said}` : said;
      if (found.length === 0) found = otherwise;
      found.filter('input, .aurion-days').addClass('input-error');
      const inTable = found.closest('tr');
      if (inTable.length > 0) {
        $('<tr class="aurion-reason">')
          .append($('<td colspan="6">').text(message))
          .insertAfter(inTable);
      } else problem(message).insertAfter(found.closest('[data-row], fieldset, .form-row'));
    }
  }

  return Object.freeze({
    note,
    problem,
    cell,
    row,
    line,
    table,
    input,
    button,
    icon,
    dayToggles,
    tellProblems,
  });
};
