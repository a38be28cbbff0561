import { minorDigits } from '../../contract/tariff';

/**
 * An exact amount: whole quadrillionths (10⁻¹⁵) of a currency unit. A price of 10⁻⁶ times an energy of
 * 10⁻⁹ kWh is a whole number of them, so costs add up without rounding (M5).
 */
export type Money = bigint;

const MONEY_DIGITS = 15;
export const MONEY_PER_UNIT: Money = 10n ** BigInt(MONEY_DIGITS);

/** Decimal text (`88`, `0.1841`) as an exact amount. @throws RangeError for anything else */
export function readMoney(text: string): Money {
  const [, minus, whole = '', decimals = ''] = /^(-?)(\d+)(?:\.(\d{1,15}))?$/.exec(text) ?? [];
  if (whole === '') throw new RangeError(`Not an amount: ${text}`);
  const amount = BigInt(whole + decimals.padEnd(MONEY_DIGITS, '0'));
  return minus === '-' ? -amount : amount;
}

/** An exact amount as decimal text, to be stored. */
export function moneyText(amount: Money): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(MONEY_DIGITS + 1, '0');
  const decimals = digits.slice(-MONEY_DIGITS).replace(/0+$/, '');
  const text = `${digits.slice(0, -MONEY_DIGITS)}${decimals === '' ? '' : `.${decimals}`}`;
  return amount < 0n ? `-${text}` : text;
}

/** The currency's smallest coin as an exact amount: XOF 1, EUR 0.01. */
export function coinOf(currency: string): Money {
  return MONEY_PER_UNIT / 10n ** BigInt(minorDigits(currency));
}

/** An exact amount as people see it: rounded half up to the coin, once (M5). */
export function rounded(amount: Money, currency: string): number {
  return roundedParts([amount], currency)[0] ?? 0;
}

/**
 * Parts as people see them: their sum is the whole, rounded once; by largest remainder (M5).
 * @param over how many of them are over and stay as they are, the first ones; all unless told
 */
export function roundedParts(
  parts: readonly Money[],
  currency: string,
  over = parts.length,
): readonly number[] {
  const coin = coinOf(currency);
  const coinsPerUnit = Number(MONEY_PER_UNIT / coin);
  return roundSteadily(parts, coin, over).map((coins) => Number(coins) / coinsPerUnit);
}

/**
 * Rounds parts to whole units so that they add up to their sum, rounded half up: each is rounded down,
 * then the largest remainders get one more (ties: the earlier part).
 * @param parts none below zero
 */
export function roundTogether(parts: readonly bigint[], unit: bigint): readonly bigint[] {
  const sum = parts.reduce((total, part) => total + part, 0n);
  const whole = (2n * sum + unit) / (2n * unit);
  return topUp(
    parts.map((part) => part / unit),
    parts.map((part) => part % unit),
    whole,
  );
}

/**
 * As `roundTogether`, for parts that time adds to: what is over is rounded by itself and stays as it is, and
 * what goes on gets the rest of the rounded whole.
 * @param over how many of them are over, the first ones
 */
export function roundSteadily(
  parts: readonly bigint[],
  unit: bigint,
  over: number,
): readonly bigint[] {
  const sum = (some: readonly bigint[]) => some.reduce((total, part) => total + part, 0n);
  const halfUp = (amount: bigint) => (2n * amount + unit) / (2n * unit);
  const [done, open] = [parts.slice(0, over), parts.slice(over)];
  return [
    ...roundTogether(done, unit),
    ...topUp(
      open.map((part) => part / unit),
      open.map((part) => part % unit),
      halfUp(sum(parts)) - halfUp(sum(done)),
    ),
  ];
}

/** Gives out `whole` in proportion to the weights, by largest remainder (ties: the earlier). All 0 if no weight is above. */
export function apportion(whole: bigint, weights: readonly bigint[]): readonly bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n) return weights.map(() => 0n);
  return topUp(
    weights.map((weight) => (weight * whole) / total),
    weights.map((weight) => (weight * whole) % total),
    whole,
  );
}

function topUp(
  floors: readonly bigint[],
  remainders: readonly bigint[],
  whole: bigint,
): readonly bigint[] {
  let left = Number(whole - floors.reduce((sum, floor) => sum + floor, 0n));
  const order = remainders
    .map((remainder, index) => ({ remainder, index }))
    .sort((a, b) =>
      a.remainder < b.remainder ? 1 : a.remainder > b.remainder ? -1 : a.index - b.index,
    );
  const result = [...floors];
  for (const { index } of order) {
    if (left <= 0) break;
    result[index] = (result[index] ?? 0n) + 1n;
    left -= 1;
  }
  return result;
}
