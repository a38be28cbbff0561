import { z } from 'zod';
import { auditEntry, auditQuery, type AuditEntry, type AuditQuery } from '../../contract/audit';
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
  rest: {
    method: 'GET',
    path: '/audit',
    nextCursor: (answer, input) => {
      const page = answer as readonly AuditEntry[];
      const last = page.at(-1);
      return last && page.length === (input as AuditQuery).limit ? last.cursor : null;
    },
  },
  run: ({ audit }, query) => audit.list(query),
});
