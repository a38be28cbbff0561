import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { freePort } from './support/free-port';
import { ExampleBench } from './support/example-bench';
import { RUNS } from './support/example-runs';
import { example, exampleNames, redBesideFullBackend, together } from './support/examples';

const CLOCK = join(__dirname, 'support', 'clock.cjs');
const WHERE = ['alone', 'beside the full backend'] as const;

/** A broker on the ports the example names might be somebody else's on this machine. */
async function onFreePorts(nodes: FlowNode[]): Promise<FlowNode[]> {
  const [mqttPort, mqttWsPort] = [String(await freePort()), String(await freePort())];
  return nodes.map((node) =>
    node.type === 'aurion-home' && node.id !== 'aurion-home-1'
      ? { ...node, mqttPort, mqttWsPort }
      : node,
  );
}

/** Each example imported, deployed and run, alone and beside the full backend. */
describe('the examples, run', () => {
  const bench = new ExampleBench();
  before(async () => {
    await bench.start();
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') {
      console.error(bench.aurion.lines.slice(-12).join('\n'));
    }
  });
  after(() => bench.stop());

  it('are all run', () => assert.deepEqual(exampleNames(), Object.keys(RUNS).sort()));

  for (const [name, run] of Object.entries(RUNS)) {
    for (const where of WHERE) {
      if (name === 'full-backend' && where !== 'alone') continue;
      it(`${name}, ${where}`, async () => {
        const nodes = await onFreePorts(example(name));
        const isAlone = where === 'alone';
        const red = await bench.deploy(isAlone ? nodes : together(fullBackend(), nodes));
        assert.deepEqual(red, isAlone ? [] : redBesideFullBackend(nodes, 'aurion-home-1'));
        await run(bench, where);
      });
    }
  }

  it('sms-alert, without a gateway: says so, and sends nothing', async () => {
    const env = [{ name: 'SMS_GATEWAY_URL', value: '', type: 'str' }];
    await bench.deploy(
      example('jobs/sms-alert').map((node) => (node.type === 'tab' ? { ...node, env } : node)),
    );
    const before = bench.gateway.calls;
    await bench.press('sms-alert-try');
    const warning = await bench.shown<string>('sms-alert-text');
    assert.match(warning, /^Without SMS_GATEWAY_URL nobody is told: Essai/);
    await bench.press('sms-alert-over');
    assert.equal(bench.gateway.calls, before);
  });
});

describe('the example sunset-lights, at the end of an evening', () => {
  it('switches the lamp off at 23:00, also if the power was cut at that time, and hears of it', async () => {
    const at = (time: string) => ({
      NODE_OPTIONS: `-r ${CLOCK}`,
      TEST_NOW: `2026-11-23T${time}:00Z`,
      AURION_TZ: 'Africa/Lome',
    });
    const inLog = example('jobs/sunset-lights').map((node) =>
      node.type === 'debug' ? { ...node, console: true } : node,
    );
    const aurion = await AurionProcess.start({ flows: inLog, env: at('22:30') });
    try {
      await aurion.admin('POST', '/inject/sunset-once');
      await aurion.untilLine(/debug:Made/);
      await aurion.admin('POST', '/inject/sunset-show');
      await aurion.untilLine(/nextRun: '2026-11-23T23:00:00.000Z'/);
      await aurion.stop();
      const seen = aurion.lines.length;
      await aurion.launch(at('23:30'));
      await aurion.untilLine(/debug:Ran/, seen);
      await aurion.untilLine(/action: 'off'/, seen);
    } finally {
      await aurion.remove();
    }
  });
});
