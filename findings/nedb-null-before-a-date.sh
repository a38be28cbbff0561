#!/usr/bin/env bash
# @seald-io/nedb (nedb-promises 6.2.4): a query `{ at: { $lt: <Date> } }` finds documents whose `at` is null.
#
# guess: as MongoDB's, whose query language it takes over: a comparison only finds values of the operand's kind.
# seen: null is before every date (also with $lte, not with $gt); a document without `at` is not found, nor is a number.
#   Output:
#     $lt:  null, yesterday
#     $gt:  tomorrow
# so: "delete what ended before now" also deletes what has no end. Aurion keeps times in rows as numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent nedb-promises@6.2.4
cat >try.js <<'JS'
const Datastore = require('nedb-promises');
async function main() {
  const store = Datastore.create();
  await store.insert([
    { _id: 'yesterday', at: new Date('2026-01-01') },
    { _id: 'null', at: null },
    { _id: 'missing' },
    { _id: 'number', at: 5 },
    { _id: 'tomorrow', at: new Date('2026-01-03') },
  ]);
  const now = new Date('2026-01-02');
  const found = async (query) => (await store.find(query)).map(({ _id }) => _id).sort().join(', ');
  console.log('$lt: ', await found({ at: { $lt: now } }));
  console.log('$gt: ', await found({ at: { $gt: now } }));
}
main();
JS
diff <(node try.js) - <<'SEEN'
$lt:  null, yesterday
$gt:  tomorrow
SEEN
echo 'as seen'
