import { Agent, get } from 'node:http';

/** Asks for one thing over and over, on connections that stay open. */
export class Load {
  private readonly agent: Agent;

  constructor(
    private readonly port: number,
    private readonly token: string,
    private readonly path: string,
    private readonly connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @returns how many were answered, each with 200 */
  async run(durationMs: number): Promise<number> {
    const untilMs = performance.now() + durationMs;
    let answered = 0;
    const connection = async () => {
      while (performance.now() < untilMs) {
        await this.ask(null);
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: this.connections }, connection));
    return answered;
  }

  async body(): Promise<string> {
    const chunks: Buffer[] = [];
    await this.ask((chunk) => chunks.push(chunk));
    return Buffer.concat(chunks).toString();
  }

  close(): void {
    this.agent.destroy();
  }

  private ask(take: ((chunk: Buffer) => void) | null): Promise<void> {
    const { agent, port, path } = this;
    const headers = { authorization: `Bearer ${this.token}` };
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        if (take) response.on('data', take);
        else response.resume();
        response.once('end', resolve);
        response.once('error', reject);
      }).once('error', reject);
    });
  }
}
