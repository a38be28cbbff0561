import type { IncomingMessage, ServerResponse } from 'node:http';
import Negotiator from 'negotiator';
import { LANGUAGES, type Language, type Text } from '../src/contract/language';

/** What the front page leads to. */
export interface FrontPagePlaces {
  /** Where the API's docs are; null if they are off, or there is no home. */
  readonly docs: string | null;
  readonly ready: string | null;
  readonly editor: string;
}

const TEXTS = {
  docs: { fr: 'L’API, à lire et à essayer', en: 'The API, to read and to try' },
  editor: {
    fr: 'Les flux, dans l’éditeur de Node-RED',
    en: 'The flows, in the editor of Node-RED',
  },
  ready: { fr: 'L’état de la maison', en: 'How the home is' },
} as const satisfies Record<keyof FrontPagePlaces, Text>;

const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Whether a browser asks for the page at the root. Programs, which ask for anything, still hear that nothing is there. */
export function isForFrontPage({ method, url = '', headers }: IncomingMessage): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && /^\/(\?|$)/.test(url) && /\btext\/html\b/i.test(headers.accept ?? '');
}

/** A page that says what is where, for who opens the default start in a browser. */
export function showFrontPage(
  req: IncomingMessage,
  res: ServerResponse,
  places: FrontPagePlaces,
  preferred: Language,
): void {
  const wanted = new Negotiator(req).language([preferred, ...LANGUAGES]);
  const language = LANGUAGES.find((one) => one === wanted) ?? preferred;
  const links = (['docs', 'editor', 'ready'] as const).flatMap((name) => {
    const path = places[name];
    return path === null ? [] : [`<li><a href="${path}">${TEXTS[name][language]}</a></li>`];
  });
  const body = `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Aurion</title></head>
<body><h1>Aurion</h1><ul>${links.join('')}</ul></body>
</html>
`;
  res.removeHeader('X-Powered-By');
  res.writeHead(200, { ...HEADERS, 'Content-Length': Buffer.byteLength(body) });
  res.end(req.method === 'HEAD' ? undefined : body);
}
