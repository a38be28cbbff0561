import { nothing } from '../../contract/account';
import { notificationConfig } from '../../contract/alert';
import { accountOf } from '../account-of';
import { operation } from '../operation';

export const getNotificationConfig = operation({
  id: 'notifications.get',
  group: 'security',
  role: 'user',
  summary: {
    fr: 'Comment le compte est prévenu des alertes',
    en: 'How the account is told of alerts',
  },
  input: nothing,
  answer: notificationConfig,
  errors: [],
  rest: { method: 'GET', path: '/security/notifications/config' },
  run: ({ notifications }, _input, { actor }) => notifications.config(accountOf(actor).accountId),
});
