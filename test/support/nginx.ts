import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Context } from 'mocha';

const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'].find(
  existsSync,
);

/** Skips a suite, loudly, where there is no nginx. */
export function skipWithoutNginx(context: Context): void {
  if (NGINX !== undefined) return;
  console.warn('NOT TRIED: no nginx here (apt-get install nginx-light)');
  context.skip();
}

/**
 * A real nginx.
 * @param folder for its files
 * @param site what stands in its `http`
 * @param port one that the site listens on
 * @returns ends it
 */
export async function startNginx(
  folder: string,
  site: string,
  port: number,
): Promise<() => Promise<void>> {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const conf = join(folder, 'nginx.conf');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(
    conf,
    `${user} daemon off; pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${paths.join(' ')} ${site} }`,
  );
  const nginx = spawn(NGINX!, ['-p', folder, '-c', conf], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  nginx.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  for (;;) {
    assert.equal(nginx.exitCode, null, complaints);
    const socket = connect(port, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (up) break;
  }
  return async () => {
    if (nginx.exitCode !== null) return;
    const exit = once(nginx, 'exit');
    nginx.kill('SIGTERM');
    await exit;
  };
}
