#!/usr/bin/env bash
# croner 11.0.1 treats a list of hours as an interval when clocks change.
#
# guess: `0 2,14 * * *` in Europe/Paris runs at the times that `0 2 * * *` and `0 14 * * *` run at.
# seen: `0 2` runs once on each change of the clocks (03:00 local on 2026-03-29, once on 2026-10-25);
#   `0 2,14` leaves the spring run out and runs twice in autumn, an hour apart. The rule that croner has
#   for intervals (`*/5`) holds for a list as well, unless `fixedTimeRule: 'no-wildcard'` is given.
#   Output:
#     spring 0 2     2026-03-29T01:00Z
#     spring 0 2,14  2026-03-29T12:00Z
#     autumn 0 2     2026-10-25T00:00Z
#     autumn 0 2,14  2026-10-25T00:00Z 2026-10-25T01:00Z 2026-10-25T13:00Z
# so: a lamp that goes on "at 2 and at 14" misses a night in spring; Aurion gives the option.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent croner@11.0.1
cat >try.js <<'JS'
const { Cron } = require('croner');
function runsOn(day, pattern) {
  const cron = new Cron(pattern, { timezone: 'Europe/Paris', paused: true });
  const runs = [];
  let at = new Date(`${day}T00:00:00+02:00`);
  if (day.includes('-03-')) at = new Date(`${day}T00:00:00+01:00`);
  const end = new Date(at.getTime() + 24 * 3_600_000);
  at = new Date(at.getTime() - 1);
  while ((at = cron.nextRun(at)) && at < end) runs.push(at.toISOString().replace(':00.000', ''));
  return runs.join(' ');
}
console.log('spring 0 2    ', runsOn('2026-03-29', '0 2 * * *'));
console.log('spring 0 2,14 ', runsOn('2026-03-29', '0 2,14 * * *'));
console.log('autumn 0 2    ', runsOn('2026-10-25', '0 2 * * *'));
console.log('autumn 0 2,14 ', runsOn('2026-10-25', '0 2,14 * * *'));
JS
diff <(node try.js) - <<'SEEN'
spring 0 2     2026-03-29T01:00Z
spring 0 2,14  2026-03-29T12:00Z
autumn 0 2     2026-10-25T00:00Z
autumn 0 2,14  2026-10-25T00:00Z 2026-10-25T01:00Z 2026-10-25T13:00Z
SEEN
echo 'as seen'
