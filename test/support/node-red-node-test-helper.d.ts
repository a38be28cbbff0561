/** The package has no types; these are what the tests use of it. */
declare module 'node-red-node-test-helper' {
  import type { Node, NodeAPI } from 'node-red';

  interface TestHelper {
    init(nodeRedPath: string): void;
    settings(settings: object): void;
    load(
      modules: readonly ((RED: NodeAPI) => void)[],
      flow: readonly object[],
      credentials: object,
    ): Promise<void>;
    setFlows(flow: readonly object[], type: 'full' | 'flows' | 'nodes'): Promise<void>;
    unload(): Promise<void>;
    getNode(id: string): Node | null;
  }

  const helper: TestHelper;
  export = helper;
}
