/** Where a home writes what its keeper should know. One line a call; no secrets, no text from outside that was not made printable. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
