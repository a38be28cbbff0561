import {
  MINUTES_PER_WEEK,
  minutesOf,
  type ShownTariff,
  type TariffVersion,
} from '../../contract/tariff';
import type { HomeCalendar } from './calendar';
import { readMoney, type Money } from './money';
import { microWh, MINUTE_MS, type MicroWh } from './units';

/** A price for a kilowatt-hour in whole millionths (10⁻⁶) of a currency unit: times µWh it is `Money`. */
export type Price = bigint;

/** A tariff version, ready to price. */
export interface PriceList {
  /** As the tariff names it; frozen into costs. */
  readonly validFrom: string;
  /** When it begins to hold; the first holds since ever. */
  readonly from: number;
  readonly to: number;
  readonly monthlyFee: Money;
  /** The price of a minute of the week when so much of the month is used. */
  readonly price: (minute: number, used: MicroWh) => Price;
  /** How much more can be used at that price. */
  readonly left: (used: MicroWh) => MicroWh;
  /** The minutes of the week at which the price may change, rising; ends with the week's. */
  readonly edges: readonly number[];
  /** Whether a minute of the week is dearest; null: the price does not depend on it. */
  readonly isPeak: ((minute: number) => boolean) | null;
}

/** A tariff in a home's time, ready to price. */
export interface HomeTariff {
  readonly currency: string;
  readonly calendar: HomeCalendar;
  /** One after the other, without a gap. */
  readonly lists: readonly PriceList[];
  /** False: nobody has set a tariff, and nothing can be priced. */
  readonly isSet: boolean;
  /** The last tariff in each other currency the home has had (M18). */
  readonly former: readonly HomeTariff[];
}

const PRICE_PER_MONEY = 1_000_000_000n;

function price(text: string): Price {
  return readMoney(text) / PRICE_PER_MONEY;
}

/** What holds where nobody has set a price: for its times and its fee, which is none. */
const UNSET: TariffVersion = { validFrom: '1970-01-01', kind: 'flat', price: '0' };

/**
 * Makes a tariff (checked by its schema) ready to price in a home's time (M5).
 * @param former those the home had before in other currencies
 */
export function homeTariff(
  { currency, versions: set }: ShownTariff,
  calendar: HomeCalendar,
  former: readonly ShownTariff[] = [],
): HomeTariff {
  const isSet = set.length > 0;
  const versions = isSet ? set : [UNSET];
  const starts = versions.map(({ validFrom }, i) =>
    i === 0 ? -Infinity : startOf(validFrom, calendar),
  );
  const lists = versions.map((version, i) => ({
    validFrom: version.validFrom,
    from: starts[i] ?? -Infinity,
    to: starts[i + 1] ?? Infinity,
    monthlyFee: version.monthlyFee === undefined ? 0n : readMoney(version.monthlyFee),
    ...pricing(version),
  }));
  const others = former.filter((one) => one.currency !== currency);
  return {
    ...{ currency, calendar, lists, isSet },
    former: others.map((one) => homeTariff(one, calendar)),
  };
}

/** The home's tariff in a currency, this one's or the last it had in that; null: none was ever set. */
export function tariffIn(tariff: HomeTariff, currency: string): HomeTariff | null {
  const found = [tariff, ...tariff.former].find((one) => one.currency === currency);
  return found?.isSet ? found : null;
}

/** The price list that holds at an instant. */
export function listAt({ lists }: HomeTariff, at: number): PriceList {
  const list = lists.find(({ from, to }) => at >= from && at < to);
  if (!list) throw new RangeError('A tariff has at least one version');
  return list;
}

/** Until when the price of an instant can't change but by use: the next edge, version, month or change of the clock. */
export function samePriceUntil({ calendar }: HomeTariff, list: PriceList, at: number): number {
  const month = calendar.next('month', at);
  if (list.edges.length <= 1) return Math.min(list.to, month);
  const minute = calendar.minuteOfWeek(at);
  const edge = list.edges.find((candidate) => candidate > minute) ?? MINUTES_PER_WEEK;
  const toEdge = (edge - minute) * MINUTE_MS - (at % MINUTE_MS);
  return Math.min(list.to, month, at + toEdge, calendar.steadyUntil(at));
}

function startOf(validFrom: string, calendar: HomeCalendar): number {
  return validFrom.includes('T') ? Date.parse(validFrom) : calendar.dateStart(validFrom);
}

function pricing(version: TariffVersion): Pick<PriceList, 'price' | 'left' | 'edges' | 'isPeak'> {
  switch (version.kind) {
    case 'flat': {
      const flat = price(version.price);
      return { price: () => flat, left: () => Infinity, edges: [MINUTES_PER_WEEK], isPeak: null };
    }
    case 'tou':
      return byTime(version);
    case 'tranches':
      return byUse(version);
  }
}

function byTime({ price: outside, bands }: Extract<TariffVersion, { kind: 'tou' }>) {
  const week = new Array<Price>(MINUTES_PER_WEEK).fill(price(outside));
  for (const band of bands) {
    for (const [from, to] of minutesOf(band)) week.fill(price(band.price), from, to);
  }
  const edges = [...week.keys()].filter(
    (minute) => minute > 0 && week[minute] !== week[minute - 1],
  );
  const dearest = week.reduce((highest, one) => (one > highest ? one : highest));
  const at = (minute: number): Price => week[minute] ?? dearest;
  return {
    price: at,
    left: () => Infinity,
    edges: [...edges, MINUTES_PER_WEEK],
    isPeak: edges.length === 0 ? null : (minute: number) => at(minute) === dearest,
  };
}

function byUse({ tranches }: Extract<TariffVersion, { kind: 'tranches' }>) {
  const steps = tranches.map(({ upTo, price: text }) => ({
    upTo: upTo === undefined ? Infinity : microWh(upTo),
    price: price(text),
  }));
  const stepAt = (used: MicroWh) => steps.find(({ upTo }) => used < upTo);
  return {
    price: (_minute: number, used: MicroWh): Price => stepAt(used)?.price ?? 0n,
    left: (used: MicroWh): MicroWh => (stepAt(used)?.upTo ?? Infinity) - used,
    edges: [MINUTES_PER_WEEK],
    isPeak: null,
  };
}
