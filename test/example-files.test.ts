import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'mocha';
import packageJson from '../package.json';
import { ROOT, type FlowNode } from './support/aurion-process';
import { example, exampleNames, redBesideFullBackend } from './support/examples';

const HOME = 'aurion-home-1';
const GRID = 20;
const NODE_HEIGHT = 30;
/** No node is narrower. */
const NODE_WIDTH_MIN = 100;
/** What belongs to no core package, and is no node: what structures a flow. */
const STRUCTURE = ['tab', 'group', 'junction', 'subflow'];

/** The types that Node-RED itself brings, as its own files register them. */
function coreTypes(): Set<string> {
  const core = join(dirname(require.resolve('@node-red/nodes/package.json')), 'core');
  const sources = readdirSync(core, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(core, file), 'utf8'));
  const types = sources.flatMap((source) =>
    [...source.matchAll(/registerType\(["']([^"']+)["']/g)].map(([, type = '']) => type),
  );
  return new Set(types);
}

const wiresOf = ({ wires }: FlowNode): string[] => (wires as string[][] | undefined)?.flat() ?? [];
const isPlaced = (node: FlowNode): node is FlowNode & { x: number; y: number; z: string } =>
  typeof node['x'] === 'number';

describe('the examples, as files', () => {
  const names = exampleNames();
  const ours = new Set(Object.keys(packageJson['node-red'].nodes));
  const types = new Set([...coreTypes(), ...STRUCTURE, ...ours]);

  it('there is one for each node, and each is known to the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const type of ours) {
      const name = `nodes/${type.replace('aurion-', '')}`;
      assert.ok(names.includes(name), name);
      assert.ok(
        example(name).some((node) => node.type === type),
        `${name} has no ${type}`,
      );
    }
    for (const name of names) assert.ok(readme.includes(`\`${name.split('/').at(-1)}\``), name);
  });

  it('no id is there twice, but for the home that all share', () => {
    const ids = names.flatMap((name) => example(name).map(({ id }) => id));
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
    assert.deepEqual([...new Set(twice)], [HOME]);
  });

  for (const name of names) {
    describe(name, () => {
      const nodes = example(name);
      const ids = new Set(nodes.map(({ id }) => id));
      const placed = nodes.filter(isPlaced);

      it('needs nothing but Node-RED and this package', () => {
        assert.ok(types.size > 40);
        for (const { type } of nodes) assert.ok(types.has(type), type);
        for (const { libs } of nodes) assert.deepEqual(libs ?? [], []);
      });

      it('tells on each tab what it shows, and an example how to try and change it', () => {
        const tabs = nodes.filter(({ type }) => type === 'tab');
        assert.ok(tabs.length > 0);
        for (const { info, id } of tabs) {
          assert.ok(String(info).length > 40, id);
          if (name === 'full-backend') continue;
          assert.match(String(info), /^Try it[^]*^Change: /m, id);
        }
      });

      it('shares the home with all others, and names no home that is not there', () => {
        const [home] = example('full-backend').filter(({ id }) => id === HOME);
        assert.deepEqual(
          nodes.find(({ id }) => id === HOME),
          home,
        );
        const homes = nodes.filter(({ type }) => type === 'aurion-home').map(({ id }) => id);
        for (const { id, type, home: named } of nodes) {
          if (ours.has(type) && type !== 'aurion-home')
            assert.ok(homes.includes(named as string), id);
        }
      });

      it('tells what is red beside the full backend', () => {
        const info = nodes.map((node) => (node.type === 'tab' ? node['info'] : '')).join('');
        const tells = /beside the full backend.* red/i.test(info);
        const red = name === 'full-backend' ? [] : redBesideFullBackend(nodes, HOME);
        assert.equal(tells, red.length > 0);
      });

      it('is wired to nodes of its own, on a tab of its own', () => {
        for (const node of nodes) {
          for (const to of wiresOf(node)) assert.ok(ids.has(to), `${node.id} → ${to}`);
          for (const to of (node['scope'] as string[] | null | undefined) ?? []) {
            assert.ok(ids.has(to), `${node.id} catches ${to}`);
          }
          if (isPlaced(node)) assert.ok(ids.has(node.z), node.id);
          else assert.equal(node['z'], undefined, node.id);
        }
      });

      it('lies on the grid, from left to right, nothing on top of another', () => {
        for (const [i, one] of placed.entries()) {
          assert.deepEqual([one.x % (GRID / 2), one.y % GRID], [0, 0], one.id);
          for (const other of placed.slice(i + 1)) {
            const isApart =
              one.z !== other.z ||
              Math.abs(one.x - other.x) >= NODE_WIDTH_MIN ||
              Math.abs(one.y - other.y) >= NODE_HEIGHT;
            assert.ok(isApart, `${one.id} and ${other.id}`);
          }
          for (const to of placed.filter(({ id }) => wiresOf(one).includes(id))) {
            assert.ok(to.x > one.x, `${one.id} → ${to.id} leads back`);
          }
        }
      });

      it('has a label on each node that says what it is', () => {
        const says = ['name', 'operation', 'group', 'event', 'url'];
        const speaksForItself = [/^aurion-/, /^catch$/];
        for (const node of placed) {
          const isLabelled =
            says.some((property) => Boolean(node[property])) ||
            speaksForItself.some((type) => type.test(node.type));
          assert.ok(isLabelled, node.id);
        }
      });

      it('holds no secret and nobody’s number', () => {
        const text = JSON.stringify(nodes);
        assert.ok(!nodes.some((node) => 'credentials' in node));
        assert.doesNotMatch(text, /eyJ[\w-]{10}|\+\d{6,}|AKIA|-----BEGIN/);
        const secrets = /(token|password|secret|code)/i;
        for (const node of nodes) {
          for (const { name: variable, value } of (node['env'] as Variable[] | undefined) ?? []) {
            assert.ok(!secrets.test(variable) || value === '', variable);
          }
        }
      });
    });
  }
});

interface Variable {
  readonly name: string;
  readonly value: string;
}
