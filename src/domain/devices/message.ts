import type { LeftOut } from '../intake/left-out';
import { parseFields } from '../intake/payload';
import { readAvailability } from './availability';
import { readReport, spokenOf, type Report } from './report';
import { availability, flips, reported, takenBack, type DeviceState } from './state';

/** What a device said in one message. */
export interface Spoken {
  /** The state after it. @param seenAt when it was heard, null for the broker's memory of it */
  readonly after: (state: DeviceState, seenAt: number | null) => DeviceState;
  /** What it speaks of: of what the device said of the same before, nothing is left in the state. */
  readonly about: string;
  /** Whether it changes what somebody may wait for: an answer, a lamp that flips. */
  readonly isUrgent: (state: DeviceState) => boolean;
  /** Its word on its state; null if it only said whether it can be reached. */
  readonly report: Report | null;
  /** What made no sense in it (QUALITY M16). */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Reads what came on a device's topic.
 * @param arrivedAt milliseconds since 1970
 * @throws RefusedMessage
 */
export function readDeviceMessage(
  kind: 'status' | 'availability',
  payload: Buffer,
  arrivedAt: number,
): Spoken {
  if (kind === 'status') return readDeviceFields(parseFields(payload), arrivedAt);
  const online = readAvailability(payload);
  const after: Spoken['after'] = (state, seenAt) =>
    online === null ? takenBack(state, seenAt) : availability(state, online, seenAt);
  return {
    after,
    about: online === null ? 'nothing' : kind,
    isUrgent: (state) => after(state, null).online !== state.online,
    report: null,
    leftOut: [],
  };
}

/** Reads the fields of a status message, whichever way it came. @throws RefusedMessage */
export function readDeviceFields(
  fields: Readonly<Record<string, unknown>>,
  arrivedAt: number,
): Spoken {
  const { report, leftOut } = readReport(fields, arrivedAt);
  return {
    after: (state, seenAt) => reported(state, report, seenAt),
    about: spokenOf(report),
    isUrgent: (state) => report.commandId !== undefined || flips(state, report),
    report,
    leftOut,
  };
}
