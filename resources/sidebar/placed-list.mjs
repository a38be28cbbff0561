import { language, make, moreText, Rows, Section, text } from './elements.mjs';
import { byPlace, limited, matching, remembering, underPlaces } from './lists.mjs';

/** A section of things under the places where they are; of many, those that are shown and how many are not. */
export class PlacedList {
  /**
   * @param name the section's
   * @param placeOf where a thing is
   * @param textsOf what the filter looks at
   * @param keyOf two of the same are the same row
   * @param makeRow gives `{element, update({thing, timeZone})}` for a thing
   */
  constructor(name, { placeOf, textsOf, keyOf, makeRow }) {
    this.name = name;
    this.placeOf = placeOf;
    this.keyOf = keyOf;
    this.section = new Section(name);
    this.element = this.section.element;
    const list = make('ul', 'aurion-rows').appendTo(this.section.body);
    this.rows = new Rows(list, ({ thing }) => (thing ? makeRow(thing) : placeRow()));
    this.choose = remembering((things, filter) =>
      limited(byPlace(matching(things, filter, textsOf), placeOf, language())),
    );
  }

  /** @param things undefined: not known yet, or not allowed to be */
  show({ things, home, filter, refusal = '' }) {
    if (!things) {
      this.section.tell({ refusal });
      return;
    }
    const { shown, left } = this.choose(things, filter);
    const hint = this.#hintFor({ things, shown, left, home });
    this.section.tell({ count: things.length, hint, refusal });
    const { timeZone } = home;
    const rows = underPlaces(shown, this.placeOf).map((row) => ({ ...row, timeZone }));
    this.rows.show(rows, ({ place, thing }) => (thing ? this.keyOf(thing) : `in ${place}`));
  }

  #hintFor({ things, shown, left, home }) {
    if (things.length === 0) return text(`empty.${this.name}`, { prefix: home.topicPrefix });
    if (shown.length === 0) return text('none-found');
    return left > 0 ? moreText(left) : '';
  }
}

/** The name of a room or place, above what is there. */
function placeRow() {
  const element = make('li', 'aurion-place');
  return { element, update: ({ place }) => void element.text(place) };
}
