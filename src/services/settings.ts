import type { z } from 'zod';
import type { Language } from '../contract/language';
import {
  DEFAULT_OWN,
  DEFAULT_SHARED,
  ownSettings,
  sharedSettings,
  type AllSettings,
  type OwnSettings,
  type SettingsChanges,
  type SharedSettings,
} from '../contract/settings';
import type { RowChanges, SettingRow, Store } from '../ports/store';
import { againOnConflict } from './on-conflict';

const SHARED_ID = 'settings.home';
const OWN_ID = 'settings.account.';

/** What the people of a home have chosen: each for himself, and all for the home. Kept in memory, and in the store before it counts. */
export class Settings {
  private home: SharedSettings = DEFAULT_SHARED;
  private readonly own = new Map<number, OwnSettings>();
  /** Changes follow each other: each starts from what the one before made. */
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Store,
    /** Called when something was changed here. */
    private readonly onChanged: () => void = () => undefined,
  ) {}

  /** Reads what is kept; again when another process may have changed it. */
  async start(): Promise<void> {
    for (const { id, value } of await this.store.settings.list()) {
      if (id === SHARED_ID) this.home = read(sharedSettings, DEFAULT_SHARED, value);
      if (!id.startsWith(OWN_ID)) continue;
      this.own.set(Number(id.slice(OWN_ID.length)), read(ownSettings, DEFAULT_OWN, value));
    }
  }

  get shared(): SharedSettings {
    return this.home;
  }

  /** Somebody's own; the defaults for one who chose nothing, and for nobody. */
  of(accountId: number | null): OwnSettings {
    return (accountId !== null && this.own.get(accountId)) || DEFAULT_OWN;
  }

  /** The language an account chose. */
  languageOf(accountId: number): Language | null {
    return this.of(accountId).language;
  }

  all(accountId: number | null): AllSettings {
    return { ...this.of(accountId), ...this.home };
  }

  /** True if this changes what others share. */
  isShared(changes: SettingsChanges): boolean {
    return Object.keys(named(changes)).some((name) => Object.hasOwn(DEFAULT_SHARED, name));
  }

  /** Changes what is named. @param accountId null for one who has no settings of his own, and names none */
  change(accountId: number | null, changes: SettingsChanges): Promise<AllSettings> {
    const mine = this.line.then(async () => {
      const own = only(DEFAULT_OWN, changes);
      const shared = only(DEFAULT_SHARED, changes);
      const mine = Object.keys(own).length > 0 ? { ...this.of(accountId), ...own } : null;
      const home = Object.keys(shared).length > 0 ? { ...this.home, ...shared } : null;
      await againOnConflict(() =>
        this.store.together(['settings'], async ({ settings }) => {
          if (accountId !== null && mine) await keep(settings, ownSettingsId(accountId), mine);
          if (home) await keep(settings, SHARED_ID, home);
        }),
      );
      if (accountId !== null && mine) this.own.set(accountId, mine);
      if (home) this.home = home;
      this.onChanged();
      return this.all(accountId);
    });
    this.line = mine.catch(() => undefined);
    return mine;
  }

  /** Of an account that is gone, with its row. */
  forget(accountId: number): void {
    this.own.delete(accountId);
  }
}

/** The row of settings that holds what an account chose for itself. */
export function ownSettingsId(accountId: number): string {
  return `${OWN_ID}${accountId}`;
}

async function keep(
  settings: RowChanges<SettingRow>,
  id: string,
  value: OwnSettings | SharedSettings,
): Promise<void> {
  if (!(await settings.update(id, { value }))) await settings.insert({ id, value });
}

/** What is kept, with defaults for what is new since; one that makes no sense any more counts as never chosen. */
function read<S extends z.ZodObject>(
  schema: S,
  defaults: z.output<S>,
  value: unknown,
): z.output<S> {
  const kept = schema.partial().strip().safeParse(value);
  return kept.success ? { ...defaults, ...kept.data } : defaults;
}

function named<T extends object>(changes: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(changes).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

function only<T extends object>(defaults: T, changes: SettingsChanges): Partial<T> {
  const mine = Object.entries(named(changes)).filter(([name]) => Object.hasOwn(defaults, name));
  return Object.fromEntries(mine) as Partial<T>;
}
