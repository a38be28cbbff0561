import { z } from 'zod';
import { checkInput } from '../../src/contract/check-input';
import { AurionError, type ErrorDetail } from '../../src/contract/errors';
import type { Tariff } from '../../src/contract/tariff';
import { HomeCalendar } from '../../src/domain/energy/calendar';
import { sampleBills, type SampleBill } from '../../src/domain/energy/sample-bill';
import { findOperation } from '../../src/operations/registry';
import { languageOf, type EditorApi } from '../runtime/editor-api';

const KWH_MAX = 1e6;

const asked = z
  .object({ tariff: z.unknown(), kWh: z.number().min(0).max(KWH_MAX).catch(0) })
  .catch({ tariff: null, kWh: 0 });

interface Preview {
  /** The running home's. */
  readonly timeZone: string;
  /** For each version; none if there are problems. */
  readonly bills: readonly SampleBill[];
  readonly problems: readonly ErrorDetail[];
}

/** `POST homes/:home/tariff-preview`: what a month costs by each version of a tariff that is not saved, or what is wrong with it. */
export function serveTariffPreview(api: EditorApi): void {
  api.serveHome('post', 'tariff-preview', 'flows.write', ({ home }, req): Promise<Preview> => {
    const { tariff, kWh } = asked.parse(req.body);
    const { timeZone } = home.settings;
    const calendar = new HomeCalendar(timeZone);
    try {
      const checked = checkInput(findOperation('energy.set-tariff'), tariff) as unknown as Tariff;
      const bills = sampleBills(checked, { kWh, at: Date.now(), calendar });
      return Promise.resolve({ timeZone, bills, problems: [] });
    } catch (error) {
      if (!(error instanceof AurionError) || !error.details) throw error;
      return Promise.resolve({ timeZone, bills: [], problems: error.details(languageOf(req)) });
    }
  });
}
