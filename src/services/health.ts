import { AurionError, presentable } from '../contract/errors';
import { PARTS, type PartHealth, type PartName } from '../contract/health';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';

/** How the parts of a home are. What goes away and what comes back is told in the log, once. */
export class Health {
  private readonly byName: Record<PartName, PartHealth>;
  private readonly problems = new Map<PartName, string>();
  private readonly listeners = new Set<() => void>();
  private quiet = false;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    const unknown: PartHealth = { state: 'starting', since: clock.now(), error: null };
    this.byName = Object.fromEntries(PARTS.map((part) => [part, unknown])) as typeof this.byName;
  }

  get parts(): Readonly<Record<PartName, PartHealth>> {
    return { ...this.byName };
  }

  /** What does not work and why, in English, one line each; for logs and the editor. */
  get problemTexts(): readonly string[] {
    return [...this.problems.values()];
  }

  /** Calls back whenever something was said about a part. @returns ends it */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  works(part: PartName): void {
    if (this.problems.delete(part)) this.logger.info(`The ${part} works again`);
    this.become(part, { state: 'ok', error: null });
  }

  fails(part: PartName, error: unknown): void {
    const problem = `${failureOf(part, error)}: ${reasonsOf(error)}`;
    if (!this.quiet && this.problems.get(part) !== problem) this.logger.error(problem);
    this.problems.set(part, problem);
    this.become(part, { state: 'away', error: presentable(error) });
  }

  /** No flow has it open. */
  closes(part: PartName): void {
    this.become(part, { state: 'closed', error: null });
  }

  /** What fails from now on fails because everything ends. */
  silence(): void {
    this.quiet = true;
  }

  private become(part: PartName, now: Omit<PartHealth, 'since'>): void {
    const before = this.byName[part];
    const since = before.state === now.state ? before.since : this.clock.now();
    this.byName[part] = { ...now, since };
    for (const listener of this.listeners) listener();
  }
}

/** The store waits for a secret that is good, but is not what is wrong. */
function failureOf(part: PartName, error: unknown): string {
  const isSecret = error instanceof AurionError && error.code === 'SECRET_WEAK';
  return isSecret ? 'The home does not start' : `The ${part} does not work`;
}

function reasonsOf(error: unknown): string {
  const reasons = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message);
  return reasons.join(' – ') || String(error);
}
