import type { HistoryPoint } from '../../contract/energy';

const COLUMNS = ['timestamp', 'consumption', 'cost', 'currency', 'coverage', 'quality'] as const;

/** A history as CSV (RFC 4180): a line a slot, what is not known left empty. */
export function historyCsv(points: readonly HistoryPoint[], currency: string): string {
  const rows = points.map(({ timestamp, consumption, cost, coverage, quality }) => [
    timestamp,
    consumption,
    cost,
    currency,
    coverage,
    quality,
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/**
 * A field of a CSV file: quoted where it must be, and a text that a spreadsheet would take for a formula
 * (it begins with =, +, -, @, tab or a line break) made plain by an apostrophe.
 */
export function csvField(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const plain = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
