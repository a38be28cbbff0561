import { z } from 'zod';
import { patterned } from './fields';
import type { Text } from './language';

/** What energy costs, as `GET /energy/tariff` shows it and `PUT` takes it. */

/** An amount of money as decimal text, since binary fractions can't hold it: `200`, `0.1841`. */
const amount = patterned(/^\d{1,9}(\.\d{1,6})?$/, {
  fr: 'un montant comme 88 ou 0.1841',
  en: 'an amount such as 88 or 0.1841',
}).describe('decimal text, at most 6 decimals: 88, 0.1841');

/** A date is its midnight in home time. */
const validFrom = z.union([z.iso.date(), z.iso.datetime()]);

const time = patterned(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, {
  fr: 'une heure comme 18:00 (24:00 pour minuit)',
  en: 'a time such as 18:00 (24:00 for midnight)',
});

const MINUTES_PER_DAY = 1440;
export const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;

const band = z.strictObject({
  name: z.string().trim().min(1).max(60),
  days: z.array(z.int().min(0).max(6)).min(1).max(7).describe('0 = Monday … 6 = Sunday'),
  from: time.describe('home time'),
  to: time.describe('exclusive; not after `from` means on the next day'),
  price: amount,
});

export type Band = z.infer<typeof band>;

const tranche = z.strictObject({
  upTo: z.number().positive().max(1e6).optional().describe('kWh of the month; the last has none'),
  price: amount,
});

const shared = { validFrom, monthlyFee: amount.optional() };

const version = z.discriminatedUnion('kind', [
  z.strictObject({ ...shared, kind: z.literal('flat'), price: amount }),
  z.strictObject({
    ...shared,
    kind: z.literal('tou'),
    price: amount.describe('outside the bands'),
    bands: z.array(band).min(1).max(50),
  }),
  z.strictObject({
    ...shared,
    kind: z.literal('tranches'),
    tranches: z.array(tranche).min(1).max(20),
  }),
]);

export type TariffVersion = z.infer<typeof version>;

const currency = patterned(/^[A-Z][A-Z][A-Z]$/, {
  fr: 'le code ISO 4217 de la monnaie, tel que XOF',
  en: "the currency's ISO 4217 code, such as XOF",
}).describe('ISO 4217');

/** A tariff: versions in the order of their dates. The first one also holds before its date. */
export const tariff = z
  .strictObject({ currency, versions: z.array(version).min(1).max(200) })
  .superRefine(({ currency: code, versions }, context) => {
    const tell = (path: readonly (string | number)[], text: Text) =>
      context.addIssue({ code: 'custom', path: [...path], params: { text } });
    if (!isCurrency(code)) {
      tell(['currency'], {
        fr: `monnaie ISO inconnue : ${code}`,
        en: `unknown ISO currency: ${code}`,
      });
    }
    versions.forEach((one, i) => {
      const before = versions[i - 1];
      if (before && Date.parse(one.validFrom) <= Date.parse(before.validFrom)) {
        tell(['versions', i, 'validFrom'], {
          fr: 'les versions vont de la plus ancienne à la plus récente, chacune à sa date',
          en: 'versions go from the oldest to the newest, each with a date of its own',
        });
      }
      if (one.kind === 'tranches')
        checkTranches(one.tranches, (at, text) => tell(['versions', i, 'tranches', ...at], text));
      if (one.kind === 'tou')
        checkBands(one.bands, (at, text) => tell(['versions', i, 'bands', at], text));
    });
  })
  .meta({
    id: 'Tariff',
    examples: [
      {
        currency: 'XOF',
        versions: [
          {
            validFrom: '2026-01-01',
            monthlyFee: '500',
            kind: 'tranches',
            tranches: [{ upTo: 120, price: '88' }, { upTo: 350, price: '123' }, { price: '145' }],
          },
        ],
      },
    ],
  });

export type Tariff = z.infer<typeof tariff>;

/** A tariff as it is shown: without versions nobody has set one, and nothing has a price (M18). */
export const shownTariff = z
  .strictObject({
    currency,
    versions: z
      .array(version)
      .describe('empty: nobody has set a tariff in this currency, and every cost is null'),
  })
  .meta({ id: 'ShownTariff', examples: tariff.meta()?.examples });

export type ShownTariff = z.infer<typeof shownTariff>;

/** Of a home in francs until it says otherwise (M5); a price in another currency nobody can know (M18). */
export const DEFAULT_TARIFF: Tariff = {
  currency: 'XOF',
  versions: [{ validFrom: '1970-01-01', kind: 'flat', price: '200' }],
};

export function isCurrency(code: string): boolean {
  return Intl.supportedValuesOf('currency').includes(code);
}

/** How many decimals amounts of a currency have: XOF 0, EUR 2 (ISO 4217). */
export function minorDigits(currencyCode: string): number {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: currencyCode,
  }).resolvedOptions();
  return maximumFractionDigits ?? 2;
}

/**
 * The minutes of the week (from Monday 00:00) a band covers, as [from, to), cut at the week's end. A band
 * that ends at or before its beginning goes on into the next day.
 */
export function minutesOf({ days, from, to }: Band): readonly (readonly [number, number])[] {
  const [begin, end] = [minuteOf(from), minuteOf(to)];
  const length = end > begin ? end - begin : end - begin + MINUTES_PER_DAY;
  return [...new Set(days)].flatMap((day) => {
    const start = day * MINUTES_PER_DAY + begin;
    const over = start + length - MINUTES_PER_WEEK;
    const first = [start, Math.min(start + length, MINUTES_PER_WEEK)] as const;
    if (start >= MINUTES_PER_WEEK) return [[start - MINUTES_PER_WEEK, over] as const];
    return over > 0 ? [first, [0, over] as const] : [first];
  });
}

function minuteOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

function checkTranches(
  tranches: readonly z.infer<typeof tranche>[],
  tell: (path: readonly (string | number)[], text: Text) => void,
): void {
  tranches.forEach(({ upTo }, i) => {
    const isLast = i === tranches.length - 1;
    if (isLast !== (upTo === undefined)) {
      tell([i, 'upTo'], {
        fr: 'chaque tranche a sa limite, sauf la dernière, qui est sans limite',
        en: 'every tranche has its limit but the last, which has none',
      });
    }
    const before = tranches[i - 1]?.upTo;
    if (upTo !== undefined && before !== undefined && upTo <= before) {
      tell([i, 'upTo'], {
        fr: 'les limites des tranches doivent croître',
        en: 'the limits of tranches must rise',
      });
    }
  });
}

function checkBands(bands: readonly Band[], tell: (index: number, text: Text) => void): void {
  const taken = new Array<number | undefined>(MINUTES_PER_WEEK);
  bands.forEach((one, i) => {
    let other: number | undefined;
    for (const [from, to] of minutesOf(one)) {
      for (let minute = from; minute < to; minute += 1) {
        if (taken[minute] !== i) other ??= taken[minute];
        taken[minute] = i;
      }
    }
    if (other !== undefined) {
      const name = bands[other]?.name ?? '';
      tell(i, {
        fr: `la plage « ${one.name} » chevauche « ${name} »`,
        en: `the band "${one.name}" overlaps "${name}"`,
      });
    }
  });
}
