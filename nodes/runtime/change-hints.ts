import type { HomeAspect } from '../../src/home-changes';
import type { Clock } from '../../src/ports/clock';

/** Short enough to feel at once, long enough that a busy home says little. */
const GATHER_MS = 250;

/** Gathers what of a home may look different, and hands it on in one go, a moment after the first of it. */
export class ChangeHints {
  private readonly gathered = new Map<string, Set<HomeAspect>>();

  constructor(
    private readonly clock: Pick<Clock, 'schedule'>,
    private readonly handOn: (homeKey: string, aspects: readonly HomeAspect[]) => void,
  ) {}

  note(homeKey: string, aspect: HomeAspect): void {
    const waiting = this.gathered.get(homeKey);
    if (waiting) {
      waiting.add(aspect);
      return;
    }
    const aspects = new Set([aspect]);
    this.gathered.set(homeKey, aspects);
    this.clock.schedule(GATHER_MS, () => {
      this.gathered.delete(homeKey);
      this.handOn(homeKey, [...aspects]);
    });
  }
}
