/** A unit as it is kept, and how a number gets there. */
interface Unit {
  readonly unit: string;
  readonly convert?: (value: number) => number;
}

/** Spelled as sensors spell them; compared without blanks, and in lower case where that leaves no doubt. */
const UNITS: Readonly<Record<string, Unit>> = {
  '°c': { unit: '°C' },
  c: { unit: '°C' },
  degc: { unit: '°C' },
  celsius: { unit: '°C' },
  '°f': { unit: '°C', convert: fromFahrenheit },
  f: { unit: '°C', convert: fromFahrenheit },
  degf: { unit: '°C', convert: fromFahrenheit },
  fahrenheit: { unit: '°C', convert: fromFahrenheit },
  k: { unit: '°C', convert: (kelvin) => rounded(kelvin - 273.15) },
  kelvin: { unit: '°C', convert: (kelvin) => rounded(kelvin - 273.15) },
  '%': { unit: '%' },
  '%rh': { unit: '%' },
  percent: { unit: '%' },
  ppm: { unit: 'ppm' },
  ppb: { unit: 'ppb' },
  'µg/m³': { unit: 'µg/m³' },
  'ug/m3': { unit: 'µg/m³' },
  lx: { unit: 'lx' },
  lux: { unit: 'lx' },
  pa: { unit: 'hPa', convert: (pascal) => rounded(pascal / 100) },
  hpa: { unit: 'hPa' },
  mbar: { unit: 'hPa' },
  kpa: { unit: 'hPa', convert: (kilopascal) => rounded(kilopascal * 10) },
  db: { unit: 'dB' },
  v: { unit: 'V' },
  mv: { unit: 'V', convert: (millivolt) => rounded(millivolt / 1000) },
  w: { unit: 'W' },
  kw: { unit: 'W', convert: (kilowatt) => rounded(kilowatt * 1000) },
  wh: { unit: 'kWh', convert: (wattHours) => rounded(wattHours / 1000) },
  kwh: { unit: 'kWh' },
  'm/s': { unit: 'm/s' },
  'km/h': { unit: 'm/s', convert: (kilometres) => rounded(kilometres / 3.6) },
  mm: { unit: 'mm' },
  cm: { unit: 'mm', convert: (centimetres) => rounded(centimetres * 10) },
};

function fromFahrenheit(fahrenheit: number): number {
  return rounded(((fahrenheit - 32) * 5) / 9);
}

/** Four decimals: enough for any sensor, and no trace of how the number was computed. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/**
 * A number in the unit it is kept in: °C, %, hPa, W …
 * @returns null for a unit nobody knows
 */
export function normalised(value: number, unit: string): { value: number; unit: string } | null {
  // The micro sign and the Greek letter look alike, and so do the two degree signs.
  const name = unit
    .replace(/\s/g, '')
    .toLowerCase()
    .replace('μ', 'µ')
    .replace('º', '°')
    .replace('℃', '°c')
    .replace('℉', '°f');
  const known = Object.hasOwn(UNITS, name) ? UNITS[name] : undefined;
  if (!known) return null;
  return { value: known.convert ? known.convert(value) : value, unit: known.unit };
}
