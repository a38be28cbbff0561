import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Text } from '../../../contract/language';
import type { Verdict } from '../../../contract/verdict';
import { errnoOf } from '../../files/files';
import { holderOf } from './lock';

/** Below this a home soon can't write: its journal alone may grow to some of it. */
const FREE_BYTES_MIN = 200e6;

/** Looks whether a home could keep its files in a folder; nothing is written. */
export async function tryNedbFolder(folder: string): Promise<Verdict> {
  const there = await nearest(folder);
  const problem = await obstacleAt(there);
  if (problem !== null) {
    return tell('bad', problem, {
      fr: `Node-RED n’a pas le droit d’écrire dans ${there} (${problem})`,
      en: `Node-RED may not write in ${there} (${problem})`,
    });
  }
  const { bavail, bsize } = await statfs(there);
  const freeBytes = bavail * bsize;
  const free = { fr: `${inGB(freeBytes, 'fr')} Go libres`, en: `${inGB(freeBytes, 'en')} GB free` };
  if (freeBytes < FREE_BYTES_MIN) {
    return tell('doubtful', 'little-space', {
      fr: `${folder} : il ne reste que ${free.fr}`,
      en: `${folder}: only ${free.en}`,
    });
  }
  const state = STATES[there === folder ? await holderOf(folder) : 'nothing'];
  return tell(state.outcome, state.code, {
    fr: `${folder} : ${state.text.fr}, ${free.fr}`,
    en: `${folder}: ${state.text.en}, ${free.en}`,
  });
}

const STATES: Readonly<Record<'nothing' | 'nobody' | 'this-process' | 'another', Verdict>> = {
  nothing: {
    outcome: 'good',
    code: 'new',
    text: { fr: 'le déploiement crée ce dossier', en: 'the deploy makes this folder' },
  },
  nobody: {
    outcome: 'good',
    code: 'free',
    text: { fr: 'peut être ouvert', en: 'can be opened' },
  },
  'this-process': {
    outcome: 'good',
    code: 'ours',
    text: { fr: 'déjà ouvert par ce Node-RED', en: 'open in this Node-RED already' },
  },
  another: {
    outcome: 'bad',
    code: 'locked',
    text: {
      fr: 'un autre processus l’utilise (un second Node-RED sur le même dossier ?)',
      en: 'another process uses it (a second Node-RED on the same folder?)',
    },
  },
};

/** The folder, or the nearest one above that is there. */
async function nearest(folder: string): Promise<string> {
  const above = dirname(folder);
  const isThere = await stat(folder).then(
    () => true,
    (error: unknown) => !['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? ''),
  );
  return isThere || above === folder ? folder : nearest(above);
}

/** The error of who would write there; null: none. */
async function obstacleAt(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isDirectory()) return 'ENOTDIR';
    await access(path, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return errnoOf(error) ?? 'EACCES';
  }
}

function inGB(bytes: number, language: 'fr' | 'en'): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1e9);
}

function tell(outcome: Verdict['outcome'], code: string, { fr, en }: Text): Verdict {
  return { outcome, code, text: { fr: `${fr}.`, en: `${en}.` } };
}
