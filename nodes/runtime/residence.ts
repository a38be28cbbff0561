import type { Exchange } from '../../src/adapters/exchange';
import { LiveExchange } from '../../src/adapters/websocket/live-exchange';
import type { SentCommand } from '../../src/contract/device';
import type { MeterSlice } from '../../src/contract/energy';
import type { HomeEvent } from '../../src/contract/events';
import type { HomeSettings } from '../../src/contract/home-settings';
import type { OperationGroup } from '../../src/contract/operation';
import type { Refused } from '../../src/services/intake-counts';
import { Home, type HomePorts, type HomeSecrets } from '../../src/home';
import { Holding } from './holding';

/** How long requests in flight may still be answered when their flow stops. */
const DRAIN_MS = 500;

interface OpenGroup {
  readonly nodeId: string;
  /** Null once its node has closed, until flows have started again. */
  send: ((exchange: Exchange) => void) | null;
}

/** What a live client said. */
export interface Said {
  readonly exchange: Exchange;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A home, the config node that lives in it, and what flows opened of it: operations, the live end point, events. */
export class Residence {
  readonly home: Home;
  /** Resolves when the home has come up, or has found out that it can't. */
  started: Promise<void> = Promise.resolve();
  grace: NodeJS.Timeout | undefined;
  private readonly groups = new Map<OperationGroup, OpenGroup>();
  private readonly events: Holding<HomeEvent>;
  private readonly slices: Holding<MeterSlice>;
  private readonly commands: Holding<SentCommand>;
  private readonly said: Holding<Said>;
  private readonly refused: Holding<Refused>;
  /** The node that has the live end point open; it stays named while it is deployed. */
  private liveNodeId: string | null = null;
  private stopListening: (() => void) | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    settings: HomeSettings,
    secrets: HomeSecrets,
    {
      areFlowsThere,
      ...ports
    }: Omit<HomePorts, 'gate' | 'onEvent' | 'onRefused' | 'onSlice' | 'onCommand'> & {
      /** False while flows are still to come, that may open what is not open. */
      readonly areFlowsThere: () => boolean;
    },
    /** Two of the same are the same home. */
    readonly signature: string,
    /** The config node that lives here; null while it is being deployed. */
    public nodeId: string | null,
  ) {
    this.events = new Holding('events', ports.logger);
    this.slices = new Holding('slices of energy', ports.logger);
    this.commands = new Holding('commands', ports.logger);
    this.said = new Holding('frames of live clients', ports.logger);
    this.refused = new Holding('refused messages', ports.logger);
    this.home = new Home(settings, secrets, {
      ...ports,
      onEvent: (event) => this.events.pass(event),
      onRefused: (refused) => this.refused.pass(refused),
      onSlice: (slice) => this.slices.pass(slice),
      onCommand: (sent) => this.commands.pass(sent),
      gate: (group) => {
        const open = this.groups.get(group);
        if (open) return open.send ?? 'restarting';
        return areFlowsThere() ? null : 'restarting';
      },
    });
  }

  get isStopping(): boolean {
    return this.stopping !== undefined;
  }

  /** True while a flow has the live end point open, also while that flow is deployed. */
  get isLive(): boolean {
    return this.liveNodeId !== null;
  }

  /** @param before what has to end first */
  start(before: Promise<unknown>): void {
    this.started = before.then(
      () => (this.stopping ? undefined : this.home.start()),
      () => undefined,
    );
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

  /**
   * Opens the live end point for a node, which hears what the clients say.
   * @returns closes it again; null if another node has it open
   */
  openLive(nodeId: string, hear: (said: Said) => void): (() => void) | null {
    if (this.said.size > 0) return null;
    this.liveNodeId = nodeId;
    this.home.setLiveOpen(true);
    const { settings, live } = this.home;
    this.stopListening ??= live.onMessage((client, fields) => {
      const exchange = new LiveExchange(settings.key, client, fields['id'], client.language());
      this.home.api.introduce(exchange);
      this.said.pass({ exchange, fields });
    });
    return this.said.add(hear);
  }

  /** Hears what happens in the home; what happens while flows are deployed comes after. @returns ends it */
  onEvent(listener: (event: HomeEvent) => void): () => void {
    return this.events.add(listener);
  }

  /** Hears of each message from outside that was not kept. @returns ends it */
  onRefused(listener: (refused: Refused) => void): () => void {
    return this.refused.add(listener);
  }

  /** Hears each slice of energy; what is measured while flows are deployed comes after. @returns ends it */
  onSlice(listener: (slice: MeterSlice) => void): () => void {
    return this.slices.add(listener);
  }

  /** Hears of each command that has left for its device. @returns ends it */
  onCommand(listener: (sent: SentCommand) => void): () => void {
    return this.commands.add(listener);
  }

  /** @param stopping the nodes that stop, null for all */
  flowsStopping(stopping: ReadonlySet<string> | null): void {
    this.events.hold();
    this.slices.hold();
    this.commands.hold();
    this.said.hold();
    this.home.api.drain(DRAIN_MS, ({ workingNodeId }) => {
      return stopping === null || workingNodeId === null || stopping.has(workingNodeId);
    });
  }

  flowsStarted(): void {
    for (const [group, { send }] of this.groups) if (!send) this.groups.delete(group);
    if (this.said.size === 0) {
      if (this.liveNodeId !== null) this.home.setLiveOpen(false);
      this.liveNodeId = null;
      this.stopListening?.();
      this.stopListening = undefined;
    }
    this.events.release();
    this.slices.release();
    this.commands.release();
    this.said.release();
  }

  /** Resolves when what was in flight has been answered, with 503 after a moment. */
  async settle(): Promise<void> {
    this.home.api.drain(DRAIN_MS);
    await this.home.api.idle();
  }
}
