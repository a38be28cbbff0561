/** More changes than this in this time are one `unstable` alert (QUALITY M9). */
export const CHANGES_MAX = 4;
export const UNSTABLE_WITHIN_MS = 600_000;

/** What is no danger to life must hold so long without a change to be raised while it is unstable. */
const STEADY_MS = 60_000;
/**
 * While unstable a rule raises its own alert, too: `critical` at once, others once they held for a minute. It then stays
 * until it is calm and clear, so that changing often hides nothing and tells little.
 */
export const STEADY = { critical: 0, other: STEADY_MS, never: Infinity } as const;

/** What a rule sees in one source, over time. Times are milliseconds since 1970. */
export interface Watch {
  /** `waiting`: it holds, but not for long enough yet. */
  readonly phase: 'clear' | 'waiting' | 'met';
  /** When waiting is over. */
  readonly dueAt: number | null;
  /** It was raised, and is not resolved; while unstable also when it is clear again. */
  readonly raised: boolean;
  /** No new alert before. */
  readonly cooledAt: number | null;
  /** When it was met or cleared in the last ten minutes, cool-downs apart. */
  readonly changes: readonly number[];
  /** Changes too often; calm again at this time if nothing changes. */
  readonly calmAt: number | null;
}

export const INITIAL_WATCH: Watch = {
  phase: 'clear',
  dueAt: null,
  raised: false,
  cooledAt: null,
  changes: [],
  calmAt: null,
};

/** `met`: what raises it holds; `clear`: what resolves it holds; `between`: neither (hysteresis). `time`: time has passed. */
export type Finding = 'met' | 'clear' | 'between' | 'time';

export interface Timing {
  /** How long it must hold; only what resolves it ends the wait. */
  readonly forMs: number;
  /** How long after its end none is raised. */
  readonly coolDownMs: number;
  /**
   * While unstable: how long it must hold without a change to be raised; once raised it is resolved only when it is calm
   * and clear. Infinity: the `unstable` alert stands for it until it is calm.
   */
  readonly steadyMs: number;
}

/**
 * What is to be done with alerts. `again`: found once more while raised. `recur`: it was clear and is met again, and its
 * alert is still active; who acknowledged it before must be told anew.
 */
export type Effect =
  'raise' | 'again' | 'recur' | 'resolve' | 'raise-unstable' | 'resolve-unstable';

export interface Step {
  readonly watch: Watch;
  readonly effects: readonly Effect[];
}

/** What a finding makes of a watch. */
export function step(watch: Watch, finding: Finding, at: number, timing: Timing): Step {
  const { watch: now, effects } = afterTime(watch, at, timing);
  const next = afterFinding(now, finding, at, timing);
  return { watch: next.watch, effects: [...effects, ...next.effects] };
}

/** When time alone changes something next; null if never. */
export function nextAt(watch: Watch, timing: Timing): number | null {
  const { phase, dueAt, calmAt } = watch;
  const times = [phase === 'waiting' ? dueAt : null, calmAt, raisedAt(watch, timing)].filter(
    (time) => time !== null,
  );
  return times.length > 0 ? Math.min(...times) : null;
}

function afterTime(watch: Watch, at: number, timing: Timing): Step {
  if (watch.phase === 'waiting' && watch.dueAt !== null && at >= watch.dueAt) {
    return becomes({ ...watch, dueAt: null }, 'met', at, { ...timing, coolDownMs: 0 });
  }
  if (watch.calmAt !== null && at >= watch.calmAt) {
    const calm = { ...watch, calmAt: null, changes: [] };
    const { watch: next, effects } =
      watch.raised && watch.phase !== 'met'
        ? resolved(calm, at, timing)
        : raiseIfDue(calm, at, timing);
    return { watch: next, effects: ['resolve-unstable', ...effects] };
  }
  return raiseIfDue(watch, at, timing);
}

function afterFinding(watch: Watch, finding: Finding, at: number, timing: Timing): Step {
  const { phase, raised } = watch;
  const nothing = { watch, effects: [] };
  if (finding === 'met') {
    if (phase === 'met') return raised ? { watch, effects: ['again'] } : nothing;
    if (phase === 'waiting') return nothing;
    if (timing.forMs > 0) {
      return { watch: { ...watch, phase: 'waiting', dueAt: at + timing.forMs }, effects: [] };
    }
    return becomes(watch, 'met', at, timing);
  }
  if (finding === 'clear') {
    if (phase === 'waiting')
      return { watch: { ...watch, phase: 'clear', dueAt: null }, effects: [] };
    if (phase === 'met') return becomes(watch, 'clear', at, timing);
  }
  return nothing;
}

function becomes(before: Watch, phase: 'clear' | 'met', at: number, timing: Timing): Step {
  const recent = before.changes.filter((time) => at - time < UNSTABLE_WITHIN_MS);
  // Nobody sees a change in the cool-down, so it is no unrest.
  const cools = before.cooledAt !== null && at < before.cooledAt;
  const changes = cools ? recent : [...recent, at].slice(-CHANGES_MAX - 1);
  const begins = before.calmAt === null && changes.length > CHANGES_MAX;
  const isUnstable = begins || before.calmAt !== null;
  const calmAt = isUnstable ? at + UNSTABLE_WITHIN_MS : null;
  const { watch, effects } = own({ ...before, phase, changes, calmAt }, at, timing);
  return { watch, effects: begins ? [...effects, 'raise-unstable'] : effects };
}

/** What a change makes of its own alert. */
function own(watch: Watch, at: number, timing: Timing): Step {
  const { phase, raised, calmAt } = watch;
  if (phase === 'met') {
    return raised ? { watch, effects: ['recur'] } : raiseIfDue(watch, at, timing);
  }
  const stays = calmAt !== null && timing.steadyMs !== STEADY.never;
  return raised && !stays ? resolved(watch, at, timing) : { watch, effects: [] };
}

function resolved(watch: Watch, at: number, { coolDownMs }: Timing): Step {
  const cooledAt = coolDownMs > 0 ? at + coolDownMs : null;
  return { watch: { ...watch, raised: false, cooledAt }, effects: ['resolve'] };
}

function raiseIfDue(watch: Watch, at: number, timing: Timing): Step {
  const due = raisedAt(watch, timing);
  if (due === null || at < due) return { watch, effects: [] };
  return { watch: { ...watch, raised: true, cooledAt: null }, effects: ['raise'] };
}

/** From when on what is met is to be raised; null if it is not met, or was raised. */
function raisedAt({ phase, raised, cooledAt, calmAt }: Watch, { steadyMs }: Timing): number | null {
  const isHidden = calmAt !== null && steadyMs === STEADY.never;
  if (phase !== 'met' || raised || isHidden) return null;
  const steadyAt = calmAt === null ? 0 : calmAt - UNSTABLE_WITHIN_MS + steadyMs;
  return Math.max(cooledAt ?? 0, steadyAt);
}
