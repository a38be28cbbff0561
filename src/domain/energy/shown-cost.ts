import type { CostNotes } from '../../contract/energy';
import type { Total } from './cost';
import { rounded, roundedParts } from './money';

/** An amount with its currency, or null and, if something was measured, why. */
export type ShownCost = { readonly cost: number | null } & CostNotes;

/** A cost as people see it. */
export function shownCost({ amount, currency, reason }: Total): ShownCost {
  if (amount !== null) return { cost: rounded(amount, currency), currency };
  return { cost: null, ...(reason && { costReason: reason }) };
}

/**
 * Costs as people see them together: those of one currency add up to their rounded sum (M5, M18).
 * @param isOver whether one can't grow any more, so that it stays as it is shown; such ones come first
 */
export function costsTogether(
  totals: readonly Total[],
  isOver: (index: number) => boolean = () => true,
): readonly ShownCost[] {
  const shown = totals.map(shownCost);
  for (const currency of new Set(totals.map((total) => total.currency))) {
    if (currency === null) continue;
    const amounts = totals.flatMap(({ amount, currency: own }, i) =>
      amount !== null && own === currency ? [{ i, amount }] : [],
    );
    const over = amounts.filter(({ i }) => isOver(i)).length;
    const parts = roundedParts(
      amounts.map(({ amount }) => amount),
      currency,
      over,
    );
    amounts.forEach(({ i }, n) => (shown[i] = { cost: parts[n] ?? null, currency }));
  }
  return shown;
}
