import type { HistoryPoint } from '../../contract/energy';
import type { HomeCalendar } from './calendar';

/** How a spreadsheet writes: English ones `,` and `.`, French ones `;` and `,`. */
export interface CsvFormat {
  readonly separator: string;
  readonly decimal: '.' | ',';
}

/** Where no other is asked for. */
export const ENGLISH_CSV: CsvFormat = { separator: ',', decimal: '.' };
export const FRENCH_CSV: CsvFormat = { separator: ';', decimal: ',' };

/** Excel takes a file without it for one in the code page of its country. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * A history as CSV (RFC 4180): a line a slot, what is not known left empty. Times are UTC and, in `localTime`,
 * what the home's clock shows. With another separator than `,` it is meant for a spreadsheet, and
 * begins with a byte order mark.
 * @param currency named where nothing was measured
 */
export function historyCsv(
  points: readonly HistoryPoint[],
  currency: string,
  calendar: HomeCalendar,
  { separator, decimal }: CsvFormat = ENGLISH_CSV,
): string {
  const rows = points.map((point) => ({
    timestamp: point.timestamp,
    consumption: point.consumption,
    cost: point.cost,
    currency: point.currency ?? (point.costReason === undefined ? currency : null),
    coverage: point.coverage,
    quality: point.quality,
    localTime: clockText(calendar.shown(Date.parse(point.timestamp))),
    costReason: point.costReason ?? null,
  }));
  const line = (fields: readonly (string | number | null)[]) =>
    `${fields.map((field) => csvField(field, { separator, decimal })).join(separator)}\r\n`;
  const mark = separator === ENGLISH_CSV.separator ? '' : BYTE_ORDER_MARK;
  return (
    mark + [line(COLUMNS), ...rows.map((row) => line(COLUMNS.map((name) => row[name])))].join('')
  );
}

const COLUMNS = [
  ...(['timestamp', 'consumption', 'cost', 'currency', 'coverage', 'quality'] as const),
  ...(['localTime', 'costReason'] as const),
] as const;

/** @param shown what a clock shows, as if it were UTC */
function clockText(shown: number): string {
  return new Date(shown).toISOString().slice(0, 16).replace('T', ' ');
}

/**
 * A field of a CSV file: quoted where it must be, and a text that a spreadsheet would take for a formula
 * (it begins with =, +, -, @, tab or a line break) made plain by an apostrophe.
 */
export function csvField(
  value: string | number | null,
  { separator, decimal }: CsvFormat = ENGLISH_CSV,
): string {
  if (value === null) return '';
  const text =
    typeof value === 'number'
      ? String(value).replace('.', decimal)
      : /^[=+\-@\t\r\n]/.test(value)
        ? `'${value}`
        : value;
  const isPlain = !/["\r\n]/.test(text) && !text.includes(separator);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}
