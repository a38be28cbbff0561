/* global RED, $, window, aurionEditor */

/** The operations there are: offered in a dialog by noun, told about, and held against a node's role. */
window.aurionOperations ??= (() => {
  const SHARED = 'node-red-contrib-aurion/aurion-home:aurion-home';

  /** From the least; a public operation asks for nobody. */
  const ROLES = ['public', 'guest', 'user', 'admin'];
  /** Messages of these act as the account behind them, whatever the role of a node. */
  const STARTED_BY_PEOPLE = ['aurion-request', 'aurion-websocket'];

  let asked = null;
  let known = [];

  /** Asks for them once. @returns a jQuery promise */
  function load() {
    asked ??= $.getJSON('aurion/operations')
      .done((operations) => {
        known = operations;
        // What was looked at before could not be judged yet.
        RED.nodes.eachNode((node) => {
          if (aurionEditor.isOurs(node) && !RED.editor.validateNode(node)) RED.view.redraw();
        });
      })
      .fail(() => (asked = null));
    return asked;
  }

  function find(id) {
    return known.find((operation) => operation.id === id);
  }

  const nounOf = ({ id }) => id.split('.', 1)[0];

  /** Fills the operation picker of a dialog with the operations of a group, or of some nouns of it, and tells of the one chosen. */
  function offer(node, group, nouns) {
    const select = $('#node-input-operation');
    const tell = () => about(select.val(), $('#node-input-role').val());
    select.on('change', () => {
      tell();
      // Whether the role is enough depends on it.
      $('#node-input-role').trigger('change');
    });
    $('#node-input-role').on('change', tell);
    load()
      .done(() => {
        const isOffered = (operation) =>
          operation.group === group && (!nouns || nouns.includes(nounOf(operation)));
        fill(select, known.filter(isOffered));
        tell();
      })
      .fail(() => $('#aurion-operation-about').text(RED._(`${SHARED}.operation.not-loaded`)));
  }

  function fill(select, operations) {
    const chosen = select.val();
    // What the dialog itself offers stays.
    select.children(':not([data-i18n])').remove();
    for (const noun of new Set(operations.map(nounOf))) {
      const group = $('<optgroup>').attr('label', RED._(`${SHARED}.noun.${noun}`));
      for (const operation of operations.filter((each) => nounOf(each) === noun)) {
        const { id, summary } = operation;
        $('<option>').val(id).text(`${id} – ${summary[language()]}`).appendTo(group);
      }
      group.appendTo(select);
    }
    aurionEditor.choose(select, chosen);
  }

  /** What an operation does, takes, answers and asks for, below the picker. */
  function about(id, role) {
    const place = $('#aurion-operation-about').empty();
    const line = (text) => $('<div>').text(text).appendTo(place);
    const operation = find(id);
    if (!operation) {
      if (id === '') line(RED._(`${SHARED}.operation.of-message`));
      return;
    }
    const { summary, input, answer } = operation;
    line(summary[language()]).css('font-weight', 'bold');
    const fields = input.map(({ name, isOptional }) => (isOptional ? `${name}?` : name)).join(', ');
    const none = RED._(`${SHARED}.operation.nothing`);
    line(RED._(`${SHARED}.operation.takes`, { fields: fields || none }));
    const answered = { fields: answer.fields.join(', ') || none };
    if (answer.isList) line(RED._(`${SHARED}.operation.answers-list`, answered));
    else line(RED._(`${SHARED}.operation.answers`, answered));
    line(RED._(`${SHARED}.operation.needs`, { role: operation.role }));
    if (isTooLow(role, operation)) {
      line(tooLow(operation))
        .addClass('aurion-role-too-low')
        .css('color', 'var(--red-ui-text-color-error)');
    }
  }

  /** A role that nobody can judge here, a variable, is never too low. */
  function isTooLow(role, operation) {
    const has = ROLES.indexOf(role || 'user');
    return has >= 0 && has < ROLES.indexOf(operation.role);
  }

  function tooLow({ id, role }) {
    return RED._(`${SHARED}.operation.role-too-low`, { operation: id, role });
  }

  /** Validates a node's role: a reason if it is too low for its operation, and no request can be behind its messages. */
  function checkRole(role) {
    const operation = find(aurionEditor.inDialog(this, 'operation'));
    if (known.length === 0) load();
    if (!operation || !isTooLow(role, operation)) return true;
    const before = RED.nodes.getAllUpstreamNodes(this);
    return before.some(({ type }) => STARTED_BY_PEOPLE.includes(type)) || tooLow(operation);
  }

  function language() {
    return RED.i18n.lang().startsWith('fr') ? 'fr' : 'en';
  }

  /** The role of a node, for its definition. */
  function roleDefault() {
    return { value: 'user', validate: aurionEditor.reasoned(checkRole) };
  }

  return Object.freeze({ offer, roleDefault });
})();
