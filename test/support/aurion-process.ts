import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WaysInFile } from '../../bin/settings';
import { freePort } from './free-port';

export const ROOT = join(__dirname, '..', '..');

const START_WITHIN_MS = 30_000;

export interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

interface AurionError {
  message: string;
  code: string;
  requestId: string;
  details?: { path: string; message: string }[];
}

export interface Request {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Resources {
  readonly handles: Record<string, number>;
  readonly listeners: Record<string, number>;
  readonly signals: number;
  readonly routes: number;
}

/** The full-backend flow as the package ships it. */
export function fullBackend(): FlowNode[] {
  return JSON.parse(
    readFileSync(join(ROOT, 'examples', 'full-backend.json'), 'utf8'),
  ) as FlowNode[];
}

/** A folder of its own that goes with the test. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'aurion-test-'));
}

/** The default start as its own process: what `npm start` runs, on free ports. */
export class AurionProcess {
  readonly lines: string[] = [];
  /** What a test connected to it and must end with it, also when the test fails. */
  readonly onRemove: (() => Promise<void>)[] = [];
  private child: ChildProcess | undefined;
  /** `news` on each line and at the end of the process. */
  private readonly news = new EventEmitter();

  private constructor(
    readonly userDir: string,
    readonly port: number,
    readonly mqttPort: number,
    private readonly env: Record<string, string>,
  ) {}

  /** @param flows instead of the full-backend flow */
  static async start(
    options: { env?: Record<string, string>; flows?: FlowNode[]; userDir?: string } = {},
  ): Promise<AurionProcess> {
    const aurion = await AurionProcess.prepare(options);
    await aurion.launch();
    return aurion;
  }

  /** As `start`, with everything there but the process. */
  static async prepare(
    options: { env?: Record<string, string>; flows?: FlowNode[]; userDir?: string } = {},
  ): Promise<AurionProcess> {
    const userDir = options.userDir ?? temporaryFolder();
    if (options.flows) writeFileSync(join(userDir, 'flows.json'), JSON.stringify(options.flows));
    const [port, mqttPort] = [await freePort(), await freePort()];
    return new AurionProcess(userDir, port, mqttPort, options.env ?? {});
  }

  get api(): string {
    return `http://127.0.0.1:${this.port}/api`;
  }

  get waysIn(): WaysInFile {
    return JSON.parse(readFileSync(join(this.userDir, 'ways-in.json'), 'utf8')) as WaysInFile;
  }

  /** To stop it and let it go on. */
  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error('not started');
    return pid;
  }

  private get alive(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  get log(): string {
    return this.lines.join('\n');
  }

  /** Starts the process (again), on the same folder and ports. @param env beside what it was made with */
  async launch(env: Record<string, string> = {}): Promise<void> {
    const seen = this.lines.length;
    this.fork(env);
    try {
      await this.untilLine(/^Aurion is (not )?up/, seen);
    } catch (error) {
      await this.stop('SIGKILL');
      throw error;
    }
  }

  /** Starts the process, which will refuse to run. @returns its exit code */
  async launchInVain(env: Record<string, string> = {}): Promise<number | null> {
    const child = this.fork(env);
    const late = setTimeout(() => child.kill('SIGKILL'), START_WITHIN_MS);
    // Not `exit`: its last words may be on their way then.
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(late);
    return code;
  }

  private fork(env: Record<string, string>): ChildProcess {
    this.child = fork(join(ROOT, 'dist', 'bin', 'start.js'), {
      execArgv: ['-r', join(__dirname, 'probe.cjs')],
      env: {
        PATH: process.env['PATH'] ?? '',
        AURION_DATA: this.userDir,
        PORT: String(this.port),
        AURION_MQTT_PORT: String(this.mqttPort),
        AURION_MQTT_WS_PORT: '0',
        AURION_LOG: 'pretty',
        // Tests ask more than a house does.
        AURION_RATE_LIMIT: 'off',
        ...this.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { child } = this;
    let rest = '';
    const take = (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines);
      this.news.emit('news');
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.on('exit', () => this.news.emit('news'));
    return child;
  }

  /** Resolves when the home's readiness has this status: 200, 503, or 404 when there is no home. */
  async untilReady(status = 200): Promise<void> {
    const deadline = Date.now() + START_WITHIN_MS;
    while (Date.now() < deadline) {
      const answer = await fetch(`${this.api}/health/ready`);
      await answer.arrayBuffer();
      if (answer.status === status) return;
    }
    throw new Error(`Not ready in time:\n${this.log}`);
  }

  /** Resolves with the first log line that matches, also one that was there. */
  async untilLine(pattern: RegExp, from = 0): Promise<string> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), START_WITHIN_MS);
    try {
      for (;;) {
        const line = this.lines.slice(from).find((text) => pattern.test(text));
        if (line !== undefined) return line;
        if (!this.alive) throw new Error('the process ended');
        await once(this.news, 'news', { signal: timeout.signal });
      }
    } catch (cause) {
      throw new Error(`No line ${String(pattern)}:\n${this.log}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process. @returns its exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (!child || !this.alive) return null;
    const exit = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    const [code] = await exit;
    return code;
  }

  /** Ends the process and deletes its folder; `onRemove` first. */
  async remove(): Promise<void> {
    for (const end of this.onRemove) await end();
    await this.stop();
    rmSync(this.userDir, { recursive: true, force: true });
  }

  /** Calls the REST API; the body as parsed JSON. */
  async request<T = AurionError>(
    method: string,
    path: string,
    { token, body, headers = {} }: Request = {},
  ): Promise<Answer<T>> {
    const response = await fetch(path.startsWith('http') ? path : `${this.api}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = /^[[{"\dnt]/.test(text) ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: parsed as T };
  }

  /** Registers and hands out the token: the first is the administrator. */
  async register(name: string): Promise<string> {
    const { body, status } = await this.request<{ token: string; message?: string }>(
      'POST',
      '/auth/register',
      { body: { name, email: `${name}@maison.tg`, password: `${name} aime la mer` } },
    );
    if (status !== 200) throw new Error(`register: ${status} ${body.message ?? ''}`);
    return body.token;
  }

  /** Deploys through the editor's API; resolves when the flows have started. */
  async deploy(flows: readonly FlowNode[], type = 'full'): Promise<void> {
    const seen = this.lines.length;
    // A node without a place on the canvas would count as a config node.
    const placed = flows.map((node) => ('wires' in node ? { x: 0, y: 0, ...node } : node));
    const response = await this.admin('POST', '/flows', placed, {
      'node-red-deployment-type': type,
    });
    if (response.status !== 204) throw new Error(`deploy: ${response.status}`);
    await this.untilLine(/\[info\] Started /, seen);
  }

  async flows(): Promise<FlowNode[]> {
    const response = await this.admin('GET', '/flows');
    return (await response.json()) as FlowNode[];
  }

  /** Calls the editor's API as its user. */
  async admin(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.editorToken()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** What the process holds. */
  async resources(): Promise<Resources> {
    const { child } = this;
    if (!child) throw new Error('not started');
    const answer = once(child, 'message') as Promise<[Resources]>;
    child.send('resources');
    return (await answer)[0];
  }

  /** How much CPU time the process has used, in µs, user and system. */
  async cpuMicros(): Promise<number> {
    const { child } = this;
    if (!child) throw new Error('not started');
    const answer = once(child, 'message') as Promise<[NodeJS.CpuUsage]>;
    child.send('cpu');
    const [{ user, system }] = await answer;
    return user + system;
  }

  private token: Promise<string> | undefined;

  /** Signs in to the editor, once. */
  editorToken(): Promise<string> {
    this.token ??= fetch(`http://127.0.0.1:${this.port}/admin/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_id: 'node-red-editor',
        grant_type: 'password',
        scope: '*',
        username: 'admin',
        password: this.waysIn.editorPassword,
      }),
    }).then(async (response) => ((await response.json()) as { access_token: string }).access_token);
    return this.token;
  }
}
