import type { Node, NodeAPI, NodeDef } from 'node-red';
import { HOME_SETTINGS, readHomeSettings } from '../../src/contract/home-settings';
import { EditorApi, editorOf } from '../runtime/editor-api';
import { Homes } from '../runtime/homes';
import { isNewer, migrate } from '../runtime/migrations';
import type { Residence } from '../runtime/residence';
import { SHARED } from '../runtime/texts';
import { secretsOf } from './secrets';
import { serveTariffPreview } from './tariff-preview';
import { serveTrials } from './trials';

const TYPE = 'aurion-home';

type HomeConfig = NodeDef & Readonly<Record<string, unknown>>;

interface HomeNode extends Node<Partial<Record<string, string>>> {
  residence: Residence | null;
}

/** The config node of a home: it attaches to the home of its key, which lives longer than it. */
export = function (RED: NodeAPI): void {
  function AurionHome(this: HomeNode, saved: HomeConfig): void {
    RED.nodes.createNode(this, saved);
    if (isNewer(TYPE, saved)) this.warn(RED._(`${SHARED}.row.newer`));
    const config = migrate(TYPE, saved);
    this.residence = null;
    const homes = Homes.of(RED);
    try {
      if ('_alias' in config) throw new Error(RED._('aurion-home.error.in-subflow'));
      const raw = HOME_SETTINGS.map((name) => [name, config[name]]);
      const settings = readHomeSettings(Object.fromEntries(raw) as Record<string, unknown>);
      this.residence = homes.attach(
        this.id,
        settings,
        secretsOf(RED, settings.key, this.credentials),
      );
    } catch (error) {
      const forget = homes.refuse(this.id, config['basePath'], error as Error);
      this.on('close', (done: () => void) => {
        forget();
        done();
      });
      this.error((error as Error).message);
      this.status({ fill: 'red', shape: 'ring', text: (error as Error).message });
      return;
    }
    const { httpNodeAuth } = RED.settings as { httpNodeAuth?: unknown };
    if (httpNodeAuth) this.warn(RED._('aurion-home.warning.http-node-auth'));
    const { residence } = this;
    const { home } = residence;
    const show = () => this.status(statusOf(home.status, home.problemTexts));
    const forget = home.onStatus(show);
    show();
    this.on('close', (_removed: boolean, done: () => void) => {
      forget();
      this.residence = null;
      homes.detach(residence).then(done, done);
    });
  }

  RED.nodes.registerType(TYPE, AurionHome as never, {
    credentials: {
      jwtSecret: { type: 'password' },
      setupCode: { type: 'password' },
      mqttUsername: { type: 'text' },
      mqttPassword: { type: 'password' },
      smtpUrl: { type: 'password' },
      storeUrl: { type: 'password' },
    },
  });

  const api = new EditorApi(RED);
  api.serveOperations();
  api.serveHomes();
  serveTrials(RED, api);
  serveTariffPreview(api);
  api.serveHome('get', 'ways-in', 'flows.write', ({ home }, req) => home.waysIn(editorOf(req)));
};

function statusOf(status: string, problems: readonly string[]) {
  const fill = ({ ok: 'green', degraded: 'yellow' } as const)[status] ?? 'red';
  return { fill, shape: 'dot', text: problems.join('; ') || status } as const;
}
