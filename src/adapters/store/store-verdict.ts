import { AurionError, textOf } from '../../contract/errors';
import type { Text } from '../../contract/language';
import type { Verdict } from '../../contract/verdict';
import { TimedOut } from '../within';
import { DatabaseFailure } from './database-failure';

/** How a database is that answers. */
export interface DatabaseState {
  readonly engine: 'PostgreSQL' | 'MongoDB';
  readonly version: string;
  /** Whether Aurion's tables are there; `some`: an older Aurion's. */
  readonly tables: 'none' | 'some' | 'all';
  /** Whether the user may make what is missing. */
  readonly mayMake: boolean;
}

/** What to tell of a database that answers. */
export function databaseVerdict({ engine, version, tables, mayMake }: DatabaseState): Verdict {
  const tell = (outcome: Verdict['outcome'], code: string, { fr, en }: Text): Verdict => ({
    outcome,
    code,
    text: {
      fr: `${engine} ${version} répond ; ${fr}.`,
      en: `${engine} ${version} answers; ${en}.`,
    },
  });
  if (tables === 'all') {
    return tell('good', 'ready', {
      fr: 'les tables d’Aurion y sont',
      en: "Aurion's tables are there",
    });
  }
  if (!mayMake) {
    return tell('bad', 'no-privilege', {
      fr: 'les tables d’Aurion manquent, et l’utilisateur n’a pas le droit de les créer (grant create on database)',
      en: "Aurion's tables are missing, and the user may not make them (grant create on database)",
    });
  }
  return tables === 'some'
    ? tell('good', 'older', {
        fr: 'ses tables viennent d’un Aurion plus ancien et seront mises à jour au déploiement',
        en: "its tables are an older Aurion's and are brought up to date with the deploy",
      })
    : tell('good', 'empty', {
        fr: 'les tables d’Aurion n’y sont pas encore, le déploiement les crée',
        en: "Aurion's tables are not there yet, the deploy makes them",
      });
}

const SILENT: Text = {
  fr: 'La base n’a pas répondu en quelques secondes : mauvaise adresse, ou un pare-feu bloque.',
  en: 'The database does not answer within some seconds: a wrong address, or a firewall in between.',
};

/** What to tell of a store that does not open. @throws what no store fails with */
export function failureVerdict(error: unknown): Verdict {
  if (error instanceof TimedOut) return { outcome: 'bad', code: 'silent', text: SILENT };
  if (!(error instanceof AurionError)) throw error;
  const { cause } = error;
  if (cause instanceof DatabaseFailure) {
    const { engine, reason, code } = cause;
    const tail = code === null ? '' : ` (${code})`;
    const text = {
      fr: `${engine} : ${reason.fr}${tail}.`,
      en: `${engine}: ${reason.en}${tail}.`,
    };
    return { outcome: 'bad', code: code ?? error.code, text };
  }
  const text = { fr: textOf(error, 'fr'), en: textOf(error, 'en') };
  return { outcome: 'bad', code: error.code, text };
}
