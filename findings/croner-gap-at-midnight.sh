#!/usr/bin/env bash
# croner 11.0.1 leaves out a time in a gap of the clocks that ends at midnight.
#
# guess: a daily time inside the spring gap runs when the gap ends, as croner does it in Paris (02:30 at 03:00).
# seen: in America/Nuuk the clocks go from 23:00 to 24:00 on Saturday 2026-03-28. `30 23 * * *` runs on the
#   27th and on the 29th and not at all for the 28th: neither at midnight nor before.
#   Output:
#     Paris 02:30  2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z
#     Nuuk 23:30   2026-03-28T01:30Z 2026-03-30T00:30Z 2026-03-31T00:30Z
# so: a nightly time is lost once a year in Greenland; Aurion runs it when the gap ends.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent croner@11.0.1
cat >try.js <<'JS'
const { Cron } = require('croner');
function three(pattern, timezone, from) {
  return new Cron(pattern, { timezone, paused: true })
    .nextRuns(3, new Date(from))
    .map((run) => run.toISOString().replace(':00.000', ''))
    .join(' ');
}
console.log('Paris 02:30 ', three('30 2 * * *', 'Europe/Paris', '2026-03-27T12:00:00Z'));
console.log('Nuuk 23:30  ', three('30 23 * * *', 'America/Nuuk', '2026-03-27T12:00:00Z'));
JS
diff <(node try.js) - <<'SEEN'
Paris 02:30  2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z
Nuuk 23:30   2026-03-28T01:30Z 2026-03-30T00:30Z 2026-03-31T00:30Z
SEEN
echo 'as seen'
