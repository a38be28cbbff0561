#!/usr/bin/env bash
# @seald-io/nedb (nedb-promises 6.2.4) forgets a document whose _id is 0 or '' at the next load.
#
# guess: an _id of 0 is taken like any number, or refused.
# seen: it is inserted, found and counted, and written to the file; when the file is loaded again the
#   document is not there, and nothing says so.
#   Output:
#     before: 0, "", 1
#     after:  1
# so: counted ids that begin at 0 lose their first row at a restart. Aurion's ids are texts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent nedb-promises@6.2.4
cat >try.js <<'JS'
const Datastore = require('nedb-promises');
const shown = async (store) => {
  const there = (await store.find({})).map(({ _id }) => _id);
  return [0, '', 1].filter((id) => there.includes(id)).map((id) => JSON.stringify(id)).join(', ');
};
async function main() {
  const store = Datastore.create('rows.db');
  for (const _id of [0, '', 1]) await store.insert({ _id, name: 'row' });
  console.log('before:', await shown(store));
  const again = Datastore.create('rows.db');
  await again.load();
  console.log('after: ', await shown(again));
}
main();
JS
diff <(node try.js) - <<'SEEN'
before: 0, "", 1
after:  1
SEEN
echo 'as seen'
