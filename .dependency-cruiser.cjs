/** The layers of docs/architecture.md: no folder imports upwards, nothing imports in circles. */
const TESTS = '\\.(test|suite)\\.ts$';

/** @param {string} name @param {string} folder @param {readonly string[]} allowed what it may import beside itself */
function layer(name, folder, allowed) {
  return {
    name,
    severity: 'error',
    from: { path: `^${folder}/`, pathNot: TESTS },
    to: {
      path: '^(src|nodes|bin|client|test|scripts)/',
      pathNot: [folder, ...allowed].map((path) => `^${path}(/|$)`),
    },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    layer('contract', 'src/contract', []),
    layer('domain', 'src/domain', ['src/contract']),
    layer('ports', 'src/ports', ['src/contract', 'src/domain']),
    layer('services', 'src/services', ['src/contract', 'src/domain', 'src/ports']),
    layer('operations', 'src/operations', [
      'src/contract',
      'src/domain',
      'src/ports',
      'src/services',
    ]),
    layer('adapters', 'src/adapters', ['src/contract', 'src/domain', 'src/ports']),
    layer('simulator', 'src/simulator', ['src/contract', 'src/domain', 'src/ports']),
    {
      name: 'client-stands-alone',
      severity: 'error',
      from: { path: '^client/' },
      to: { pathNot: '^client/' },
    },
    {
      name: 'nobody-needs-the-client',
      severity: 'error',
      from: { path: '^(src|nodes|bin)/', pathNot: TESTS },
      to: { path: '^client/' },
    },
    {
      name: 'core-knows-no-node-red',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '(^nodes/|node_modules/(@node-red|node-red)/)' },
    },
    {
      name: 'nodes-do-not-import-each-other',
      severity: 'error',
      from: { path: '^nodes/(aurion-[^/]+)/' },
      to: { path: '^nodes/aurion-', pathNot: '^nodes/$1/' },
    },
    {
      name: 'not-from-tests',
      severity: 'error',
      from: { pathNot: ['^test/', TESTS] },
      to: { path: ['^test/', TESTS] },
    },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: { path: '^(src|nodes)/', pathNot: TESTS },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // Optional ones are developed against, and loaded only where somebody installed them.
        dependencyTypesNot: ['type-only', 'npm-peer'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.cjs', '.json'] },
  },
};
