import type { Rule } from './domain/alerts/condition';
import type { Logger } from './ports/logger';
import type { AlertRules, AppliesTo } from './services/alert-rules';

/** The rules that flows brought to a home. They are held as long as it lives: also while it is not open, and while their flows are deployed. */
export class HomeRules {
  private readonly held = new Map<string, { rule: Rule; appliesTo: AppliesTo }>();

  constructor(
    private readonly logger: Logger,
    /** Those that look; undefined while the home is not open. */
    private readonly looking: () => AlertRules | undefined,
  ) {}

  /** Holds a rule, in place of the one with its id. */
  add(rule: Rule, appliesTo: AppliesTo): void {
    this.held.set(rule.id, { rule, appliesTo });
    this.install(rule, appliesTo);
  }

  /** A rule is gone for good: what it raised is over. */
  retire(id: string): void {
    if (this.held.delete(id)) this.mind('retired', this.looking()?.retire(id));
  }

  /** How many alerts a rule has raised that are not resolved. */
  raisedBy(id: string): number {
    return this.looking()?.raisedBy(id) ?? 0;
  }

  /** The home has opened. */
  installAll(): void {
    for (const { rule, appliesTo } of this.held.values()) this.install(rule, appliesTo);
  }

  private install(rule: Rule, appliesTo: AppliesTo): void {
    this.mind('looked at', this.looking()?.add(rule, appliesTo));
  }

  private mind(what: string, work: Promise<unknown> | undefined): void {
    work?.catch((error: unknown) =>
      this.logger.error(`A rule could not be ${what}: ${String(error)}`),
    );
  }
}
