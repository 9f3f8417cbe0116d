import { z } from 'zod';
import { mail } from '../../shared/domains/mail/index.ts';
import { fieldsSchema } from '../../shared/lib/json.ts';
import type { DomainAdapter } from './adapter.ts';

const made = z.array(z.object({ id: z.string() }));
const patches: Readonly<Record<string, (value: string) => object>> = {
  subject: (subject) => ({ subject }),
  categories: (name) => ({ categories: [name] }),
  flag: () => ({ flag: 'flagged' }),
};

export const ofMail: DomainAdapter = {
  domain: mail,
  view: 'Message',
  pages: { folder: /\/mailFolders\/delta/, message: /\/messages\/delta/ },
  list: 'm',
  title: 'subject',
  fields: { theirs: 'subject', ours: 'flag', shared: 'categories' },
  words: ['importance', 'inferenceClassification', '@odata.type'],
  long: { folder: ['name'], message: ['subject', 'preview', 'to', 'categories', 'internetMessageId', 'webLink'] },
  own: null,
  person: (user) => ({
    make: async (subject) => made.parse(await user('POST', '/messages', { subject }))[0]?.id ?? '',
    makeOdd: async (subject) => {
      const odd = { importance: 'unknownFutureValue', odataType: '#microsoft.graph.notYetMessage' };
      return made.parse(await user('POST', '/messages', { subject, ...odd }))[0]?.id ?? '';
    },
    makeContainer: async (displayName) => {
      await user('POST', '/folders', { displayName });
    },
    change: async (id, field, value) => {
      await user('PATCH', `/messages/${encodeURIComponent(id)}`, patches[field]?.(value));
    },
    remove: async (id) => {
      await user('DELETE', `/messages/${encodeURIComponent(id)}?permanent=true`);
    },
  }),
  change: (connectionId, id, field, value) => ({
    method: 'PATCH',
    path: `/api/connections/${connectionId}/messages/${id}`,
    body: patches[field]?.(value),
  }),
  shows: (item, field, value) => JSON.stringify(item[field]).includes(field === 'flag' ? 'flagged' : value),
  odd: (id) => {
    const { folder } = mail.kinds(null);
    const fields = fieldsSchema.parse({ ...folder?.defaults, name: 'Odd' });
    const record = { id: 'r1', graphId: id, kind: 'folder', stream: 'folders', fields, own: [], refused: undefined };
    return { settings: { folders: 'all' }, notes: { wellKnown: {}, among: '' }, entries: folder?.index(record) ?? [] };
  },
};
