import type { Attributes, Report } from './report';

/** What a device is told to become. */
export interface Wanted {
  readonly status?: boolean;
  readonly attributes: Attributes;
}

/** How long a device has to confirm, and a command to stay good. */
export const CONFIRM_WITHIN_MS = 5000;

/**
 * What a report says about the command under way (QUALITY M8): `confirmed` when it answers with this
 * command's id or shows what was wanted; `refused` when it answers with this id and shows something
 * else; `unrelated` otherwise (an older state still on its way, another attribute).
 */
export function judgeReport(
  wanted: Wanted,
  commandId: string,
  report: Report,
): 'confirmed' | 'refused' | 'unrelated' {
  const asWanted = shows(wanted, report);
  if (report.commandId === commandId) {
    return asWanted || !contradicts(wanted, report) ? 'confirmed' : 'refused';
  }
  // An answer to another command says nothing about this one, even if it looks right.
  return report.commandId === undefined && asWanted ? 'confirmed' : 'unrelated';
}

function shows({ status, attributes }: Wanted, report: Report): boolean {
  return (
    (status === undefined || report.status === status) &&
    Object.entries(attributes).every(([name, value]) => report.attributes[name] === value)
  );
}

/** A device that rounds a brightness still obeys; one that reports the opposite status does not. */
function contradicts({ status }: Wanted, report: Report): boolean {
  return status !== undefined && report.status !== undefined && report.status !== status;
}
