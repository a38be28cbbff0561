/** What a message says as a reading: an object as it is, also as JSON text (as from `mqtt in`); anything else is the value. */
export function saidBy(payload: unknown): unknown {
  const said = Buffer.isBuffer(payload) ? payload.toString('utf8') : payload;
  if (typeof said !== 'string') return isPlainObject(said) ? said : { value: said };
  try {
    const parsed: unknown = JSON.parse(said);
    return isPlainObject(parsed) ? parsed : { value: parsed };
  } catch {
    return { value: said };
  }
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
  );
}
