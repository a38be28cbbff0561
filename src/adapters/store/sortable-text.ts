/** Texts that databases keep as they are and sort as JavaScript does: no NUL, no surrogate, nothing above them. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const PLAIN = /^[\u0002-\ud7ff]*$/;

const SURROGATES = 0xd800;
const PRIVATE_USE = 0xe000;
const ASTRAL = 0x10000;

/**
 * Any text as one without U+0000 and half characters, which databases refuse, and whose UTF-8 bytes
 * sort as the UTF-16 code units of the original do. Nearly all texts stay what they are; emojis and
 * the like become two private letters.
 */
export function toSortable(text: string): string {
  if (PLAIN.test(text)) return text;
  let sortable = '';
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit <= 1) sortable += `\u0001${String.fromCharCode(unit + 1)}`;
    else if (unit < SURROGATES) sortable += text.charAt(index);
    else if (unit < PRIVATE_USE) sortable += String.fromCharCode(unit + PRIVATE_USE - SURROGATES);
    else sortable += String.fromCodePoint(unit - PRIVATE_USE + ASTRAL);
  }
  return sortable;
}

/** The text that `toSortable` was given. */
export function fromSortable(sortable: string): string {
  if (PLAIN.test(sortable)) return sortable;
  let text = '';
  let escaped = false;
  for (const letter of sortable) {
    const point = letter.codePointAt(0) ?? 0;
    if (escaped) text += String.fromCharCode(point - 1);
    else if (point >= ASTRAL) text += String.fromCharCode(point - ASTRAL + PRIVATE_USE);
    else if (point >= PRIVATE_USE) text += String.fromCharCode(point - PRIVATE_USE + SURROGATES);
    else if (point > 1) text += letter;
    escaped = !escaped && point === 1;
  }
  return text;
}
