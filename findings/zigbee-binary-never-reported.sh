#!/usr/bin/env bash
# zigbee-herdsman-converters 26.112.0: some devices never report the two values their definition announces.
#
# guess: what a definition's binary expose announces (value_on, value_off) is what its converter reports,
#   since Zigbee2MQTT's clients compare payloads with these two values.
# seen: for the Tuya data points of these models no report of the device (1, 0, true or false) becomes a
#   value that was announced: presence is "True", an open window "ON" or "open", where true was announced.
#   Home Assistant would show them as unknown for ever, a reader that takes "not value_on" for off would
#   never see the window open.
#   Output:
#     Moes ZHT-PT01-M-MS fault: announced "DETECTED", "NOT_DETECTED"; reported 0, 1, false, true
#     Moes ZHT-PT01-M-MS window_open: announced true, false; reported "close", "open"
#     Nova Digital EPJ-ZB charge_state: announced "true", "false"; reported false, true
#     Powernity PO-THCO-EAU window_open: announced "OPEN", "CLOSE"; reported "OFF", "ON"
#     TECH VNTH-T2_v1 window_open: announced true, false; reported "OFF", "ON"
#     TECH VNTH-T2_v2 window_open: announced true, false; reported "OFF", "ON"
#     Tuya BAB-1413_Pro valve: announced "CLOSED", "OPEN"; reported false, true
#     Tuya TS0601_GTZ10 window_open: announced true, false; reported "OFF", "ON"
#     Tuya ZY-M100-S_3 presence: announced true, false; reported "False", "True"
#   (read-only ones; settings that can be written have the like)
# so: a reader has to know the words as well as the announced values, and to leave anything else unknown.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent zigbee-herdsman-converters@26.112.0
cat >try.js <<'JS'
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { prepareDefinition } = require('zigbee-herdsman-converters');

const folder = join(__dirname, 'node_modules/zigbee-herdsman-converters/dist/devices');
const lines = new Set();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
  for (const raw of require(join(folder, file)).definitions ?? []) {
    const definition = prepareDefinition(raw);
    if (!Array.isArray(definition.exposes)) continue;
    for (const [, property, converter] of definition.meta?.tuyaDatapoints ?? []) {
      const expose = definition.exposes.find((one) => one.type === 'binary' && one.property === property);
      if (!expose || expose.access & 2 || !converter?.from) continue;
      const announced = [expose.value_on, expose.value_off];
      const reported = [1, 0, true, false].flatMap((raw) => {
        try {
          const value = converter.from(raw, definition.meta, {}, {}, {});
          return value === undefined || typeof value === 'object' ? [] : [value];
        } catch {
          return [];
        }
      });
      if (reported.length === 0 || reported.some((value) => announced.includes(value))) continue;
      const said = (values) => values.map((value) => JSON.stringify(value)).join(', ');
      lines.add(
        `${definition.vendor} ${definition.model} ${property}: announced ${said(announced)}; reported ${said([...new Set(reported)].sort())}`,
      );
    }
  }
}
console.log([...lines].sort().join('\n'));
JS
diff <(node try.js 2>/dev/null) - <<'SEEN'
Moes ZHT-PT01-M-MS fault: announced "DETECTED", "NOT_DETECTED"; reported 0, 1, false, true
Moes ZHT-PT01-M-MS window_open: announced true, false; reported "close", "open"
Nova Digital EPJ-ZB charge_state: announced "true", "false"; reported false, true
Powernity PO-THCO-EAU window_open: announced "OPEN", "CLOSE"; reported "OFF", "ON"
TECH VNTH-T2_v1 window_open: announced true, false; reported "OFF", "ON"
TECH VNTH-T2_v2 window_open: announced true, false; reported "OFF", "ON"
Tuya BAB-1413_Pro valve: announced "CLOSED", "OPEN"; reported false, true
Tuya TS0601_GTZ10 window_open: announced true, false; reported "OFF", "ON"
Tuya ZY-M100-S_3 presence: announced true, false; reported "False", "True"
SEEN
echo 'as seen'
