/** Numbers, money and times as the reader's language writes them. Pure: the language is an argument. */

const MONEY_DIGITS_MAX = 3;

/** A number with 3 decimals at most. */
export function numberText(value, language, decimals = 3) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: decimals }).format(value);
}

/** A number and its unit, never on two lines. */
export function quantityText(value, unit, language, decimals = 3) {
  const text = numberText(value, language, decimals);
  return unit ? `${text}\u00a0${unit}` : text;
}

/** An amount of money; a currency nobody knows is written as it is. */
export function moneyText(amount, currency, language) {
  try {
    return new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount);
  } catch {
    return quantityText(amount, currency, language, MONEY_DIGITS_MAX);
  }
}

/**
 * A moment in the home's zone: the time alone if it is of today, else with its date.
 * @param now what today is, in milliseconds
 */
export function momentText(iso, { language, timeZone, now }) {
  const [moment, today] = [new Date(iso), new Date(now)];
  const day = new Intl.DateTimeFormat('en-CA', { timeZone });
  const isToday = day.format(moment) === day.format(today);
  const date = isToday ? {} : { day: 'numeric', month: 'short' };
  const time = { hour: '2-digit', minute: '2-digit' };
  return new Intl.DateTimeFormat(language, { timeZone, ...date, ...time }).format(moment);
}

/** The whole of a moment, for a title. */
export function fullMomentText(iso, { language, timeZone }) {
  const style = { dateStyle: 'full', timeStyle: 'long', timeZone };
  return new Intl.DateTimeFormat(language, style).format(new Date(iso));
}

/** The hour and minute at which an hour of the home begins. */
export function hourText(iso, { language, timeZone }) {
  const style = { hour: '2-digit', minute: '2-digit', timeZone };
  return new Intl.DateTimeFormat(language, style).format(new Date(iso));
}
