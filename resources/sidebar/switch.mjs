import { allowed, make, text } from './elements.mjs';

/** A switch that waits for what it switches: while it does it can't be pressed, and shows so. */
export class Switch {
  #isWaiting = false;
  #reason = null;

  /** @param turn called with what it is to become; gives a promise of when that is settled */
  constructor(turn) {
    this.element = make('button', 'aurion-switch', { type: 'button', role: 'switch' });
    make('span', 'aurion-knob').appendTo(this.element);
    allowed(this.element).on('click', () => this.#press(turn));
    this.isAllowed = !this.element.prop('disabled');
  }

  /** @param reason why it can't be switched; null: it can */
  show({ isOn, name, isAssumed = false, reason = null }) {
    this.#reason = reason;
    this.element
      .attr({ 'aria-checked': String(isOn), 'aria-label': name })
      .toggleClass('aurion-assumed', isAssumed);
    this.#settle();
  }

  async #press(turn) {
    this.#isWaiting = true;
    this.#settle();
    await turn(this.element.attr('aria-checked') !== 'true');
    this.#isWaiting = false;
    this.#settle();
  }

  #settle() {
    const isOn = this.element.attr('aria-checked') === 'true';
    const state = text(this.#isWaiting ? 'switch.waits' : isOn ? 'switch.on' : 'switch.off');
    this.element.toggleClass('aurion-waiting', this.#isWaiting);
    this.element.attr('aria-busy', String(this.#isWaiting));
    if (!this.isAllowed) return;
    this.element
      .prop('disabled', this.#isWaiting || this.#reason !== null)
      .attr('title', this.#reason ?? state);
  }
}
