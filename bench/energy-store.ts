import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { EnergyRig } from '../test/support/energy-rig';

/**
 * What a year of a home's energy takes in the embedded store: `node -r ts-node/register
 * bench/energy-store.ts [meters] [seconds between readings] [days]`.
 */
const [METERS = 20, EVERY_S = 300, DAYS = 365] = process.argv.slice(2).map(Number);
const DAY_MS = 86_400_000;

async function main(): Promise<void> {
  const start = Date.parse('2025-04-01T00:00:00Z');
  const rig = await EnergyRig.open({ start: new Date(start + DAYS * DAY_MS).toISOString() });
  const meters: number[] = [];
  for (let i = 0; i < METERS; i += 1) meters.push(await rig.meter({ intervalS: EVERY_S }));
  const began = performance.now();
  for (let day = 0; day < DAYS; day += 1) {
    // So many writes as a minute's settling makes would take a day to run: every 6 hours.
    for (let part = 0; part < 4; part += 1) {
      const from = start + day * DAY_MS + (part * DAY_MS) / 4;
      for (const [i, meter] of meters.entries()) {
        for (let at = from; at < from + DAY_MS / 4; at += EVERY_S * 1000) {
          const kWh = (at - start) * 1e-8 * (1 + 0.3 * Math.sin(at / 4e6 + i));
          rig.say(meter, { energy: 1000 + i + kWh, power: 300 + i, timestamp: at });
        }
      }
      await rig.settle();
    }
  }
  console.log(`written in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const name of ['12m', '30d', '24h'] as const) {
    const took: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const at = performance.now();
      await rig.figures.history({ period: name });
      took.push(performance.now() - at);
    }
    console.log(`history ${name}: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  }
  for (const period of ['month', 'year'] as const) {
    const at = performance.now();
    await rig.figures.devices(period);
    console.log(`devices ${period}: ${(performance.now() - at).toFixed(0)} ms`);
  }
  console.log(execFileSync('du', ['-ak', rig.folder]).toString());
  await rig.remove();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
