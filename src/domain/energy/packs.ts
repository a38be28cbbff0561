import { FIVE_MINUTES_MS } from './calendar';
import { compareReadings } from './distinct';
import type { Rated } from './cost';
import { instantOf, isClockAhead, type Reading } from './reading';
import { QUALITIES, type Quality } from './slice';

/**
 * Readings and buckets as short texts, many in one, for a store in which a document a reading would be
 * too many. The same set gives the same text. Fields are numbers in base 36, of which those that are as
 * expected are left empty.
 */

const BASE = 36;

/**
 * A reading without what does not count: a timestamp that is believed is all its time, whenever and
 * however often it came.
 */
export function canonical(reading: Reading): Reading {
  const { timestamp } = reading;
  if (timestamp === null || isClockAhead(reading)) return reading;
  return { ...reading, receivedAt: timestamp, redelivered: false };
}

/** Sorted, and each once. @param readings canonical */
export function setOf(readings: readonly Reading[]): readonly Reading[] {
  const sorted = readings.toSorted(compareReadings);
  return sorted.filter((reading, i) => {
    const before = sorted[i - 1];
    return before === undefined || compareReadings(before, reading) !== 0;
  });
}

/** @param readings as `setOf` gives them, none before `start` */
export function packReadings(readings: readonly Reading[], start: number): string {
  let [at, after, seq, energy] = [start, 0, 0, 0];
  const texts = readings.map((reading) => {
    const instant = instantOf(reading);
    const fields = [
      // Most meters speak at a steady pace.
      text(instant - at, after),
      reading.seq === null ? '' : text(reading.seq - seq),
      reading.energy === null ? '' : text(reading.energy - energy),
      reading.powerW === null ? '' : String(reading.powerW),
      ownTime(reading),
    ];
    after = instant - at;
    at = instant;
    seq = reading.seq ?? seq;
    energy = reading.energy ?? energy;
    return trimmed(fields);
  });
  return texts.join(';');
}

/** The opposite of `packReadings`. */
export function unpackReadings(packed: string, start: number): Reading[] {
  if (packed === '') return [];
  let [at, after, seq, energy] = [start, 0, 0, 0];
  return packed.split(';').map((one) => {
    const [afterText, seqText = '', energyText = '', power = '', own = ''] = one.split(',');
    after = number(afterText, after);
    at += after;
    if (seqText !== '') seq += number(seqText);
    if (energyText !== '') energy += number(energyText);
    return {
      ...timeOf(own, at),
      seq: seqText === '' ? null : seq,
      powerW: power === '' ? null : Number(power),
      energy: energyText === '' ? null : energy,
    };
  });
}

/** How its time is not simply its timestamp: none (`n`), or one that is ahead; `r` if it was redelivered. */
function ownTime(reading: Reading): string {
  const { timestamp, receivedAt, redelivered } = reading;
  if (timestamp === receivedAt) return '';
  return `${redelivered ? 'r' : 'n'}${timestamp === null ? '' : text(timestamp - receivedAt)}`;
}

function timeOf(
  own: string,
  at: number,
): Pick<Reading, 'timestamp' | 'receivedAt' | 'redelivered'> {
  if (own === '') return { timestamp: at, receivedAt: at, redelivered: false };
  const timestamp = own.length === 1 ? null : at + number(own.slice(1));
  return { timestamp, receivedAt: at, redelivered: own.startsWith('r') };
}

export interface BucketPack {
  /** The buckets. */
  readonly b: string;
  /** The tariffs they name, where they name any. */
  readonly t?: readonly string[];
  /** The currency of each of these. */
  readonly c?: readonly string[];
}

/** How amounts are read that an earlier version wrote, without their currency. */
export interface Unlabelled {
  /** Of what was priced by a tariff that somebody set. */
  readonly currency: string;
  /** Of what was priced 200 because nobody had set one; null: that price was made up, there is none (M18). */
  readonly byDefault: string | null;
}

const IN_FRANCS: Unlabelled = { currency: 'XOF', byDefault: 'XOF' };

/** What 200 a kWh is in millionths, and how the tariff was called that nobody had set. */
const DEFAULT_PRICE = 200_000_000n;
const DEFAULT_VALID_FROM = '1970-01-01';

/** The cost of a bucket whose parts were paid in several currencies. */
const MIXED = 'x';

/** @param buckets oldest first, of which something is known, none before `start`; all begin on the 5-minute grid */
export function packBuckets(
  buckets: readonly Rated[],
  start: number,
  lengthMs: number,
): BucketPack {
  const tariffs: string[] = [];
  const currencies: string[] = [];
  const indexOf = (tariff: string, currency: string): number => {
    const known = tariffs.findIndex((one, i) => one === tariff && currencies[i] === currency);
    if (known >= 0) return known;
    currencies.push(currency);
    return tariffs.push(tariff) - 1;
  };
  let next = start;
  const texts = buckets.flatMap((bucket) => {
    if (bucket.energy === null || bucket.quality === 'missing') return [];
    const { start: from, end, coveredMs, quality, cost } = bucket;
    const isPaid = cost !== null && cost !== 'mixed';
    const fields = [
      text((from - next) / FIVE_MINUTES_MS, 0),
      text(bucket.energy),
      text(coveredMs, lengthMs),
      text(QUALITIES.indexOf(quality), 0),
      isPaid ? cost.energyCost.toString(16) : cost === 'mixed' ? MIXED : '',
      isPaid ? text(indexOf(cost.tariff, cost.currency), 0) : '',
      text(end - from, lengthMs),
    ];
    next = end;
    return [trimmed(fields)];
  });
  return { b: texts.join(';'), ...(tariffs.length > 0 && { t: tariffs, c: currencies }) };
}

/** The opposite of `packBuckets`. @param unlabelled how to read costs of an earlier version */
export function unpackBuckets(
  { b, t = [], c }: BucketPack,
  start: number,
  lengthMs: number,
  unlabelled = IN_FRANCS,
): (Rated & { readonly energy: number; readonly quality: Quality })[] {
  if (b === '') return [];
  let next = start;
  return b.split(';').map((one) => {
    if (one.lastIndexOf(',') === 0) {
      // The most usual: a whole bucket, measured, behind the one before. A year has many.
      const from = next;
      next += lengthMs;
      const energy = parseInt(one.slice(1), BASE);
      return {
        start: from,
        end: next,
        energy,
        coveredMs: lengthMs,
        quality: 'measured',
        cost: null,
      };
    }
    const [skipped, energy = '', covered, quality, cost = '', tariff, length] = one.split(',');
    const from = next + number(skipped, 0) * FIVE_MINUTES_MS;
    next = from + number(length, lengthMs);
    const flowed = number(energy);
    const at = number(tariff, 0);
    return {
      start: from,
      end: next,
      energy: flowed,
      coveredMs: number(covered, lengthMs),
      quality: QUALITIES[number(quality, 0)] ?? 'measured',
      cost: costOf(cost, flowed, t[at] ?? '', c ? (c[at] ?? '') : unlabelled),
    };
  });
}

function costOf(
  cost: string,
  energy: number,
  tariff: string,
  currency: string | Unlabelled,
): Rated['cost'] {
  if (cost === '') return null;
  if (cost === MIXED) return 'mixed';
  const energyCost = BigInt(`0x${cost}`);
  if (typeof currency === 'string') return { energyCost, currency, tariff };
  const byDefault = tariff === DEFAULT_VALID_FROM && energyCost === BigInt(energy) * DEFAULT_PRICE;
  const known = byDefault ? currency.byDefault : currency.currency;
  return known === null ? null : { energyCost, currency: known, tariff };
}

function text(value: number, expected?: number): string {
  return value === expected ? '' : value.toString(BASE);
}

function number(field: string | undefined, expected = 0): number {
  return field === undefined || field === '' ? expected : parseInt(field, BASE);
}

function trimmed(fields: readonly string[]): string {
  return fields.join(',').replace(/,+$/, '');
}
