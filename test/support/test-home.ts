import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Exchange } from '../../src/adapters/exchange';
import { presentable } from '../../src/contract/errors';
import { readHomeSettings } from '../../src/contract/home-settings';
import type { Gate } from '../../src/adapters/http/api';
import { Home, type HomeSecrets } from '../../src/home';
import type { Clock } from '../../src/ports/clock';
import { memoryLogger } from './test-store';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: { message?: string; code?: string; [field: string]: unknown };
}

type TextAnswer = Omit<RawAnswer, 'body'> & { readonly text: string };

interface RawRequest {
  body?: string | Buffer;
  json?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

/** A home behind a bare HTTP server: what a flow does, without Node-RED. */
export class TestHome {
  readonly logger = memoryLogger();
  gate: Gate = () => (exchange) => this.answer(exchange);
  home!: Home;
  private readonly server = createServer((req, res) =>
    this.home.api.handle(req, res, () => res.writeHead(404).end('{"fell":"through"}')),
  );

  private constructor(readonly folder: string) {}

  /** @param folder of a home that was there before */
  static async open(
    settings: Record<string, unknown> = {},
    secrets: HomeSecrets = {},
    {
      folder = mkdtempSync(join(tmpdir(), 'aurion-home-')),
      docsFolder,
      clock,
    }: { readonly folder?: string; readonly docsFolder?: string; readonly clock?: Clock } = {},
  ): Promise<TestHome> {
    const test = new TestHome(folder);
    test.home = new Home(
      readHomeSettings({ mqttPort: 0, mqttWsPort: 0, rateLimit: 'off', ...settings }),
      secrets,
      {
        folder: test.folder,
        version: '0.0.0',
        logger: test.logger,
        gate: (group) => test.gate(group),
        ...(docsFolder !== undefined && { docsFolder }),
        ...(clock && { clock }),
        listensOnLoopback: true,
        hashCost: 4,
      },
    );
    await test.home.start();
    test.server.on('upgrade', (req, socket, head) => test.home.handleUpgrade(req, socket, head));
    test.server.listen(0, '127.0.0.1');
    await once(test.server, 'listening');
    return test;
  }

  async remove(): Promise<void> {
    await this.home.stop();
    this.server.closeAllConnections();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The shortest flow: guard, operation, response. */
  answer(exchange: Exchange): void {
    const { operation, input, requestId, origin } = exchange;
    const admit =
      operation?.role === 'public' ? Promise.resolve(null) : this.home.authenticate(exchange.token);
    admit
      .then((actor) => {
        exchange.actor = actor;
        const { language } = exchange;
        return this.home.run(operation?.id ?? '', input, { actor, requestId, origin, language });
      })
      .then((result) => exchange.succeed(result))
      .catch((error: unknown) => exchange.fail(presentable(error)));
  }

  /** A request as raw as it gets: any header, any body. */
  async request(method: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
    const { text, ...answer } = await this.exchange(method, path, options);
    const isCsv = String(answer.headers['content-type']).startsWith('text/csv');
    return { ...answer, body: (text === '' || isCsv ? {} : JSON.parse(text)) as RawAnswer['body'] };
  }

  /** A GET of what may be no JSON. */
  text(path: string, options: RawRequest = {}): Promise<TextAnswer> {
    return this.exchange('GET', path, options);
  }

  private async exchange(method: string, path: string, options: RawRequest): Promise<TextAnswer> {
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    const requestOptions: RequestOptions = {
      host: '127.0.0.1',
      port: this.port,
      method,
      path,
      headers: {
        ...(options.json !== undefined && { 'content-type': 'application/json' }),
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        ...options.headers,
      },
    };
    const sent = request(requestOptions);
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  }

  async register(name: string): Promise<string> {
    const json = { name, email: `${name}@maison.tg`, password: `${name} aime la mer` };
    const { body, status } = await this.request('POST', '/auth/register', { json });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body['token'] as string;
  }
}
