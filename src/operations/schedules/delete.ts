import { done } from '../../contract/account';
import { scheduleId } from '../../contract/schedule';
import { operation } from '../operation';

export const deleteSchedule = operation({
  id: 'schedules.delete',
  group: 'devices',
  role: 'user',
  summary: { fr: 'Supprime une programmation', en: 'Deletes a schedule' },
  input: scheduleId,
  answer: done,
  errors: ['SCHEDULE_NOT_FOUND'],
  rest: { method: 'DELETE', path: '/devices/schedules/:id' },
  run: async ({ schedules }, { id }) => {
    await schedules.remove(id);
    return { success: true as const };
  },
});
