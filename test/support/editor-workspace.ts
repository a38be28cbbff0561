import type { Editor } from './editor';

/** The editor's own API, as far as this needs it; it exists only in the page. */
declare const RED: {
  readonly nodes: {
    eachWorkspace(visit: (tab: { readonly id: string; readonly label: string }) => void): void;
  };
};

/** Shows the tab of this name. */
export async function showTab(editor: Editor, label: string): Promise<void> {
  const id = await editor.page.evaluate((wanted) => {
    let found = '';
    RED.nodes.eachWorkspace((tab) => {
      if (tab.label === wanted) found = tab.id;
    });
    return found;
  }, label);
  await editor.show(id);
}

/** Adds an empty tab and shows it. */
export async function addTab({ page }: Editor): Promise<void> {
  await page.locator('#red-ui-header-tabs .red-ui-tab-button.red-ui-tabs-add a').click();
}

/** Presses the button of an inject node of this name, on the tab that is shown. */
export async function pressButton({ page }: Editor, name: string): Promise<void> {
  await page
    .locator('.red-ui-flow-node-group')
    .filter({ hasText: name })
    .locator('.red-ui-flow-node-button-button')
    .click();
}

/** Draws a wire from the output of a node to the input of another. */
export async function wire({ page }: Editor, from: string, to: string): Promise<void> {
  const port = async (id: string, side: 'input' | 'output') => {
    const box = await page.locator(`[id="${id}"] .red-ui-flow-port-${side} rect`).boundingBox();
    return { x: box!.x + box!.width / 2, y: box!.y + box!.height / 2 };
  };
  const [start, end] = [await port(from, 'output'), await port(to, 'input')];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 8 });
  await page.mouse.up();
}
