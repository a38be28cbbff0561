import { schedule, scheduleChanges } from '../../contract/schedule';
import { operation } from '../operation';

export const changeSchedule = operation({
  id: 'schedules.change',
  group: 'devices',
  role: 'user',
  summary: {
    fr: 'Change, active ou désactive une programmation',
    en: 'Changes, enables or disables a schedule',
  },
  input: scheduleChanges,
  answer: schedule,
  errors: ['SCHEDULE_NOT_FOUND', 'SCHEDULE_INVALID'],
  rest: { method: 'PUT', path: '/devices/schedules/:id' },
  run: ({ schedules }, { id, ...changes }) => schedules.change(id, changes),
});
