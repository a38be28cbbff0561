import { fullMomentText, momentText } from './format.mjs';
import { language, make, Rows, text } from './elements.mjs';

/** Above everything: which home it is, and how it is. */
export class HomeView {
  /** @param choose called with the key of the home that was chosen */
  constructor(choose) {
    this.element = make('div', 'aurion-home');
    this.select = make('select', 'aurion-homes', { 'aria-label': text('home.choose') })
      .on('change', () => choose(this.select.val()))
      .appendTo(this.element);
    this.state = make('div', 'aurion-state', { role: 'status' }).appendTo(this.element);
    this.parts = new Rows(make('ul', 'aurion-parts').appendTo(this.element), partRow);
    this.hint = make('div', 'aurion-hint').appendTo(this.element);
  }

  /** @param refusal why the homes could not be asked for; empty: they could */
  show({ homes, home, refusal = '' }) {
    this.#offer(homes, home);
    this.hint.text(refusal || (home ? '' : text('empty.homes')));
    this.hint.toggleClass('aurion-refusal', refusal !== '');
    this.state.toggle(home !== null);
    if (home) showState(this.state, home);
    const parts = Object.entries(home?.parts ?? {}).map(([name, part]) => ({
      ...part,
      ...{ name, timeZone: home.timeZone },
    }));
    this.parts.show(parts, ({ name }) => name);
  }

  #offer(homes, home) {
    this.select.toggle(homes.length > 1).val(home?.key);
    const offered = JSON.stringify(homes.map(({ key, name }) => [key, name]));
    // An open list must stay open.
    if (offered === this.offered) return;
    this.offered = offered;
    const options = homes.map(({ key, name }) =>
      make('option', '', { label: name === key ? key : `${name} (${key})` }).val(key),
    );
    this.select.empty().append(options).val(home?.key);
  }
}

/** In words, and its reasons below: which part is away. */
function showState(element, { status }) {
  // It is read out when it changes, and only then.
  if (element.attr('data-status') === status) return;
  element.attr('data-status', status).empty();
  element.append(
    make('span', 'aurion-dot', { 'aria-hidden': 'true' }),
    make('span', '', { label: text(`status.${status}`) }),
  );
}

function partRow() {
  const element = make('li', '');
  const word = make('span', 'aurion-part').appendTo(element);
  const why = make('span', 'aurion-why').appendTo(element);
  return {
    element,
    update({ name, state, since, reason, timeZone }) {
      const at = { language: language(), timeZone, now: Date.now() };
      element.attr({ 'data-state': state, 'data-part': name });
      word.text(`${text(`part.${name}`)}: ${text(`part-state.${state}`)}`);
      element.attr('title', text('part-since', { since: fullMomentText(since, at) }));
      const from = text('since', { since: momentText(since, at) });
      why.text(state === 'away' ? ` (${from})${reason ? ` – ${reason}` : ''}` : '');
    },
  };
}
