import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { ANSWER_HEADERS } from './http-exchange';

type Next = (error?: unknown) => void;
type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

const PATH = '/docs';

/** The page loads nothing from elsewhere, and runs no script but its own files. */
const PAGE_HEADERS = {
  ...ANSWER_HEADERS,
  // So that a browser asks whether its copy is still good.
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
} as const;

/**
 * The page on which one reads and tries the API (Swagger UI), at `/docs` below the base path. All its
 * links are relative, so that it works under any base path and behind a proxy's prefix.
 * @param folder where its files lie, and nothing else, as the build puts them there
 */
export function createDocsPage(folder: string): Handler {
  const files = express.static(folder, {
    index: false,
    redirect: false,
    cacheControl: false,
    setHeaders: (res: ServerResponse) => {
      for (const [name, value] of Object.entries(PAGE_HEADERS)) res.setHeader(name, value);
      res.removeHeader('X-Powered-By');
    },
  }) as Handler;

  return (req, res, next) => {
    const { url = '/' } = req;
    const [path = '/'] = url.split('?', 1);
    if (path === `${PATH}/`) {
      // Relative: what stands before it, only the browser knows.
      res.writeHead(302, { ...PAGE_HEADERS, Location: '../docs' }).end();
      return;
    }
    if (path !== PATH && !path.startsWith(`${PATH}/`)) {
      next();
      return;
    }
    req.url = path === PATH ? '/index.html' : path.slice(PATH.length);
    files(req, res, (error) => {
      req.url = url;
      next(error);
    });
  };
}
