/** More changes than this in this time are one `unstable` alert (QUALITY M9). */
export const CHANGES_MAX = 4;
export const UNSTABLE_WITHIN_MS = 600_000;

/** What a rule sees in one source, over time. Times are milliseconds since 1970. */
export interface Watch {
  /** `waiting`: it holds, but not for long enough yet. */
  readonly phase: 'clear' | 'waiting' | 'met';
  /** When waiting is over. */
  readonly dueAt: number | null;
  /** It was raised, and is not resolved. */
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
}

/** What is to be done with alerts. `again`: found once more while raised. */
export type Effect = 'raise' | 'again' | 'resolve' | 'raise-unstable' | 'resolve-unstable';

export interface Step {
  readonly watch: Watch;
  readonly effects: readonly Effect[];
}

/** What a finding makes of a watch. */
export function step(watch: Watch, finding: Finding, at: number, timing: Timing): Step {
  const { watch: now, effects } = afterTime(watch, at);
  const next = afterFinding(now, finding, at, timing);
  return { watch: next.watch, effects: [...effects, ...next.effects] };
}

/** When time alone changes something next; null if never. */
export function nextAt({ phase, dueAt, raised, calmAt, cooledAt }: Watch): number | null {
  const times = [
    phase === 'waiting' ? dueAt : null,
    calmAt,
    phase === 'met' && !raised && calmAt === null ? cooledAt : null,
  ].filter((time) => time !== null);
  return times.length > 0 ? Math.min(...times) : null;
}

function afterTime(watch: Watch, at: number): Step {
  if (watch.phase === 'waiting' && watch.dueAt !== null && at >= watch.dueAt) {
    return becomes({ ...watch, dueAt: null }, 'met', at, 0);
  }
  if (watch.calmAt !== null && at >= watch.calmAt) {
    const calm = { ...watch, calmAt: null, changes: [] };
    const { watch: next, effects } = raiseIfDue(calm, at);
    return { watch: next, effects: ['resolve-unstable', ...effects] };
  }
  return raiseIfDue(watch, at);
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
    return becomes(watch, 'met', at, timing.coolDownMs);
  }
  if (finding === 'clear') {
    if (phase === 'waiting')
      return { watch: { ...watch, phase: 'clear', dueAt: null }, effects: [] };
    if (phase === 'met') return becomes(watch, 'clear', at, timing.coolDownMs);
  }
  return nothing;
}

function becomes(before: Watch, phase: 'clear' | 'met', at: number, coolDownMs: number): Step {
  const recent = before.changes.filter((time) => at - time < UNSTABLE_WITHIN_MS);
  // Nobody sees a change in the cool-down, so it is no unrest.
  const cools = before.cooledAt !== null && at < before.cooledAt;
  const changes = cools ? recent : [...recent, at].slice(-CHANGES_MAX - 1);
  const watch = { ...before, phase, changes };
  const resolves = phase === 'clear' && watch.raised;
  const ended = resolves
    ? { raised: false, cooledAt: coolDownMs > 0 ? at + coolDownMs : null }
    : {};
  const effects: Effect[] = resolves ? ['resolve'] : [];
  if (watch.changes.length > CHANGES_MAX) {
    if (before.calmAt === null) effects.push('raise-unstable');
    return { watch: { ...watch, ...ended, calmAt: at + UNSTABLE_WITHIN_MS }, effects };
  }
  if (watch.calmAt !== null) {
    return { watch: { ...watch, ...ended, calmAt: at + UNSTABLE_WITHIN_MS }, effects };
  }
  if (phase === 'clear') return { watch: { ...watch, ...ended }, effects };
  return raiseIfDue(watch, at);
}

function raiseIfDue(watch: Watch, at: number): Step {
  const { phase, raised, calmAt, cooledAt } = watch;
  const isDue = phase === 'met' && !raised && calmAt === null && (cooledAt ?? at) <= at;
  if (!isDue) return { watch, effects: [] };
  return { watch: { ...watch, raised: true, cooledAt: null }, effects: ['raise'] };
}
