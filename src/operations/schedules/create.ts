import type { Text } from '../../contract/language';
import { newSchedule, scheduled } from '../../contract/schedule';
import { operation } from '../operation';

const SAVED: Text = { fr: 'Programmation enregistrée', en: 'Schedule saved' };

export const createSchedule = operation({
  id: 'schedules.create',
  group: 'devices',
  role: 'user',
  summary: {
    fr: "Programme un appareil : une fois, chaque jour, certains jours, par cron ou d'après le soleil",
    en: 'Schedules a device: once, daily, on some days, by cron or by the sun',
  },
  input: newSchedule,
  answer: scheduled,
  errors: ['DEVICE_NOT_FOUND', 'SCHEDULE_INVALID', 'SCHEDULE_LIMIT_REACHED'],
  rest: { method: 'POST', path: '/devices/:id/schedule' },
  run: async ({ schedules }, { id, ...input }, { about, language }) => {
    about(`device:${id}`);
    const schedule = await schedules.create(id, input);
    about(`device:${id} schedule:${schedule.id}`);
    return { message: SAVED[language], schedule };
  },
});
