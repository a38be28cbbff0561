import type { Locator, Page } from 'playwright-core';
import type { Editor } from './editor';

declare const RED: {
  readonly actions: { invoke(name: string): void };
  readonly sidebar: { show(id: string): void };
};

/** The sidebar Aurion in an editor, as one sees it. */
export class AurionSidebar {
  readonly root: Locator;
  private readonly page: Page;

  private constructor(readonly editor: Editor) {
    this.page = editor.page;
    this.root = this.page.locator('.aurion-sidebar');
  }

  static async open(editor: Editor): Promise<AurionSidebar> {
    const sidebar = new AurionSidebar(editor);
    await sidebar.show();
    return sidebar;
  }

  async show(): Promise<void> {
    await this.page.evaluate(() => RED.actions.invoke('aurion:show-sidebar'));
    await this.root.waitFor();
  }

  /** Shows another tab in its place. */
  async hide(): Promise<void> {
    await this.page.evaluate(() => RED.sidebar.show('info'));
    await this.root.waitFor({ state: 'hidden' });
  }

  device(id: number): Locator {
    return this.root.locator(`[data-device="${id}"]`);
  }

  sensor(id: number): Locator {
    return this.root.locator(`[data-sensor="${id}"]`);
  }

  switchOf(id: number): Locator {
    return this.device(id).getByRole('switch');
  }

  /** Resolves once a device's switch stands so. */
  async untilSwitched(id: number, on: boolean): Promise<void> {
    await this.device(id)
      .locator(`[role="switch"][aria-checked="${on}"][aria-busy="false"]`)
      .waitFor();
  }

  alert(text: string): Locator {
    return this.root.locator('[data-alert]').filter({ hasText: text });
  }

  found(key: string): Locator {
    return this.root.locator('[data-found]').filter({ hasText: key });
  }

  figure(name: 'now' | 'today' | 'cost'): Locator {
    return this.root.locator(`[data-figure="${name}"] .aurion-figure`);
  }

  section(name: string): Locator {
    return this.root.locator(`.aurion-section-${name}`);
  }

  /** Everything there is to read, titles included. */
  async words(): Promise<string> {
    const titles = await this.root
      .locator('[title], [aria-label], [placeholder]')
      .evaluateAll((elements) =>
        elements.flatMap((element) =>
          ['title', 'aria-label', 'placeholder'].map((name) => element.getAttribute(name) ?? ''),
        ),
      );
    return [await this.root.innerText(), ...titles].join('\n');
  }
}
