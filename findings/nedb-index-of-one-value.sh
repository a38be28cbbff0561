#!/usr/bin/env bash
# @seald-io/nedb (nedb-promises 6.2.4): an index on a field that many documents share makes deleting slow.
#
# guess: an index costs a delete a look-up in a tree, O(log n), whatever the values are.
# seen: all documents of one value are one list in the tree, and each delete goes through that list: of 20,000
#   documents with the same value, deleting takes 20 to 50 times as long as with values of their own, and
#   about 20 times as long as without an index. A field with few values (a kind, a state) is better left without.
#   Output (ratios vary with the machine; what is compared is "more than 10"):
#     deletes with an index on one value take more than 10 times as long as on values of their own
# so: Aurion's audit has no index on its pool; a purge of 50,000 rows took 20 s with one, 1 to 2 s without.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent nedb-promises@6.2.4
cat >try.js <<'JS'
const Datastore = require('nedb-promises');
async function deletingMs(kindOf) {
  const store = Datastore.create();
  await store.ensureIndex({ fieldName: 'kind' });
  await store.insert(Array.from({ length: 20_000 }, (_, n) => ({ _id: `${n}`, kind: kindOf(n) })));
  const start = performance.now();
  for (let n = 19_999; n >= 19_000; n -= 1) await store.deleteOne({ _id: `${n}` });
  return performance.now() - start;
}
async function main() {
  const ratio = (await deletingMs(() => 'same')) / (await deletingMs((n) => n));
  console.error(`ratio ${ratio.toFixed(0)}`);
  const word = ratio > 10 ? 'more' : 'not more';
  console.log(`deletes with an index on one value take ${word} than 10 times as long as on values of their own`);
}
main();
JS
diff <(node try.js) - <<'SEEN'
deletes with an index on one value take more than 10 times as long as on values of their own
SEEN
echo 'as seen'
