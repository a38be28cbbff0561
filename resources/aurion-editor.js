/* global RED, $, window */

/** What the dialogs of Aurion's nodes share. Each node's page loads it; the first to come makes it. */
window.aurionEditor ??= (() => {
  /**
   * The editor's definition of a node: what all have in common, and what is its own.
   * @param does what the node says about itself on the workspace when it has no name
   */
  function node(type, { defaults, does = () => '', ...own }) {
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
        addOption(select, '', node._(`${node.type}.operation.unknown`)).prop('disabled', true);
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

  return Object.freeze({ node, keepSaved, offerOperations });
})();
