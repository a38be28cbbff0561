import { awayChange, awayMode } from '../../contract/away';
import { operation } from '../operation';

export const setAwayMode = operation({
  id: 'away.set',
  group: 'devices',
  role: 'user',
  summary: {
    fr: 'Active ou désactive le mode absence',
    en: 'Switches away mode on or off',
  },
  input: awayChange,
  answer: awayMode,
  errors: [],
  rest: { method: 'POST', path: '/devices/away-mode' },
  run: ({ away }, { enabled }, { about }) => {
    about(`home away=${enabled}`);
    return away.set(enabled);
  },
});
