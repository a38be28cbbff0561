/* global RED, $, window */

/** What Aurion's dialogs and its sidebar share. Each page loads it; the first to come makes it. */
window.aurionEditor ??= (() => {
  /** Where the texts are that all dialogs share. */
  const SHARED = 'node-red-contrib-aurion/aurion-home:aurion-home';

  /** The types of nodes that `node` has defined. */
  const ourTypes = new Set();
  /** The node whose dialog was opened last. */
  let openId = '';

  const ROLES = ['guest', 'user', 'admin'];

  /** Of a field as wide as the others, whose long options do not make the dialog wider. */
  const NO_WIDER = 'width: 0; min-width: 70%';

  /** Of what is told below a field, in line with it. Its length does not make the dialog wider. */
  const BELOW =
    'margin: 4px 0 0 105px; width: 70%; contain: inline-size; font-size: 12px; color: var(--red-ui-secondary-text-color)';

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
      <select id="node-input-operation" style="${NO_WIDER}">
        <option value="" data-i18n="${SHARED}.row.of-message"></option>${options}
      </select>
      <div id="aurion-operation-about" style="${BELOW}"></div>`,
    // What is in it is the key of its label.
    target: (label) => `
      <label for="node-input-target" data-i18n="[append]${label.trim()}"
        ><i class="fa fa-crosshairs"></i>
      </label>
      <input type="text" id="node-input-target" placeholder="msg.payload.id" style="width: 70%" />
      <input type="hidden" id="node-input-targetType" />
      <div id="aurion-target-hint" style="${BELOW}"></div>`,
    listen: (options) => `
      <label for="node-input-listen" data-i18n="[append]${SHARED}.row.listen"
        ><i class="fa fa-rss"></i>
      </label>
      <select id="node-input-listen" style="width: 70%">
        <option value="" data-i18n="${SHARED}.row.listen-no"></option>${options}
      </select>
      <div style="${BELOW}" data-i18n="${SHARED}.row.listen-tip"></div>`,
    role: () => `
      <label for="node-input-role" data-i18n="[append]${SHARED}.row.role"
        ><i class="fa fa-shield"></i>
      </label>
      <select id="node-input-role" style="width: 70%">
        ${ROLES.map((role) => `<option value="${role}" data-i18n="${SHARED}.role.${role}"></option>`).join('')}
      </select>
      <div style="${BELOW}" data-i18n="${SHARED}.row.role-tip"></div>`,
  };

  /** A dialog's template with the shared rows in their places. */
  function withRows(template) {
    return template.replace(
      /<div data-aurion-row="(\w+)">([^]*?)<\/div>/g,
      (_, name, own) => `<div class="form-row">${ROWS[name](own)}</div>`,
    );
  }

  /**
   * The editor's definition of a node: what all have in common, and what is its own.
   * @param does what the node says about itself on the workspace when it has no name
   */
  function node(type, { defaults, does = () => '', oneditprepare, ...own }) {
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
        home: { value: '', type: 'aurion-home', validate: reasoned(checkHome) },
        version: version(type),
        ...defaults,
      },
      onadd() {
        this.home ||= onlyHome();
      },
      oneditprepare() {
        openId = this.id;
        oneditprepare?.call(this);
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

  function listen() {
    RED.events.on('nodes:add', bringUpToDate);
    // What is wrong with a node may be that there is another one.
    for (const event of ['nodes:change', 'nodes:remove']) RED.events.on(event, checkAgain);
  }

  function checkAgain({ type }) {
    if (!ourTypes.has(type)) return;
    for (const each of RED.nodes.filterNodes({ type })) RED.editor.validateNode(each);
    RED.view.redraw();
  }

  /** A node that an earlier version made opens with the values of this one; the deployed flow stays as it is until the next deploy. */
  function bringUpToDate(node) {
    if (!ourTypes.has(node.type)) return;
    const names = Object.keys(node._def.defaults).filter((name) => node[name] !== undefined);
    const values = Object.fromEntries(names.map((name) => [name, node[name]]));
    const migrated = window.aurionMigrations.migrate(node.type, values);
    // The node itself: what stands for it refuses changes on a locked tab.
    if (migrated !== values) Object.assign(node.__node__ ?? node, migrated);
  }

  /** A check as a definition's `validate`: Node-RED takes a text as a reason only from a function of two parameters. */
  function reasoned(check) {
    return function validate(value, options) {
      return check.call(this, value, options);
    };
  }

  /** The property `version` of a type's definition: what an earlier version wrote is migrated from now on, a newer one warned of. */
  function version(type) {
    if (ourTypes.size === 0) listen();
    ourTypes.add(type);
    const { versionOf, isNewer } = window.aurionMigrations;
    const check = (saved) => !isNewer(type, { version: saved }) || RED._(`${SHARED}.row.newer`);
    return { value: versionOf(type), validate: reasoned(check) };
  }

  /** The home of a new node, where there is no choice. */
  function onlyHome() {
    const homes = [];
    RED.nodes.eachConfig((config) => {
      if (config.type === 'aurion-home') homes.push(config.id);
    });
    return homes.length === 1 ? homes[0] : '';
  }

  /** Validates the home of a node: a reason if there is none, or a wrong one. */
  function checkHome(id) {
    if (/^\$\{.+\}$/.test(id)) return true;
    const home = RED.nodes.node(id);
    if (!home) return RED._(`${SHARED}.row.no-home`);
    return home.valid !== false || RED._(`${SHARED}.row.home-invalid`);
  }

  /** What a node that does operations says of itself on the workspace. */
  function operates({ type, operation, listen, _ }) {
    if (operation || !listen) return operation;
    return `${_(`${type}.palette`)}: ${_(`${type}.listen.${listen}`)}`;
  }

  /** Whether a node is one of those that `node` defines. */
  function isOurs({ type }) {
    return ourTypes.has(type);
  }

  /** What a node's property is: what its dialog shows, while that is open. */
  function inDialog(node, name) {
    const field = node.id === openId ? $(`#node-input-${name}`) : [];
    return field.length > 0 ? field.val() : node[name];
  }

  /** The other nodes that do the same as one: of its type, in its home, with the same value of a property. */
  function rivalsOf(node, ...names) {
    const isSame = (other) =>
      ['home', ...names].every((name) => other[name] === inDialog(node, name));
    const isAwake = ({ d, z }) => !d && !RED.nodes.workspace(z)?.disabled;
    return RED.nodes
      .filterNodes({ type: node.type })
      .filter((other) => other.id !== node.id && isAwake(other) && isSame(other));
  }

  /** Lets selects show, and so keep, a saved value that is none of their options: a `${VARIABLE}`, say. */
  function keepSaved(node, ...names) {
    for (const name of names) {
      choose($(`#node-input-${name}`), node[name] || node._def.defaults[name].value);
    }
  }

  /** Chooses a value of a select, which shows it also if it is none of its options. */
  function choose(select, value) {
    const options = select.find('option').toArray();
    if (!options.some((option) => option.value === value)) {
      $('<option>').val(value).text(value).appendTo(select);
    }
    select.val(value);
  }

  /**
   * The name that Aurion's end points find a running home by: its key as it is deployed or about to be;
   * its node's id where that is a `${VARIABLE}`, which the server alone can fill in.
   */
  function homeName(id, key) {
    return /^\$\{[^}]*\}$/.test(key) ? id : key || 'home';
  }

  /** As `homeName`, of the home that the dialog's home field names. */
  function homeInDialog() {
    const { id, key = '' } = RED.nodes.node($('#node-input-home').val()) ?? {};
    return homeName(id, key);
  }

  /**
   * Does an operation in a running home, as who uses the editor. Changes count at once, without a deploy.
   * @returns a jQuery promise of the answer; it fails with the reason as a text to show
   */
  function run(home, operation, input = {}) {
    return post(`homes/${encodeURIComponent(home)}/operations/${operation}`, input);
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
    ...{
      node,
      version,
      withRows,
      keepSaved,
      choose,
      isOurs,
      inDialog,
      rivalsOf,
      checkHome,
      operates,
      reasoned,
    },
    ...{ homeName, homeInDialog, run, post, reasonOf },
  });
})();
