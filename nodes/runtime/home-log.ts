import type { NodeAPI } from 'node-red';
import { lineOf } from '../../src/adapters/log/redact';
import type { LogFields, Logger } from '../../src/ports/logger';

/** What a home said, for a handler of Node-RED's log that wants more than the line. */
export interface LoggedByHome {
  readonly home: string;
  readonly message: string;
  readonly fields: LogFields;
}

/**
 * A home's logger: its lines are lines of Node-RED's log, under the home's key. A line is put together
 * only when a handler takes it, so that what nobody wants to read costs next to nothing.
 */
export function createHomeLogger({ log }: NodeAPI, home: string): Logger {
  const at =
    (level: number) =>
    (message: string, fields: LogFields = {}) => {
      log.log({
        level,
        get msg() {
          return lineOf(`[aurion:${home}] ${message}`, fields);
        },
        aurion: { home, message, fields },
      } as never);
    };
  return {
    debug: at(log.DEBUG),
    info: at(log.INFO),
    warn: at(log.WARN),
    error: at(log.ERROR),
  };
}
