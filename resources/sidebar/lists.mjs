/** What of long lists is shown. Pure. */

/** How many rows a list shows at most: more would hold the editor up, and nobody reads them. */
export const ROWS_MAX = 100;

/** Without capitals and accents: who looks for "lumiere" means "Lumière". */
function plain(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The things of which one of the texts holds each word of the filter. */
export function matching(things, filter, textsOf) {
  const words = plain(filter).split(/\s+/).filter(Boolean);
  if (words.length === 0) return things;
  return things.filter((thing) => {
    const text = plain(textsOf(thing).join('\n'));
    return words.every((word) => text.includes(word));
  });
}

/** The first so many, and how many are left out. */
export function limited(things, max = ROWS_MAX) {
  return { shown: things.slice(0, max), left: Math.max(0, things.length - max) };
}

/** In the order of the places where they are, and there of their names, as the reader's language has it. */
export function byPlace(things, placeOf, language) {
  const order = new Intl.Collator(language, { numeric: true });
  const compare = (a, b) => (a === b ? 0 : order.compare(a, b));
  return [...things].sort(
    (a, b) => compare(placeOf(a), placeOf(b)) || compare(a.name, b.name) || a.id - b.id,
  );
}

/** A function that computes anew only when it is given something else than the last time. */
export function remembering(compute) {
  let last = null;
  return (...given) => {
    const isSame = last !== null && given.every((each, i) => each === last.given[i]);
    if (!isSame) last = { given, result: compute(...given) };
    return last.result;
  };
}

/** The things with a `{place}` before the first of each place. */
export function underPlaces(things, placeOf) {
  return things.flatMap((thing, i) => {
    const place = placeOf(thing);
    const isFirst = i === 0 || placeOf(things[i - 1]) !== place;
    return isFirst ? [{ place }, { thing }] : [{ thing }];
  });
}

const DEVICE_OF_SAMPLE = { temperature: 'climate', brightness: 'light' };

/** What something that speaks may be, by its topic and what it said: where a form begins. */
export function guessedType({ topic, sample }, kind, types) {
  if (/\/energy\/[^/]+\/data$/.test(topic)) return 'meter';
  const fields = fieldsOf(sample);
  if (kind === 'sensor') return types.find((type) => fields.includes(type)) ?? 'other';
  const known = Object.keys(DEVICE_OF_SAMPLE).find((field) => fields.includes(field));
  return known ? DEVICE_OF_SAMPLE[known] : 'other';
}

/** A key close to the name that something speaks under: where the form begins that asks for one. */
export function suggestedKey({ key, kind }) {
  const close = plain(key)
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return (/^\d*$/.test(close) ? `${kind}-${close || '1'}` : close).slice(0, 64);
}

/** A sample may be cut off in the middle. */
function fieldsOf(sample) {
  return [...sample.matchAll(/"(\w+)"\s*:/g)].map(([, name]) => name);
}
