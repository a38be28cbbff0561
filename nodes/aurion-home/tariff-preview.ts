import { z } from 'zod';
import { checkInput } from '../../src/contract/check-input';
import type { Tariff } from '../../src/contract/tariff';
import { HomeCalendar } from '../../src/domain/energy/calendar';
import { sampleBills } from '../../src/domain/energy/sample-bill';
import { findOperation } from '../../src/operations/registry';
import type { EditorApi } from '../runtime/editor-api';

const KWH_MAX = 1e6;

const asked = z
  .object({ tariff: z.unknown(), kWh: z.number().min(0).max(KWH_MAX).catch(0) })
  .catch({ tariff: null, kWh: 0 });

/** `POST homes/:key/tariff-preview`: what a month costs by each version of a tariff that is not saved, or what is wrong with it. */
export function serveTariffPreview(api: EditorApi): void {
  api.serveHome('post', 'tariff-preview', 'flows.write', ({ home }, req) => {
    const { tariff, kWh } = asked.parse(req.body);
    const checked = checkInput(findOperation('energy.set-tariff'), tariff) as unknown as Tariff;
    const calendar = new HomeCalendar(home.settings.timeZone);
    return Promise.resolve(sampleBills(checked, { kWh, at: Date.now(), calendar }));
  });
}
