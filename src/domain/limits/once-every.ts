const SUBJECTS_MAX = 1000;

/** Lets one of a kind through in a while, and counts the others: so that what repeats itself does not fill the log. */
export class OnceEvery {
  private readonly subjects = new Map<string, { atMs: number; held: number }>();

  constructor(private readonly everyMs: number) {}

  /** @returns how many of this subject were held back since the last one let through; null: hold this one back, too */
  admit(subject: string, nowMs: number): number | null {
    const last = this.subjects.get(subject);
    if (last && nowMs - last.atMs < this.everyMs) {
      last.held += 1;
      return null;
    }
    if (!last && this.subjects.size >= SUBJECTS_MAX) this.subjects.clear();
    this.subjects.set(subject, { atMs: nowMs, held: 0 });
    return last?.held ?? 0;
  }
}
