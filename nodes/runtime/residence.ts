import type { Exchange } from '../../src/adapters/http/exchange';
import type { HomeSettings } from '../../src/contract/home-settings';
import type { OperationGroup } from '../../src/contract/operation';
import { Home, type HomePorts, type HomeSecrets } from '../../src/home';

/** How long requests in flight may still be answered when their flow stops. */
const DRAIN_MS = 500;

interface OpenGroup {
  readonly nodeId: string;
  /** Null once its node has closed, until flows have started again. */
  send: ((exchange: Exchange) => void) | null;
}

/** A home, the config node that lives in it, and the flows that opened its operations. */
export class Residence {
  readonly home: Home;
  /** Resolves when the home has come up, or has found out that it can't. */
  started: Promise<void> = Promise.resolve();
  grace: NodeJS.Timeout | undefined;
  private readonly groups = new Map<OperationGroup, OpenGroup>();
  private stopping: Promise<void> | undefined;

  constructor(
    settings: HomeSettings,
    secrets: HomeSecrets,
    ports: Omit<HomePorts, 'gate'>,
    /** Two of the same are the same home. */
    readonly signature: string,
    /** The config node that lives here; null while it is being deployed. */
    public nodeId: string | null,
  ) {
    this.home = new Home(settings, secrets, {
      ...ports,
      gate: (group) => {
        const open = this.groups.get(group);
        return open ? (open.send ?? 'restarting') : null;
      },
    });
  }

  /** @param before what has to end first */
  start(before: Promise<unknown>): void {
    this.started = before
      .then(() => (this.stopping ? undefined : this.home.start()))
      .catch(() => undefined);
  }

  get isStopping(): boolean {
    return this.stopping !== undefined;
  }

  /** Once; later calls wait for the same end. */
  stop(): Promise<void> {
    clearTimeout(this.grace);
    return (this.stopping ??= this.home.stop());
  }

  /**
   * Opens a group of operations for a request node.
   * @returns closes it again; null if another node has it open
   */
  openGroup(
    group: OperationGroup,
    nodeId: string,
    send: (exchange: Exchange) => void,
  ): (() => void) | null {
    const open = this.groups.get(group);
    if (open?.send && open.nodeId !== nodeId) return null;
    const mine: OpenGroup = { nodeId, send };
    this.groups.set(group, mine);
    return () => (mine.send = null);
  }

  /** @param stopping the nodes that stop, null for all */
  flowsStopping(stopping: ReadonlySet<string> | null): void {
    this.home.api.drain(DRAIN_MS, ({ workingNodeId }) => {
      return stopping === null || workingNodeId === null || stopping.has(workingNodeId);
    });
  }

  flowsStarted(): void {
    for (const [group, { send }] of this.groups) if (!send) this.groups.delete(group);
  }

  /** Resolves when what was in flight has been answered, with 503 after a moment. */
  async settle(): Promise<void> {
    this.home.api.drain(DRAIN_MS);
    await this.home.api.idle();
  }
}
