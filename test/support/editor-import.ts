import type { Locator, Page } from 'playwright-core';
import type { Editor } from './editor';

/** A node of the workspace as the editor holds it, whether its tab is shown or not. */
interface Held {
  readonly id: string;
  readonly type: string;
  readonly z: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly valid?: boolean;
  readonly status?: { readonly fill?: string; readonly shape?: string; readonly text?: string };
}

interface Tab {
  readonly id: string;
  readonly label: string;
}

/** The editor's own API, as far as importing needs it; it exists only in the page. */
declare const RED: {
  readonly nodes: {
    eachNode(visit: (node: Held) => void): void;
    eachConfig(visit: (node: Held) => void): void;
    eachWorkspace(visit: (tab: Tab) => void): void;
    remove(id: string): void;
  };
  readonly utils: { getNodeLabel(node: Held): string };
  readonly workspaces: { delete(tab: Tab): void };
};

/** A node on the workspace: where the flow puts it, and what one sees. */
export interface SeenNode {
  readonly id: string;
  readonly type: string;
  /** What its tab is called. */
  readonly tab: string;
  /** Its middle. */
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly isValid: boolean;
  readonly isRed: boolean;
  /** What its status says. */
  readonly says: string;
}

/** How far the lines of the editor's grid are apart; nodes are as wide as some of its columns. */
export const GRID = 20;
/** What a node needs beside its label: icon, ports, margins. */
const BESIDE_LABEL = 57;
/** The widest of the common fonts (Verdana, DejaVu Sans) need a little less for a letter on average. */
const LETTER = 9;

/** How wide a node can get: the editor measures its label, and that depends on the machine's fonts. */
function widestOf(label: string): number {
  return Math.max(100, Math.ceil((BESIDE_LABEL + LETTER * label.length) / GRID) * GRID);
}

/** Nodes of these types say at once whether they have what they need. */
const TELLING = ['aurion-request', 'aurion-websocket'];

/**
 * Imports an example as people do: menu, Import, Examples, and the folders down to it. Where the
 * editor finds something that is there already, the home, a copy is imported.
 * @param name its path: `jobs/holiday`
 */
export async function importExample({ page }: Editor, name: string): Promise<void> {
  await page.locator('#red-ui-header-button-sidemenu').click();
  await page.locator('#menu-item-import').click();
  await page.locator('a[href="#red-ui-clipboard-dialog-import-tab-examples"]').click();
  const tree = page.locator('#red-ui-clipboard-dialog-import-tab-examples');
  const path = ['node-red-contrib-aurion', ...name.split('/')];
  for (const [depth, label] of path.entries()) await open(tree, label, depth < path.length - 1);
  const before = (await tabs(page)).length;
  await page.locator('#red-ui-clipboard-dialog-ok').click();
  const copy = page.locator('.red-ui-notification button', { hasText: 'Import copy' });
  // Either it is in, or the editor asks.
  while ((await tabs(page)).length === before) {
    if (await copy.isVisible()) await copy.click();
  }
  // It fades: the next import must not press this one's button.
  await copy.waitFor({ state: 'detached' });
}

async function open(tree: Locator, label: string, isFolder: boolean): Promise<void> {
  const item = tree
    .locator('.red-ui-treeList-label')
    .filter({ has: tree.page().getByText(label, { exact: true }) });
  await item.waitFor();
  // The folder above slides open, and what is hit meanwhile is another's line.
  await tree.page().waitForFunction(`$(':animated').length === 0`);
  if (isFolder) await item.locator('.fa-angle-right').click();
  else await item.click();
}

function tabs(page: Page): Promise<Tab[]> {
  return page.evaluate(() => {
    const all: Tab[] = [];
    RED.nodes.eachWorkspace(({ id, label }) => all.push({ id, label }));
    return all;
  });
}

/** The config nodes of a type. */
export function configs({ page }: Editor, type: string): Promise<string[]> {
  return page.evaluate((wanted) => {
    const ids: string[] = [];
    RED.nodes.eachConfig((node) => {
      if (node.type === wanted) ids.push(node.id);
    });
    return ids;
  }, type);
}

/** Deletes every tab but the first, and what config nodes are left. */
export async function clear({ page }: Editor): Promise<void> {
  await page.evaluate(() => {
    const all: Tab[] = [];
    RED.nodes.eachWorkspace((tab) => all.push(tab));
    for (const tab of all.slice(1)) RED.workspaces.delete(tab);
    const left: string[] = [];
    RED.nodes.eachConfig(({ id }) => left.push(id));
    for (const id of left) RED.nodes.remove(id);
  });
}

/** Every node of every tab, once they are drawn and those that open something have told whether they could. */
export async function seenNodes(editor: Editor): Promise<SeenNode[]> {
  const { page } = editor;
  const all = await tabs(page);
  for (const { id } of all) {
    await editor.show(id);
    await page.waitForFunction((tab) => {
      let undrawn = 0;
      RED.nodes.eachNode(({ z, w }) => {
        if (z === tab && !(w > 0)) undrawn += 1;
      });
      return undrawn === 0;
    }, id);
  }
  await page.waitForFunction((types) => {
    let waiting = 0;
    RED.nodes.eachNode(({ type, status }) => {
      if (types.includes(type) && status?.fill === undefined) waiting += 1;
    });
    return waiting === 0;
  }, TELLING);
  const held = await page.evaluate(() => {
    const seen: (Held & { label: string })[] = [];
    RED.nodes.eachNode((node) => {
      const { id, type, z, x, y, w, h, valid } = node;
      const { fill = '', shape = '', text = '' } = node.status ?? {};
      const status = { fill, shape, text };
      const label = RED.utils.getNodeLabel(node);
      seen.push({ id, type, z, x, y, w, h, valid: valid ?? true, status, label });
    });
    return seen;
  });
  return held.map(({ id, type, z, x, y, h, valid, status, label }) => {
    const w = widestOf(label);
    const [left, top] = [x - w / 2, y - h / 2];
    const tab = all.find((one) => one.id === z)?.label ?? '';
    const box = { x, y, left, top, right: left + w, bottom: top + h };
    // What is on at an alert is red, too, but no ring.
    const isRed = status?.fill === 'red' && status.shape === 'ring';
    const says = status?.text ?? '';
    return { id, type, tab, ...box, isValid: valid !== false, isRed, says };
  });
}
