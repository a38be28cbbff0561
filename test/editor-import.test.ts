import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { AurionProcess } from './support/aurion-process';
import { freePort } from './support/free-port';
import { Editor, browserOrSkip } from './support/editor';
import {
  clear,
  configs,
  GRID,
  importExample,
  seenNodes,
  type SeenNode,
} from './support/editor-import';
import { example, exampleNames, redBesideFullBackend } from './support/examples';

const HOME = 'aurion-home-1';
const CABIN = 'aurion-home-2';

const FULL = 'full-backend';
const OPENING = exampleNames().filter(
  (name) => name !== FULL && redBesideFullBackend(example(name), HOME).length > 0,
);
const OTHERS = exampleNames().filter((name) => name !== FULL && !OPENING.includes(name));

/** What is red, by tab and type: a copy has ids of its own. */
const redOf = (seen: readonly SeenNode[]) =>
  seen.flatMap(({ isRed, tab, type }) => (isRed ? [`${tab}: ${type}`] : [])).sort();

/** What an example's `info` tells to be red beside the full backend. */
function toldRed(name: string): string[] {
  const nodes = example(name);
  const tab = String(nodes.find(({ type }) => type === 'tab')?.['label']);
  const told = redBesideFullBackend(nodes, HOME);
  return nodes.filter(({ id }) => told.includes(id)).map(({ type }) => `${tab}: ${type}`);
}

/**
 * Nothing is invalid but what is red for that, nothing lies on another, and all is on the grid: the middle on a
 * line or between two, since which of them lets the sides snap depends on how wide this machine's fonts are.
 */
function looksRight(seen: readonly SeenNode[]): void {
  const offGrid = seen.filter(({ x, y }) => x % (GRID / 2) !== 0 || y % GRID !== 0);
  assert.deepEqual(
    offGrid.map(({ tab, type, x, y }) => `${tab}: ${type} at ${x}, ${y}`),
    [],
  );
  for (const [i, one] of seen.entries()) {
    const { isValid, isRed } = one;
    assert.equal(
      isValid,
      !isRed,
      `${one.tab}: ${one.type} is valid: ${isValid}, says: ${one.says}`,
    );
    const others = seen.slice(i + 1).filter(({ tab }) => tab === one.tab);
    for (const other of others) {
      const isApart =
        one.right <= other.left ||
        other.right <= one.left ||
        one.bottom <= other.top ||
        other.bottom <= one.top;
      assert.ok(isApart, `${one.tab}: ${one.id} and ${other.id} overlap`);
    }
  }
}

/** Examples come out of the editor's own menu, in a real browser. */
describe('the editor imports examples', function () {
  this.timeout(150_000);
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  let editor: Editor;

  before(async function () {
    browser = await browserOrSkip(this, 'importing examples');
    aurion = await AurionProcess.start({ flows: [] });
    editor = await Editor.signIn(browser, aurion);
    await onFreePorts();
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(aurion.lines.slice(-12).join('\n'));
    assert.deepEqual(editor.problems.splice(0), []);
  });
  after(async () => {
    await browser?.close();
    // Not there when the tests were skipped.
    await (aurion as AurionProcess | undefined)?.remove();
  });

  /** The cabin's ports might be somebody else's on this machine. */
  async function onFreePorts(): Promise<void> {
    const [mqttPort, mqttWsPort] = [String(await freePort()), String(await freePort())];
    await editor.page.route('**/two-homes', (route) =>
      route.fulfill({
        json: example('jobs/two-homes').map((node) =>
          node.id === CABIN ? { ...node, mqttPort, mqttWsPort } : node,
        ),
      }),
    );
  }

  async function imported(names: readonly string[], { anyway = false } = {}): Promise<SeenNode[]> {
    for (const name of names) await importExample(editor, name);
    await editor.deploy({ anyway });
    return seenNodes(editor);
  }

  it('those that open nothing, one after the other: all is valid, nothing is red, and there is one house', async () => {
    await clear(editor);
    const seen = await imported(OTHERS);
    looksRight(seen);
    assert.deepEqual(redOf(seen), []);
    assert.deepEqual((await configs(editor, 'aurion-home'))[0], HOME);
    assert.equal((await configs(editor, 'aurion-home')).length, 2);
  });

  for (const name of OPENING) {
    it(`${name}, alone: nothing is red`, async () => {
      await clear(editor);
      const seen = await imported([name]);
      looksRight(seen);
      assert.deepEqual(redOf(seen), []);
      assert.deepEqual(await configs(editor, 'aurion-home'), [HOME]);
    });
  }

  it('the full backend, and examples beside it: the home is shared, and red is what their texts tell', async () => {
    await clear(editor);
    assert.deepEqual(redOf(await imported([FULL])), []);
    const beside = ['jobs/garage-door', 'jobs/holiday'];
    // The editor marks what a home opens once, before it is deployed.
    const seen = await imported(beside, { anyway: true });
    looksRight(seen);
    assert.deepEqual(redOf(seen), beside.flatMap(toldRed).sort());
    assert.deepEqual(await configs(editor, 'aurion-home'), [HOME]);
  });
});
