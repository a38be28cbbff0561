import { numberText } from './format.mjs';

/** The editor's texts, and the small elements that the sidebar is made of. Text from outside only ever goes through `.text()` or an attribute. */

const CATALOG = 'node-red-contrib-aurion/aurion-sidebar:aurion-sidebar';

/** A text of the sidebar in the reader's language. */
export function text(key, values) {
  return RED._(`${CATALOG}.${key}`, values);
}

export function language() {
  return RED.i18n.lang();
}

/** How many things of a long list are not shown. */
export function moreText(left) {
  return text('more', { n: numberText(left, language()) });
}

/** An element of a tag, with classes, attributes and text. */
export function make(tag, className = '', { label, ...attributes } = {}) {
  const element = $(`<${tag}>`).addClass(className).attr(attributes);
  return label === undefined ? element : element.text(label);
}

export function icon(name) {
  return make('i', `fa fa-${name}`, { 'aria-hidden': 'true' });
}

/** A word about something: what kind of word says its class. */
export function badge(kind, label, title = label) {
  return make('span', `aurion-badge aurion-${kind}`, { label, title });
}

/** A button of the editor's. What somebody may not do is disabled and says why. */
export function button(label, { primary = false } = {}) {
  const look = `red-ui-button red-ui-button-small${primary ? ' primary' : ''}`;
  return allowed(make('button', look, { type: 'button', label }));
}

/** Lets a button only work for those who may change flows. */
export function allowed(element) {
  if (mayChange()) return element;
  return element.prop('disabled', true).attr('title', text('may-not'));
}

export function mayChange() {
  return RED.user.hasPermission('flows.write');
}

/** Why something was refused, where it was wanted; empty takes it away. */
export function tellRefusal(place, reason) {
  place.children('.aurion-refusal').remove();
  if (reason) make('div', 'aurion-refusal', { role: 'alert', label: reason }).appendTo(place);
}

/** A value, or a dash whose title says why there is none. */
export function showValue(element, value, whyNone) {
  element.text(value ?? '–').attr('title', value === null ? whyNone : null);
  element.toggleClass('aurion-none', value === null);
}

/**
 * Rows for things. A row stays the element it is as long as its thing is there, so that focus, an open
 * form and a refusal survive what happens meanwhile.
 */
export class Rows {
  #rows = new Map();

  /**
   * @param place the element the rows stand in
   * @param makeRow gives `{element, update(thing)}` for a new thing
   */
  constructor(place, makeRow) {
    this.place = place;
    this.makeRow = makeRow;
  }

  /** Shows these things, in their order. */
  show(things, keyOf) {
    const keys = new Set(things.map(keyOf));
    for (const [key, { element }] of this.#rows) {
      if (keys.has(key)) continue;
      element.remove();
      this.#rows.delete(key);
    }
    let before = null;
    for (const thing of things) {
      const row = this.#rowFor(keyOf(thing), thing);
      row.update(thing);
      const stands = before ? before.next() : this.place.children().first();
      // Moving an element takes its focus away, so only what stands elsewhere is moved.
      if (stands[0] !== row.element[0]) {
        if (before) before.after(row.element);
        else this.place.prepend(row.element);
      }
      before = row.element;
    }
  }

  #rowFor(key, thing) {
    const row = this.#rows.get(key) ?? this.makeRow(thing);
    this.#rows.set(key, row);
    return row;
  }
}

/** A part of the sidebar that can be folded: its head with a count, its body, and a line below for what is to be said. */
export class Section {
  constructor(name, { isOpen = true } = {}) {
    this.element = make('details', `aurion-section aurion-section-${name}`).prop('open', isOpen);
    this.count = make('span', 'aurion-count');
    make('summary', '')
      .append(make('span', '', { label: text(`section.${name}`) }), this.count)
      .appendTo(this.element);
    this.body = make('div', 'aurion-section-body').appendTo(this.element);
    this.hint = make('div', 'aurion-hint').appendTo(this.element);
  }

  /** @param count how many there are; null: not known */
  tell({ count = null, hint = '', refusal = '' }) {
    this.count.text(count === null ? '' : numberText(count, language()));
    this.hint.text(refusal || hint).toggleClass('aurion-refusal', refusal !== '');
  }
}
