/* global RED, $, window */

/** What Aurion's dialogs and its sidebar share. Each page loads it; the first to come makes it. */
window.aurionEditor ??= (() => {
  /** Where the texts are that all dialogs share. */
  const SHARED = 'node-red-contrib-aurion/aurion-home:aurion-home';

  const ROLES = ['guest', 'user', 'admin'];

  /** The rows that several dialogs have: `<div data-aurion-row="home"></div>` in a dialog becomes one, what is in it its own options. */
  const ROWS = {
    name: () => `
      <label for="node-input-name" data-i18n="[append]node-red:common.label.name"
        ><i class="fa fa-tag"></i>
      </label>
      <input type="text" id="node-input-name" data-i18n="[placeholder]node-red:common.label.name" />`,
    home: () => `
      <label for="node-input-home" data-i18n="[append]${SHARED}.row.home"
        ><i class="fa fa-home"></i>
      </label>
      <input type="text" id="node-input-home" />`,
    operation: (options) => `
      <label for="node-input-operation" data-i18n="[append]${SHARED}.row.operation"
        ><i class="fa fa-bolt"></i>
      </label>
      <select id="node-input-operation" style="width: 70%">
        <option value="" data-i18n="${SHARED}.row.of-message"></option>${options}
      </select>`,
    role: () => `
      <label for="node-input-role" data-i18n="[append]${SHARED}.row.role"
        ><i class="fa fa-shield"></i>
      </label>
      <select id="node-input-role" style="width: 70%">
        ${ROLES.map((role) => `<option value="${role}" data-i18n="${SHARED}.role.${role}"></option>`).join('')}
      </select>`,
  };

  /** What is said below a row. */
  const TIPS = { role: `<div class="form-tips" data-i18n="${SHARED}.row.role-tip"></div>` };

  /** A dialog's template with the shared rows in their places. */
  function withRows(template) {
    return template.replace(
      /<div data-aurion-row="(\w+)">([^]*?)<\/div>/g,
      (_, name, own) => `<div class="form-row">${ROWS[name](own)}</div>${TIPS[name] ?? ''}`,
    );
  }

  /**
   * The editor's definition of a node: what all have in common, and what is its own.
   * @param does what the node says about itself on the workspace when it has no name
   */
  function node(type, { defaults, does = () => '', ...own }) {
    const template = $(`script[data-template-name="${type}"]`);
    template.text(withRows(template.text()));
    return {
      category: 'Aurion',
      color: '#74AFA9',
      icon: `${type}.svg`,
      inputs: 1,
      outputs: 1,
      defaults: {
        name: { value: '' },
        home: { value: '', type: 'aurion-home', required: true },
        ...defaults,
      },
      paletteLabel() {
        return this._(`${type}.palette`);
      },
      label() {
        return this.name || does(this) || this._(`${type}.palette`);
      },
      labelStyle() {
        return this.name ? 'node_label_italic' : '';
      },
      ...own,
    };
  }

  /** Lets selects show, and so keep, a saved value that is none of their options: a `${VARIABLE}`, say. */
  function keepSaved(node, ...names) {
    for (const name of names) {
      choose($(`#node-input-${name}`), node[name] || node._def.defaults[name].value);
    }
  }

  /** Fills the operation picker with the operations of a group, or of some nouns of it. */
  function offerOperations(node, group, nouns) {
    const select = $('#node-input-operation');
    const language = RED.i18n.lang().startsWith('fr') ? 'fr' : 'en';
    $.getJSON('aurion/operations')
      .done((operations) => {
        const chosen = select.val();
        // What the dialog itself offers stays.
        select.children(':not([data-i18n])').remove();
        const isOffered = ({ id, group: of }) =>
          of === group && (!nouns || nouns.includes(id.split('.')[0]));
        for (const { id, summary } of operations.filter(isOffered)) {
          addOption(select, id, `${id} – ${summary[language]}`);
        }
        choose(select, chosen);
      })
      .fail(() => {
        addOption(select, '', RED._(`${SHARED}.row.no-operations`)).prop('disabled', true);
      });
  }

  function choose(select, value) {
    const options = select.children().toArray();
    if (!options.some((option) => option.value === value)) addOption(select, value, value);
    select.val(value);
  }

  function addOption(select, value, text) {
    return $('<option>').val(value).text(text).appendTo(select);
  }

  /** The key of the home that the dialog's home field names, as it is deployed or about to be. */
  function homeKeyInDialog() {
    return RED.nodes.node($('#node-input-home').val())?.key || 'home';
  }

  /**
   * Does an operation in a running home, as who uses the editor. Changes count at once, without a deploy.
   * @returns a jQuery promise of the answer; it fails with the reason as a text to show
   */
  function run(homeKey, operation, input = {}) {
    return post(`homes/${encodeURIComponent(homeKey)}/operations/${operation}`, input);
  }

  /** Posts to one of Aurion's end points in the editor. @returns as `run` */
  function post(path, input) {
    const asked = $.Deferred();
    $.ajax({
      method: 'POST',
      url: `aurion/${path}`,
      // The editor's language, which need not be the browser's.
      headers: { 'Accept-Language': RED.i18n.lang() },
      dataType: 'json',
      contentType: 'application/json',
      data: JSON.stringify(input),
    })
      .done((answer) => asked.resolve(answer))
      .fail((failure) => asked.reject(reasonOf(failure)));
    return asked.promise();
  }

  /** Why one of Aurion's end points refused, as a text to show. */
  function reasonOf({ status, responseJSON }) {
    const { message, details = [] } = responseJSON ?? {};
    if (message)
      return [message, ...details.map((each) => `${each.path}: ${each.message}`)].join(' – ');
    const why = { 401: 'not-allowed', 403: 'not-allowed', 404: 'not-deployed' }[status] ?? 'failed';
    return RED._(`${SHARED}.problem.${why}`);
  }

  return Object.freeze({
    ...{ node, withRows, keepSaved, offerOperations },
    ...{ homeKeyInDialog, run, post, reasonOf },
  });
})();
