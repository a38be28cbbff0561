/** A plain evening at home: from about 18:00 to about 23:00 lights go on and off, one here, one there. */
const START_MIN = 18 * 60;
const END_MIN = 23 * 60;
/** How much earlier or later an evening begins and ends. */
const SHIFT_MIN = 30;
/** People stay in a room for so long. */
const STAY_MIN = { least: 20, most: 70 };
/** How often a light burns in an evening, roughly. */
const ON_SHARE = 0.55;

/**
 * Whether a light burns at a moment of a simulated evening; null when it is not evening. The same for the same seed, date and
 * light, so that a restart goes on with the evening it began; another evening each day.
 * @param date the local date, `YYYY-MM-DD`
 * @param time the local time, `HH:MM`
 */
export function burns(lightId: number, date: string, time: string, seed: string): boolean | null {
  const minute = minutesOf(time);
  const evening = numbersOf(`${seed} ${date}`);
  const begin = START_MIN + shift(evening());
  const end = END_MIN + shift(evening());
  if (minute < begin || minute >= end) return null;
  const light = numbersOf(`${seed} ${date} ${lightId}`);
  for (let from = begin; ;) {
    const until = from + STAY_MIN.least + Math.floor(light() * (STAY_MIN.most - STAY_MIN.least));
    const on = light() < ON_SHARE;
    if (minute < until) return on;
    from = until;
  }
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function shift(number: number): number {
  return Math.round((number * 2 - 1) * SHIFT_MIN);
}

/** Numbers from 0 to 1 that follow from a text: FNV-1a as the seed of mulberry32. Nothing is secret here. */
function numbersOf(text: string): () => number {
  let state = 0x811c9dc5;
  for (const character of text) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
