import { z } from 'zod';
import { runsQuery, scheduleRun } from '../../contract/schedule';
import { operation } from '../operation';

export const listRuns = operation({
  id: 'schedules.runs',
  group: 'devices',
  role: 'guest',
  summary: {
    fr: "Ce que sont devenues les échéances d'une programmation, la plus récente d'abord ; le « cursor » de la dernière donne la suite",
    en: "What became of a schedule's slots, newest first; the last one's `cursor` gives what follows",
  },
  input: runsQuery,
  answer: z.array(scheduleRun),
  errors: ['SCHEDULE_NOT_FOUND'],
  rest: { method: 'GET', path: '/devices/schedules/:id/runs' },
  run: ({ schedules }, query) => schedules.runs(query),
});
