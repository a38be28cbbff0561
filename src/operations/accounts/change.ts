import { account, accountChange } from '../../contract/account';
import { operation } from '../operation';

export const changeAccount = operation({
  id: 'accounts.change',
  group: 'accounts',
  role: 'admin',
  summary: {
    fr: "Change le rôle d'un compte, ou le désactive ; ses sessions prennent fin",
    en: "Changes an account's role, or disables it; its sessions end",
  },
  input: accountChange,
  answer: account,
  errors: ['ACCOUNT_NOT_FOUND', 'ADMIN_LAST', 'SERVICE_BUSY'],
  rest: { method: 'PUT', path: '/auth/users/:id' },
  run: ({ users }, input, { about }) => {
    const { id, role, disabled } = input;
    const became = [
      role === undefined ? '' : ` role=${role}`,
      disabled === undefined ? '' : ` disabled=${disabled}`,
    ];
    about(`account:${id}${became.join('')}`);
    return users.change(input);
  },
});
