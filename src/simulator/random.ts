const TWO_TO_32 = 2 ** 32;

/** Chance that repeats: the same seed and label give the same sequence. Not for secrets. */
export interface SeededRandom {
  /** At least 0, below 1. */
  next(): number;
  /** At least `low`, below `high`. */
  between(low: number, high: number): number;
  /** True in this share of cases: never at 0, always at 1. */
  chance(share: number): boolean;
  /** One of the choices. */
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** The same items in another order. */
  shuffle<T>(items: readonly T[]): T[];
  /** Time to the next event of those that come every `mean` on average, independently (Poisson). */
  untilNext(mean: number): number;
}

/**
 * A sequence of its own for each label, so that one thing's draws never shift another's.
 * The generator is Mulberry32 (Tommy Ettinger, public domain), started at the FNV-1a hash of seed and
 * label, mixed with Murmur3's finalizer.
 */
export function createRandom(seed: number, label: string): SeededRandom {
  let state = mix(fnv1a(`${seed}/${label}`));
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / TWO_TO_32;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    chance: (share) => next() < share,
    pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
    shuffle(items) {
      const order = items.map((item) => ({ item, at: next() }));
      return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
    },
    untilNext: (mean) => -Math.log(1 - next()) * mean,
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
