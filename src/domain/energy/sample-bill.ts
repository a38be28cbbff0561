import type { Tariff } from '../../contract/tariff';
import type { HomeCalendar } from './calendar';
import { roundedParts } from './money';
import { totalCost } from './cost';
import { feeOver, rate } from './rating';
import { homeTariff } from './tariff';
import { microWh } from './units';

/** What a month would cost, as people see amounts: the parts add up to the total. */
export interface SampleBill {
  readonly energyCost: number;
  readonly monthlyFee: number;
  readonly total: number;
}

/**
 * What the month of an instant would cost by each version of a tariff, if that one held for all of it and
 * the energy flowed evenly, day and night. For people to see whether they typed a tariff right.
 */
export function sampleBills(
  { currency, versions }: Tariff,
  {
    kWh,
    at,
    calendar,
  }: { readonly kWh: number; readonly at: number; readonly calendar: HomeCalendar },
): readonly SampleBill[] {
  const month = calendar.slotOf('month', at);
  const bucket = {
    ...month,
    energy: microWh(kWh),
    coveredMs: month.end - month.start,
    quality: 'measured',
  } as const;
  return versions.map((version) => {
    const tariff = homeTariff({ currency, versions: [version] }, calendar);
    const parts = [
      totalCost(rate([bucket], tariff).rated, currency).amount ?? 0n,
      feeOver(tariff, month),
    ];
    const [energyCost = 0, monthlyFee = 0] = roundedParts(parts, currency);
    const [total = 0] = roundedParts([parts.reduce((sum, part) => sum + part)], currency);
    return { energyCost, monthlyFee, total };
  });
}
