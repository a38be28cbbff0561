import type { Value } from '../../contract/value';
import type { Attribute, Attributes, Report } from './report';

/** What a device is told to become. */
export interface Wanted {
  readonly status?: boolean;
  readonly attributes: Attributes;
}

/** How long a device has to confirm, and a command to stay good. */
export const CONFIRM_WITHIN_MS = 5000;

/** A command under way: what it wants, and how its device was when it left. */
export interface UnderWay {
  readonly wanted: Wanted;
  readonly commandId: string;
  readonly before: Shown;
}

/** A device's state as far as commands look at it. */
interface Shown {
  readonly status: boolean;
  readonly reported: { readonly [attribute: string]: Value };
}

/**
 * What a report says about the command under way (QUALITY M8): `confirmed` when it answers with this
 * command's id or makes the device what was wanted, to within a step of its own scale; `refused` when
 * it answers with this id and shows the opposite; `unrelated` otherwise (an older state still on its
 * way, another attribute).
 * @param after the device's state with this report in it: it may say one thing at a time
 */
export function judgeReport(
  { wanted, commandId, before }: UnderWay,
  report: Report,
  after: Shown,
): 'confirmed' | 'refused' | 'unrelated' {
  if (report.commandId === commandId) return contradicts(wanted, report) ? 'refused' : 'confirmed';
  // An answer to another command says nothing about this one, even if it looks right.
  if (report.commandId !== undefined || !speaksOf(wanted, report)) return 'unrelated';
  return shows(wanted, before, after) ? 'confirmed' : 'unrelated';
}

/** A device that rounds a brightness still obeys; one that reports the opposite status does not. */
function contradicts({ status }: Wanted, report: Report): boolean {
  return status !== undefined && report.status !== undefined && report.status !== status;
}

function speaksOf({ status, attributes }: Wanted, report: Report): boolean {
  const names = Object.keys(attributes);
  return (
    (status !== undefined && report.status !== undefined) ||
    names.some((name) => Object.hasOwn(report.attributes, name))
  );
}

function shows({ status, attributes }: Wanted, before: Shown, after: Shown): boolean {
  return (
    (status === undefined || after.status === status) &&
    Object.entries(attributes).every(([name, value]) =>
      isReached(value, ownOf(before.reported, name), ownOf(after.reported, name)),
    )
  );
}

function ownOf(reported: Shown['reported'], name: string): Value | undefined {
  return Object.hasOwn(reported, name) ? reported[name] : undefined;
}

/** As wanted; or, of a number, moved towards it and no more than a step away. */
function isReached(wanted: Attribute, was: Value | undefined, is: Value | undefined): boolean {
  if (is === wanted) return true;
  if (typeof wanted === 'string' && typeof is === 'string') {
    return is.toLowerCase() === wanted.toLowerCase();
  }
  if (typeof wanted !== 'number' || typeof is !== 'number') return false;
  const awayBy = Math.abs(is - wanted);
  const isCloser = typeof was !== 'number' || awayBy < Math.abs(was - wanted);
  return awayBy <= stepAround(wanted, is) && isCloser;
}

/**
 * How far a device may round: by 1 on a scale of whole numbers (40 % of 255 steps comes back as 39),
 * by a hundredth on a long one (kelvins are kept as mireds), and below 10 by a tenth of the value, so
 * that on a scale from 0 to 1 the half is not the whole.
 */
function stepAround(wanted: number, is: number): number {
  const size = Math.abs(wanted);
  const isWhole = Number.isInteger(wanted) && Number.isInteger(is);
  return Math.max(isWhole ? 1 : Math.min(1, size / 10), size / 100);
}
