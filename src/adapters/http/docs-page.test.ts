import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'mocha';
import { makeDocsPage } from '../../../scripts/docs-page';
import { temporaryFolder } from '../../../test/support/aurion-process';
import { TestHome } from '../../../test/support/test-home';

describe('the docs page', () => {
  const folder = temporaryFolder();
  let test: TestHome;
  before(async () => {
    makeDocsPage(folder);
    test = await TestHome.open({}, {}, { docsFolder: folder });
  });
  after(async () => {
    await test.remove();
    rmSync(folder, { recursive: true });
  });

  const get = (path: string, headers: Record<string, string> = {}, on = test) =>
    fetch(`http://127.0.0.1:${on.port}${path}`, { headers, redirect: 'manual' });

  it('is public, and names what it needs by relative links that are there', async () => {
    const page = await get('/docs');
    assert.deepEqual(
      [page.status, page.headers.get('content-type')],
      [200, 'text/html; charset=utf-8'],
    );
    const links = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, at]) => at!);
    assert.equal(links.length, 5);
    for (const link of links) {
      assert.match(link, /^[\w./-]+$/);
      assert.doesNotMatch(link, /^\//);
      assert.equal((await get(`/${link}`)).status, 200, link);
    }
  });

  it('sends who asks for it with a slash at the end to where its links lead on', async () => {
    const { status, headers } = await get('/docs/');
    assert.deepEqual([status, headers.get('location')], [302, '../docs']);
  });

  it('runs only its own scripts, loads nothing from elsewhere, and stands in no frame', async () => {
    for (const path of ['/docs', '/docs/', '/docs/start.js']) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('x-powered-by'), null);
    }
    assert.doesNotMatch(await (await get('/docs')).text(), /<script>|\son\w+=|style=|https?:/);
  });

  it('comes with the licence of what it is made of', async () => {
    assert.match(await (await get('/docs/LICENSE')).text(), /Apache License/);
    assert.equal((await get('/docs/NOTICE')).status, 200);
  });

  it('is not sent again to a browser that has it', async () => {
    const etag = (await get('/docs/swagger-ui.css')).headers.get('etag') ?? '';
    // Not by `fetch`, which asks servers to forget about copies.
    const headers = { 'if-none-match': etag };
    const again = await test.request('GET', '/docs/swagger-ui.css', { headers });
    assert.equal(again.status, 304);
  });

  it('gives out no other file, and leaves other methods to others', async () => {
    for (const path of [
      '/docs/%2e%2e/package.json',
      '/docs/..%2fx',
      '/docs/x',
      '/docs/%00',
      '/docsx',
    ]) {
      const answer = await get(path);
      assert.deepEqual([answer.status, await answer.text()], [404, '{"fell":"through"}'], path);
    }
    assert.equal((await test.request('POST', '/docs')).status, 404);
  });

  it('is away where the home’s setting is off', async () => {
    const hidden = await TestHome.open({ key: 'hidden', docs: 'off' }, {}, { docsFolder: folder });
    try {
      assert.equal((await get('/docs', {}, hidden)).status, 404);
      assert.equal((await get('/openapi.json', {}, hidden)).status, 200);
    } finally {
      await hidden.remove();
    }
  });
});
