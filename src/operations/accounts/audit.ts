import { z } from 'zod';
import { auditEntry, auditQuery } from '../../contract/audit';
import { operation } from '../operation';

export const listAudit = operation({
  id: 'audit.list',
  group: 'accounts',
  role: 'admin',
  summary: {
    fr: "Qui a fait quoi, le plus récent d'abord ; le « cursor » de la dernière ligne donne la suite",
    en: "Who did what, newest first; the last entry's `cursor` gives what follows",
  },
  input: auditQuery,
  answer: z.array(auditEntry),
  errors: [],
  rest: { method: 'GET', path: '/audit' },
  run: ({ audit }, query) => audit.list(query),
});
