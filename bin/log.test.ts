import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createLogHandler, readLogSettings, type LogSettings, type NodeRedEntry } from './log';

const [ERROR, INFO, DEBUG, AUDIT] = [20, 40, 50, 98];

/** What the entries become. */
function written(settings: LogSettings, ...entries: NodeRedEntry[]): string[] {
  const lines: string[] = [];
  const take = createLogHandler(settings, { write: (line) => void lines.push(line) });
  for (const entry of entries) take(entry);
  return lines;
}

const json = (...entries: NodeRedEntry[]) =>
  written({ format: 'json', level: 'debug' }, ...entries).map(
    (line) => JSON.parse(line) as Record<string, unknown>,
  );
const pretty = (...entries: NodeRedEntry[]) =>
  written({ format: 'pretty', level: 'debug' }, ...entries);

const nasty = 'Lampe\r\n\u001b[31m\u202e\u2028\u009b';
const byHome: NodeRedEntry = {
  level: DEBUG,
  msg: 'as text',
  aurion: {
    home: 'home',
    message: 'Request',
    fields: { requestId: 'r-1', status: 200, password: 'canary' },
  },
};

describe('the log of the default start', () => {
  it('is JSON, and at a terminal for people, unless told', () => {
    const format = (env: Record<string, string>, isTerminal: boolean) =>
      readLogSettings(env, isTerminal).format;
    assert.deepEqual([format({}, false), format({}, true)], ['json', 'pretty']);
    assert.equal(format({ AURION_LOG: 'pretty' }, false), 'pretty');
    assert.equal(format({ AURION_LOG: 'json' }, true), 'json');
  });

  it('has what Node-RED lays out over several lines in one, without the rules it draws', () => {
    const entry = { level: INFO, msg: '\n\nWelcome to Node-RED\n===================\n' };
    assert.equal(json(entry)[0]?.['msg'], 'Welcome to Node-RED');
    assert.match(pretty(entry)[0] ?? '', /\[info\] Welcome to Node-RED\n$/);
    const [line] = pretty({ level: INFO, msg: '-----\nThe first\n  and the second.\n-----' });
    assert.match(line ?? '', /\[info\] The first and the second\.\n$/);
    // What a node says may be anybody's: there a line break stays to be seen.
    assert.match(pretty({ level: INFO, msg: 'a\nb', type: 'debug' })[0] ?? '', /a\\nb/);
  });

  it('names the variable that makes no sense', () => {
    assert.throws(
      () => readLogSettings({ AURION_LOG_LEVEL: 'loud' }, true),
      /AURION_LOG_LEVEL.*loud/,
    );
    assert.throws(() => readLogSettings({ AURION_LOG: 'xml' }, true), /AURION_LOG must be/);
    assert.equal(readLogSettings({ AURION_LOG_LEVEL: '' }, true).level, 'info');
  });

  it('has Node-RED’s lines and those of a home in one stream, with their fields', () => {
    const [node, home] = json(
      { level: ERROR, msg: 'broken', type: 'function', id: 'f1', name: 'door' },
      byHome,
    );
    const at = (entry: Record<string, unknown> | undefined) => {
      const { time, ...rest } = entry ?? {};
      assert.ok(!Number.isNaN(Date.parse(String(time))));
      return rest;
    };
    assert.deepEqual(at(node), {
      level: 'error',
      source: 'function:door',
      node: 'f1',
      msg: 'broken',
    });
    assert.deepEqual(at(home), {
      level: 'debug',
      source: 'aurion:home',
      requestId: 'r-1',
      status: 200,
      password: '•••',
      msg: 'Request',
    });
  });

  it('is for people as Node-RED writes it', () => {
    const [line, home] = pretty({ level: INFO, msg: 'Started flows' }, byHome);
    assert.match(line ?? '', /^\d{1,2} \w{3} \d\d:\d\d:\d\d - \[info\] Started flows\n$/);
    assert.match(
      home ?? '',
      /\[debug\] \[aurion:home\] Request requestId=r-1 status=200 password=•••/,
    );
  });

  it('leaves out what is below its level, and what is for auditors', () => {
    const settings = { format: 'json', level: 'info' } as const;
    assert.deepEqual(written(settings, byHome, { level: AUDIT, msg: 'x' }), []);
    assert.deepEqual(written({ format: 'json', level: 'off' }, { level: ERROR, msg: 'x' }), []);
  });

  it('S20: one entry is one line without anything a terminal obeys, and JSON gives the text back', () => {
    const entries = [
      { level: INFO, msg: nasty, type: nasty, name: nasty },
      { level: INFO, msg: new Error(nasty) },
      { level: INFO, msg: { message: nasty } },
      { level: INFO, msg: { some: nasty } },
      { level: INFO, msg: '', aurion: { home: 'h', message: nasty, fields: { room: nasty } } },
    ];
    const lines = [
      ...written({ format: 'json', level: 'info' }, ...entries),
      ...pretty(...entries),
    ];
    assert.equal(lines.length, 10);
    for (const line of lines) {
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
      assert.ok(line.endsWith('\n'));
    }
    assert.equal(json(...entries)[4]?.['room'], nasty);
  });

  it('S21: shows no password or token of an object that a node logs', () => {
    const entry = { level: INFO, msg: { payload: { email: 'a@b.tg', password: 'canary word' } } };
    for (const line of [...pretty(entry), JSON.stringify(json(entry))]) {
      assert.match(line, /a@b\.tg/);
      assert.doesNotMatch(line, /canary/);
    }
  });
});
