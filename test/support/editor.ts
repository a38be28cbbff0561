import { existsSync } from 'node:fs';
import type { Context } from 'mocha';
import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import type { AurionProcess, FlowNode } from './aurion-process';

/** The editor's own API, as far as the tests use it; it exists only in the page. */
declare const RED: {
  readonly actions: { invoke(name: string): void };
  readonly nodes: {
    dirty(): boolean;
    node(id: string): FlowNode | null;
    createExportableNodeSet(nodes: (FlowNode | null)[]): FlowNode[];
  };
  readonly sidebar: { readonly help: { show(type: string, bringToFront: boolean): void } };
  readonly editor: { validateNode(node: FlowNode): boolean };
  readonly workspaces: { active(): string; show(id: string): void };
};

export type Locale = 'en-US' | 'fr';

/** Where the browser is, if there is one. */
export function chromiumPath(): string | undefined {
  return [process.env['CHROMIUM_PATH'], '/usr/bin/chromium'].find(
    (path) => path !== undefined && existsSync(path),
  );
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/**
 * A browser for a test or its `before`, which is skipped where there is none, and says so.
 * @param what is not tested then
 */
export function browserOrSkip(test: Context, what: string): Promise<Browser> {
  const path = chromiumPath();
  if (path !== undefined) return launchChromium(path);
  console.warn(
    `NOT TESTED: ${what}. No Chromium at CHROMIUM_PATH or /usr/bin/chromium (Debian: apt-get install chromium).`,
  );
  return test.skip();
}

async function untilLoaded(page: Page): Promise<void> {
  await page.waitForFunction(`window.RED?.workspaces?.active() && RED.settings.user`);
  await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
  // What slides open is open at once: nothing moves away from a click.
  await page.evaluate(`$.fx.off = true`);
}

/**
 * Node-RED's own: it shows a tip a second after it knows the settings, and on a slow machine the panel for it
 * is not there yet. The whole stack, so that nothing of ours is meant.
 */
const TIP_TOO_EARLY =
  /^TypeError: Cannot read properties of undefined \(reading 'html'\)\n +at \S+ \(\S+\/red\.min\.js\S*\)$/;

/** The editor in a browser, in somebody's language. */
export class Editor {
  /** What went wrong in the page, whosever fault it is. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', ({ stack = '' }) => {
      if (!TIP_TOO_EARLY.test(stack)) this.problems.push(`page error: ${stack}`);
    });
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      this.problems.push(`console: ${message.text()} (${message.location().url})`);
    });
  }

  static async signIn(
    browser: Browser,
    { port, waysIn }: AurionProcess,
    {
      locale = 'en-US',
      user = { name: 'admin', password: waysIn.editorPassword },
      ...more
    }: BrowserContextOptions & { locale?: Locale; user?: { name: string; password: string } } = {},
  ): Promise<Editor> {
    const context = await browser.newContext({
      locale,
      viewport: { width: 1280, height: 900 },
      ...more,
    });
    // The editor asks the world for its catalogue of nodes: nothing leaves this machine.
    await context.route(
      (url) => url.hostname !== '127.0.0.1',
      (route) => route.fulfill({ json: [] }),
    );
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`http://127.0.0.1:${port}/admin/`);
    await page.fill('#node-dialog-login-username', user.name);
    // From here on: before, the editor's own question whether somebody is signed in is refused.
    const editor = new Editor(page);
    await page.fill('#node-dialog-login-password', user.password);
    await page.keyboard.press('Enter');
    await untilLoaded(page);
    return editor;
  }

  async show(tab: string): Promise<void> {
    await this.page.evaluate((id) => RED.workspaces.show(id), tab);
    await this.page.waitForFunction((id) => RED.workspaces.active() === id, tab);
  }

  /** The nodes of a category of the palette, by type. */
  async palette(category: string): Promise<string[]> {
    const nodes = this.page.locator(`#red-ui-palette-container-${category} .red-ui-palette-node`);
    const types = await nodes.all();
    return Promise.all(
      types.map(async (each) => (await each.getAttribute('data-palette-type')) ?? ''),
    );
  }

  /** A node on the workspace: its box, since the group around it is larger than what can be clicked. */
  node(id: string): Locator {
    return this.page.locator(`[id="${id}"] > rect.red-ui-flow-node`);
  }

  /** The label of a node on the workspace. */
  async label(id: string): Promise<string> {
    const label = this.page.locator(`[id="${id}"] .red-ui-flow-node-label`).first();
    return (await label.textContent()) ?? '';
  }

  /** Resolves once what is shown below a node is such. */
  async status(id: string, text: RegExp): Promise<void> {
    const label = this.page.locator(`[id="${id}"] .red-ui-flow-node-status-label`);
    await label.filter({ hasText: text }).waitFor();
  }

  /** What the editor says is wrong with a node, or would be after a change, which is taken back. */
  errors(id: string, change: object = {}): Promise<string[]> {
    return this.page.evaluate(
      ([each, json]) => {
        const node = RED.nodes.node(each)!;
        const values = JSON.parse(json) as Record<string, unknown>;
        const before = Object.keys(values).map((name) => [name, node[name]]);
        Object.assign(node, values);
        RED.editor.validateNode(node);
        const found = node['validationErrors'] as string[];
        Object.assign(node, Object.fromEntries(before));
        RED.editor.validateNode(node);
        return found;
      },
      [id, JSON.stringify(change)] as const,
    );
  }

  /** Opens a node's dialog as people do. */
  async openDialog(id: string): Promise<Dialog> {
    await this.node(id).dblclick();
    return new Dialog(this.page).opened();
  }

  /** Opens a config node's dialog, from the list of those on all flows. */
  async openConfigDialog(label: string): Promise<Dialog> {
    await this.page.evaluate(() => RED.actions.invoke('core:show-config-tab'));
    await this.page
      .locator('#red-ui-sidebar-config-category-global .red-ui-palette-node-config')
      .filter({ hasText: label })
      .dblclick();
    return new Dialog(this.page).opened();
  }

  /** Drags a node from the palette to the workspace. @returns its id */
  async drag(type: string, to: { x: number; y: number }): Promise<string> {
    const { mouse } = this.page;
    const source = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await source.scrollIntoViewIfNeeded();
    const from = (await source.boundingBox())!;
    const chart = (await this.page.locator('#red-ui-workspace-chart').boundingBox())!;
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(chart.x + to.x, chart.y + to.y, { steps: 8 });
    await mouse.up();
    const node = this.page.locator('.red-ui-flow-node-selected');
    await node.waitFor();
    return (await node.getAttribute('id')) ?? '';
  }

  /** The help of a node type as the side panel shows it. */
  async help(type: string): Promise<SeenHelp> {
    await this.page.evaluate((each) => RED.sidebar.help.show(each, true), type);
    const panel = this.page.locator('.red-ui-help:has(> .red-ui-help-title)');
    await panel.waitFor();
    return panel.evaluate((root) => {
      const texts = (selector: string) =>
        [...root.querySelectorAll(selector)].map((each) => each.textContent.trim());
      return {
        headings: texts('h3'),
        properties: [...root.querySelectorAll('dl.message-properties > dt')].map((each) =>
          [...each.childNodes].map((part) => (part.textContent ?? '').trim()).join(' '),
        ),
        items: root.querySelectorAll('li').length,
        code: texts('pre'),
        text: (root as HTMLElement).innerText,
      };
    });
  }

  /** What a deploy would send of a node. */
  async exported(id: string): Promise<FlowNode> {
    const json = await this.page.evaluate(
      (each) => JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node(each)])),
      id,
    );
    return (JSON.parse(json) as [FlowNode])[0];
  }

  isDirty(): Promise<boolean> {
    return this.page.evaluate(() => RED.nodes.dirty());
  }

  /** @param anyway when the editor asks, since nodes are marked as wrong */
  async deploy({ anyway = false } = {}): Promise<void> {
    await this.page.locator('#red-ui-header-button-deploy').click();
    if (anyway) await this.page.locator('#red-ui-deploy-dialog-confirm-deploy-deploy').click();
    await this.page.waitForFunction(() => !RED.nodes.dirty());
  }

  /** Resolves once the page is ready to work with (again). */
  loaded(): Promise<void> {
    return untilLoaded(this.page);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

export interface SeenHelp {
  readonly headings: string[];
  /** Name and type of each property of a message, or field of a dialog. */
  readonly properties: string[];
  readonly items: number;
  readonly code: string[];
  readonly text: string;
}

export interface SeenField {
  readonly label: string;
  readonly isVisible: boolean;
  /** False if the label breaks, or is longer than its place. */
  readonly isOnOneLine: boolean;
}

const SUGGESTION = '.red-ui-autoComplete-container .aurion-suggestion';

/** The dialog that is open. */
export class Dialog {
  readonly root: Locator;

  constructor(private readonly page: Page) {
    this.root = page.locator('.red-ui-tray').last();
  }

  async opened(): Promise<this> {
    await this.root.locator('.form-row').first().waitFor();
    return this;
  }

  /** The fields from above to below, as one sees them. */
  async fields(): Promise<SeenField[]> {
    const rows = await this.root
      .locator('[id^="dialog-form"] .form-row, [id$="-edit-form"] .form-row')
      // Fields that another choice would show.
      .filter({ has: this.page.locator('label'), visible: true })
      .all();
    return Promise.all(
      rows.map(async (row) => {
        const label = row.locator('label');
        const [inLabel, inField] = [
          await label.boundingBox(),
          await row.locator('input, select').filter({ visible: true }).first().boundingBox(),
        ];
        return {
          label: (await label.innerText()).trim(),
          isVisible: inLabel !== null && inField !== null,
          isOnOneLine: (inLabel?.height ?? Infinity) <= (inField?.height ?? 0),
        };
      }),
    );
  }

  /** Everything there is to read, but for the values. */
  text(): Promise<string> {
    return this.root.locator('.red-ui-tray-body').innerText();
  }

  /** A field, by its property. */
  field(name: string): Locator {
    return this.root.locator(`#node-input-${name}, #node-config-input-${name}`);
  }

  /** The values of a select, once this one is among them. */
  async options(name: string, awaited: string): Promise<string[]> {
    const options = this.field(name).locator('option');
    await options.and(this.page.locator(`[value="${awaited}"]`)).waitFor({ state: 'attached' });
    return Promise.all(
      (await options.all()).map(async (each) => (await each.getAttribute('value')) ?? ''),
    );
  }

  /** The text field of the target, which is made over from its property's own. */
  get target(): Locator {
    return this.root.locator(
      '#node-input-target + .red-ui-typedInput-container .red-ui-typedInput-input',
    );
  }

  /** Resolves once what is said below the target is such. */
  async targetHint(text: RegExp): Promise<void> {
    await this.root.locator('#aurion-target-hint').filter({ hasText: text }).waitFor();
  }

  /** Types into the target; the suggestions then, each with its texts. */
  async suggest(typed: string, { isExpected = true } = {}): Promise<string[][]> {
    await this.closeSuggestions();
    await fillAndOpen(this.target, typed);
    if (!isExpected) return [];
    await this.page.locator(SUGGESTION).first().waitFor();
    return this.suggestions();
  }

  /** The suggestions that are shown, each with its texts. */
  suggestions(): Promise<string[][]> {
    return this.page
      .locator(SUGGESTION)
      .evaluateAll((all) =>
        all.map((each) => [...each.children].map((part) => part.textContent).filter(Boolean)),
      );
  }

  /** How long it takes in the page from a click into the target, which holds some text, to the list. */
  async suggestionTimeMs(text: string): Promise<number> {
    await this.closeSuggestions();
    await this.target.fill(text);
    return this.target.evaluate(
      (input, suggestion) =>
        new Promise<number>((resolve) => {
          const began = performance.now();
          const look = () => {
            const list = document.querySelector(suggestion);
            // Painted, not only made.
            if (list?.checkVisibility()) resolve(performance.now() - began);
            else requestAnimationFrame(look);
          };
          (input as HTMLElement).click();
          requestAnimationFrame(look);
        }),
      SUGGESTION,
    );
  }

  async choose(name: string): Promise<void> {
    await this.page.locator(SUGGESTION).filter({ hasText: name }).first().click();
  }

  private async closeSuggestions(): Promise<void> {
    if ((await this.page.locator(SUGGESTION).count()) > 0) {
      await this.root.locator('.red-ui-tray-header').first().click();
      await this.page.locator(SUGGESTION).first().waitFor({ state: 'detached' });
    }
  }

  /** The groups of a select's options. */
  groups(name: string): Promise<string[]> {
    return this.field(name)
      .locator('optgroup')
      .evaluateAll((all) => all.map((each) => each.getAttribute('label') ?? ''));
  }

  /** Puts something in a field and leaves it: the reason why it can't be accepted, if it says so. */
  async reasonAgainst(name: string, value: string): Promise<string | undefined> {
    const field = this.field(name);
    await field.fill(value);
    await field.blur();
    if (!/\binput-error\b/.test((await field.getAttribute('class')) ?? '')) return undefined;
    await field.hover();
    return this.page.locator('.red-ui-popover').innerText();
  }

  /** Unfolds a section of the home's dialog. */
  async unfold(name: string): Promise<Locator> {
    const section = this.root.locator(`#aurion-home-section-${name}`);
    if ((await section.getAttribute('open')) === null) await section.locator('summary').click();
    return section;
  }

  /** What the server finds about the broker or the store that the home's dialog names. */
  async trial(part: 'broker' | 'store'): Promise<{ outcome: string | null; text: string }> {
    const section = await this.unfold(part);
    await section.locator('[data-trial]').click();
    const verdict = section.locator('.aurion-verdict[data-outcome]:not([data-outcome="busy"])');
    await verdict.waitFor();
    return {
      outcome: await verdict.getAttribute('data-outcome'),
      text: await verdict.innerText(),
    };
  }

  /** What the button shows, and whether it can be seen without scrolling. */
  async waysIn(): Promise<{ texts: string[]; isInView: boolean }> {
    await this.unfold('ways-in');
    await this.root.locator('#aurion-home-ways-in').click();
    const shown = this.root.locator('#aurion-home-ways-in-shown');
    await shown.locator('dd').last().waitFor();
    const body = (await this.root.locator('.red-ui-tray-body').boundingBox())!;
    const box = (await shown.boundingBox())!;
    return {
      texts: await shown.locator('dt, dd').allInnerTexts(),
      isInView: box.y >= body.y && box.y + box.height <= body.y + body.height,
    };
  }

  /** Takes a picture of the dialog, once it has slid in, without the handle beside it. */
  async takePicture(path: string): Promise<void> {
    await this.page.waitForFunction(
      `getComputedStyle(document.querySelector('.red-ui-tray')).right === '0px'`,
    );
    const { x, width } = (await this.root.locator('.red-ui-tray-header').boundingBox())!;
    const { y, height } = (await this.root.boundingBox())!;
    await this.page.screenshot({ path, clip: { x, y, width, height } });
  }

  async done(): Promise<void> {
    await this.close('.red-ui-tray-header .primary');
  }

  async cancel(): Promise<void> {
    await this.close('#node-dialog-cancel, #node-config-dialog-cancel');
  }

  private async close(button: string): Promise<void> {
    await this.root.locator(button).click();
    await this.page.locator('.red-ui-tray').waitFor({ state: 'detached' });
  }
}

/** Fills a field in and opens its list of suggestions by a click. */
export async function fillAndOpen(field: Locator, text: string): Promise<void> {
  await field.fill(text);
  await field.click();
}
