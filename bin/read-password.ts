import { text } from 'node:stream/consumers';

const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\b', '\u007f']);
const CTRL_C = '\u0003';

/**
 * A password from whoever sits at the terminal, twice and without echo; or the first line of the
 * input where that is no terminal.
 * @throws Error when the two differ, or nothing came
 */
export async function readPassword(question: string): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) {
    const [line = ''] = (await text(stdin)).split(/\r?\n/, 1);
    if (line === '') throw new Error('The input has no password');
    return line;
  }
  const password = await ask(question);
  if ((await ask('Again: ')) !== password) throw new Error('The two are not the same');
  return password;
}

function ask(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = () => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    };
    const take = (chunk: string) => {
      for (const character of chunk) {
        if (character === CTRL_C) {
          end();
          reject(new Error('Nothing was changed'));
          return;
        }
        if (ENTER.has(character)) {
          end();
          resolve(typed);
          return;
        }
        if (BACKSPACE.has(character)) typed = typed.replace(/.$/su, '');
        else typed += character;
      }
    };
    stdin.on('data', take);
    stdin.resume();
  });
}
