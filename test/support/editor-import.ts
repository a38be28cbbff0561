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
  readonly status?: { readonly fill?: string };
}

/** The editor's own API, as far as importing needs it; it exists only in the page. */
declare const RED: {
  readonly nodes: {
    eachNode(visit: (node: Held) => void): void;
    eachConfig(visit: (node: Held) => void): void;
    eachWorkspace(visit: (tab: { id: string }) => void): void;
  };
};

export interface SeenNode {
  readonly id: string;
  readonly type: string;
  readonly tab: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly isValid: boolean;
  readonly isRed: boolean;
}

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
  const before = await tabs(page);
  await page.locator('#red-ui-clipboard-dialog-ok').click();
  const copy = page.locator('.red-ui-notification button', { hasText: 'Import copy' });
  await Promise.race([copy.click(), page.waitForFunction(MORE_TABS, before.length)]);
  await page.waitForFunction(MORE_TABS, before.length);
}

const MORE_TABS = (before: number) => {
  let count = 0;
  RED.nodes.eachWorkspace(() => (count += 1));
  return count > before;
};

async function open(tree: Locator, label: string, isFolder: boolean): Promise<void> {
  const item = tree
    .locator('.red-ui-treeList-label')
    .filter({ has: tree.page().getByText(label, { exact: true }) });
  if (isFolder) await item.locator('.red-ui-treeList-chevron, .fa-angle-right').first().click();
  else await item.click();
}

/** The ids of the tabs there are. */
export function tabs(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const ids: string[] = [];
    RED.nodes.eachWorkspace(({ id }) => ids.push(id));
    return ids;
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

/** Every node of every tab, as drawn: each tab is shown once. */
export async function seenNodes(editor: Editor): Promise<SeenNode[]> {
  for (const tab of await tabs(editor.page)) await editor.show(tab);
  return editor.page.evaluate(() => {
    const seen: SeenNode[] = [];
    RED.nodes.eachNode(({ id, type, z, x, y, w, h, valid, status }) => {
      const [left, top] = [x - w / 2, y - h / 2];
      seen.push({
        ...{ id, type, tab: z, left, top, right: left + w, bottom: top + h },
        ...{ isValid: valid !== false, isRed: status?.fill === 'red' },
      });
    });
    return seen;
  });
}
