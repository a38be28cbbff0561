import { activeKeyOf, foundAgain, lost, raised, type Trigger } from '../domain/alerts/lifecycle';
import type { AlertRow, RowChanges, Store } from '../ports/store';
import type { AlertCounts } from './alert-counts';
import { againOnConflict } from './on-conflict';

/** What a finder says: that it finds what raises an alert, or no longer does. */
export interface Deed {
  readonly does: 'raise' | 'end';
  readonly trigger: Trigger;
}

interface Outcome {
  /** The alert, where there is or was one. */
  readonly row: AlertRow | null;
  readonly isChanged: boolean;
}

/**
 * Writes what becomes of alerts by several deeds in their order, all of it or nothing. Only in the turns
 * of all their keys.
 * @returns what each came to
 */
export async function writeDeeds(
  { store, counts }: { readonly store: Store; readonly counts: AlertCounts },
  deeds: readonly Deed[],
  now: number,
): Promise<Outcome[]> {
  const write = async (alerts: RowChanges<AlertRow>, { does, trigger }: Deed): Promise<Outcome> => {
    const [stored] = await alerts.list({ where: { activeKey: activeKeyOf(trigger) } });
    if (!stored) {
      if (does === 'end') return { row: null, isChanged: false };
      return { row: await alerts.insert(raised(trigger, now)), isChanged: true };
    }
    const row = counts.current(stored);
    const changes =
      does === 'raise' ? foundAgain(row, trigger, now) : lost(row, trigger.finder, now);
    if (!changes) return { row, isChanged: false };
    return {
      row: await alerts.update(stored.id, counts.withRepeats(stored, changes)),
      isChanged: true,
    };
  };
  const written = await againOnConflict(() =>
    store.together(['alerts'], async ({ alerts }) => {
      const outcomes = [];
      for (const deed of deeds) outcomes.push(await write(alerts, deed));
      return outcomes;
    }),
  );
  for (const [i, { trigger }] of deeds.entries()) {
    if (written[i]?.isChanged) counts.forget(activeKeyOf(trigger));
  }
  return written;
}
