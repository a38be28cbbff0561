import type { Actor } from '../../contract/actor';
import { AurionError, textOf } from '../../contract/errors';
import type { HealthReport, PartHealth, PartName } from '../../contract/health';
import type { Language, Text } from '../../contract/language';
import type { Exchange } from '../exchange';

const RETRY_AFTER_S = 5;

/** What the keeper of a home without accounts has to know. */
export const OPEN_TO_MACHINE: Text = {
  fr: 'Aucun compte encore : le premier qui s’inscrit depuis cette machine devient administrateur, même à travers un proxy qui ne dit rien de lui. Inscrivez-vous, ou donnez publicUrl (AURION_PUBLIC_URL) ou trustProxy (AURION_TRUST_PROXY), avant d’en mettre un devant',
  en: 'No account yet: the first to register from this machine becomes the administrator, also through a proxy that says nothing of itself. Register, or set publicUrl (AURION_PUBLIC_URL) or trustProxy (AURION_TRUST_PROXY), before you put one in front',
};

/** What the pages beside the operations need of a home. */
export interface PagesHome {
  authenticate(token: string | null): Promise<Actor>;
  health(): HealthReport;
  /** Whether the first account is there to be made by whoever is, or seems to be, at this machine. */
  isOpenToMachine(): Promise<boolean>;
  /** Prometheus' text format. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** The OpenAPI document. */
  readonly openApi: Readonly<Record<Language, object>>;
}

export interface Page {
  /** Names it in metrics. */
  readonly name: string;
  /** Answers the exchange, or throws the error it is answered with. */
  answer(exchange: Exchange): void | Promise<void>;
}

/** The pages of the API that no flow opens, by path below the base path; for GET. */
export function createPages(home: PagesHome): ReadonlyMap<string, Page> {
  async function ready(exchange: Exchange): Promise<void> {
    const report = home.health();
    const { status } = report;
    const unavailable = status === 'unavailable';
    const body = (await isKeeper(exchange))
      ? {
          ...describeHealth(report, exchange.language),
          warnings: await warningsFor(exchange.language),
        }
      : { status };
    exchange.succeed(body, unavailable ? 503 : 200, unavailable ? RETRY_AFTER_S : undefined);
  }

  /** A store that is away has its own place in the report. */
  async function warningsFor(language: Language): Promise<Warning[]> {
    const isOpen = await home.isOpenToMachine().catch(() => false);
    return isOpen ? [{ code: 'NO_ACCOUNT', message: OPEN_TO_MACHINE[language] }] : [];
  }

  async function metrics(exchange: Exchange): Promise<void> {
    await assertKeeper(exchange);
    exchange.succeedWith(await home.metrics.text(), home.metrics.contentType);
  }

  /** Whoever keeps the home: an administrator, or somebody at its own machine. */
  async function assertKeeper({ origin, token }: Exchange): Promise<void> {
    if (origin.loopback) return;
    const actor = await home.authenticate(token);
    if (actor.role !== 'admin') throw new AurionError('ACCESS_DENIED');
  }

  async function isKeeper(exchange: Exchange): Promise<boolean> {
    try {
      await assertKeeper(exchange);
      return true;
    } catch {
      return false;
    }
  }

  const live = (exchange: Exchange) => void exchange.succeed({ status: 'ok' });
  const openApi = (exchange: Exchange) => void exchange.succeed(home.openApi[exchange.language]);
  return new Map<string, Page>([
    ['/health/live', { name: 'health.live', answer: live }],
    ['/health/ready', { name: 'health.ready', answer: ready }],
    ['/metrics', { name: 'metrics', answer: metrics }],
    ['/openapi.json', { name: 'openapi', answer: openApi }],
  ]);
}

/** What works and yet asks for its keeper. */
interface Warning {
  readonly code: 'NO_ACCOUNT';
  readonly message: string;
}

/** A part of a home, for its keeper. */
export interface PartDescription extends Pick<PartHealth, 'state'> {
  /** ISO 8601. */
  readonly since: string;
  readonly code?: string;
  /** Why it is away, in the reader's language. */
  readonly reason?: string;
}

/** How a home is, for its keeper: nothing of what an error may say of paths and addresses (S19). */
export function describeHealth(
  { status, version, uptimeS, parts }: HealthReport,
  language: Language,
): Omit<HealthReport, 'parts'> & { readonly parts: Readonly<Record<PartName, PartDescription>> } {
  const described = Object.entries(parts).map(([part, { state, since, error }]) => {
    const reason = error && { code: error.code, reason: reasonOf(error, language) };
    return [part, { state, since: new Date(since).toISOString(), ...reason }] as const;
  });
  const byName = Object.fromEntries(described) as Record<PartName, PartDescription>;
  return { status, version, uptimeS, parts: byName };
}

/** The catalogue's words and the system's code. */
function reasonOf(error: NonNullable<PartHealth['error']>, language: Language): string {
  const text = textOf(new AurionError(error.code), language).replace(/\{\w+\}/g, '…');
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^E[A-Z0-9]{2,20}$/.test(code)) return `${text} (${code})`;
  }
  return text;
}
