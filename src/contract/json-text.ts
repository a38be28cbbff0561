/** The JSON text of values that never change, made once. */
const texts = new WeakMap<object, string>();

/** A value's JSON text; of a frozen value it is remembered as long as the value lives. */
export function jsonText(value: unknown): string {
  if (typeof value !== 'object' || value === null || !Object.isFrozen(value)) {
    return JSON.stringify(value ?? null);
  }
  let text = texts.get(value);
  if (text === undefined) texts.set(value, (text = JSON.stringify(value)));
  return text;
}
