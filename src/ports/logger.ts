/** What belongs to a line, by name. What is secret by its name or its look is not shown. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where a home writes what its keeper should know. One line a call; no secrets, no text from outside that was not made printable. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
