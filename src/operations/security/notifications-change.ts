import { notificationChanges, notificationConfig } from '../../contract/alert';
import { accountOf } from '../account-of';
import { operation } from '../operation';

export const changeNotificationConfig = operation({
  id: 'notifications.change',
  group: 'security',
  role: 'user',
  summary: {
    fr: 'Change la façon dont le compte est prévenu des alertes',
    en: 'Changes how the account is told of alerts',
  },
  input: notificationChanges,
  answer: notificationConfig,
  errors: [],
  rest: { method: 'POST', path: '/security/notifications/config' },
  run: ({ notifications }, changes, { actor }) =>
    notifications.change(accountOf(actor).accountId, changes),
});
