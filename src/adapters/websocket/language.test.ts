import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { HomeEvent } from '../../contract/events';
import { LiveTest, type Page } from './live-test.suite';

const TEXTS = { fr: 'Fumée', en: 'Smoke' };

const RAISED = {
  event: 'alert.raised',
  data: { id: 7, message: TEXTS.fr },
  timestamp: '2026-11-22T12:00:00.000Z',
  texts: TEXTS,
} as unknown as HomeEvent;

describe('texts for people over WebSocket', () => {
  let test: LiveTest;
  beforeEach(async () => {
    test = await LiveTest.open();
    test.account(2, 'kofi');
    test.languages.set(2, 'en');
  });
  afterEach(() => test.remove());

  const signIn = async (token: string, language?: string): Promise<Page> => {
    const headers = language === undefined ? {} : { 'accept-language': language };
    const page = await test.connect([], { headers });
    page.send({ type: 'auth', token });
    page.cursor = (await page.next()).cursor!;
    return page;
  };
  const messages = async (page: Page) =>
    (await page.sync()).map(({ type, data, message }) =>
      type === 'event' ? (data as { message: string }).message : message,
    );

  it('are in the reader’s language: as the request says, else as the account chose, else as the home', async () => {
    const pages = [
      await signIn('ama'),
      await signIn('ama', 'en-GB,en;q=0.8,fr;q=0.5'),
      await signIn('kofi'),
      await signIn('kofi', 'fr'),
      await signIn('ama', 'de'),
    ];
    test.endpoint.publish(RAISED);
    const notification = { message: TEXTS.fr, severity: 'critical' as const, timestamp: '' };
    test.endpoint.notify(notification, undefined, TEXTS);
    const read = await Promise.all(pages.map((page) => messages(page)));
    assert.deepEqual(
      read,
      ['Fumée', 'Smoke', 'Smoke', 'Fumée', 'Fumée'].map((text) => [text, text]),
    );
  });

  it('are replayed in the reader’s language, whoever they were sent to before', async () => {
    const page = await signIn('ama', 'en');
    await signIn('ama');
    test.endpoint.publish(test.event(1));
    test.endpoint.publish(RAISED);
    test.endpoint.publish(test.event(2));
    page.send({ type: 'resume', cursor: page.cursor });
    assert.deepEqual(await messages(page), [undefined, 'Smoke', undefined]);
    const back = await signIn('kofi');
    back.send({ type: 'resume', cursor: page.cursor });
    const frames = await back.sync();
    assert.deepEqual(
      frames.map(({ data }) => (data as { message?: string }).message),
      [undefined, 'Smoke', undefined],
    );
    assert.ok(frames.every((frame) => !('texts' in frame)));
  });
});
