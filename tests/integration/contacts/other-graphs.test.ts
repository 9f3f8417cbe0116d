import { expect, it } from 'vitest';
import { z } from 'zod';
import { contactDefaults } from '../../../shared/domains/contacts/contact-wire.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { changeGraph, eachItem, type Habit } from '../../support/changed-graph.ts';
import { isAtRest, startContactWorld, type ContactWorld } from '../../support/contact-world.ts';

const less =
  (...names: readonly string[]) =>
  (item: Fields): Fields =>
    Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));

const isContact = (path: string): boolean => /\/me\/contacts\/[^/?]+(\?|$)/.test(path);

/** What the facts allow, and our own local Microsoft 365 does not do. */
const habits: Readonly<Record<string, Habit>> = {
  'shows no etag and no changeKey': { change: eachItem(less('@odata.etag', 'changeKey')) },
  'does not tell when a contact changed': { change: eachItem(less('lastModifiedDateTime', 'createdDateTime')) },
  'answers a PATCH with 204': {
    change: ({ method, path }, answer) =>
      method === 'PATCH' && isContact(path) && answer.status === 200 ? { status: 204, body: null } : answer,
  },
  'answers a PATCH with no version': {
    change: (request, answer) =>
      request.method === 'PATCH' ? eachItem(less('@odata.etag', 'changeKey'))(request, answer) : answer,
  },
  'answers a POST without the contact': {
    change: ({ method, path }, answer) =>
      method === 'POST' && /contacts$/.test(path) && answer.status === 201 ? { status: 201, body: null } : answer,
  },
  'does not know If-Match': { deaf: true },
  'leaves out what is empty': {
    change: eachItem((item) =>
      Object.fromEntries(
        Object.entries(item).filter(
          ([name, value]) =>
            name === '@removed' || (value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)),
        ),
      ),
    ),
  },
  'says null where it could say an empty list': {
    change: eachItem((item) =>
      Object.fromEntries(
        Object.entries(item).map(([name, value]) => [name, Array.isArray(value) && value.length === 0 ? null : value]),
      ),
    ),
  },
  'fills lists of numbers with empty texts': {
    change: eachItem((item) =>
      Object.fromEntries(
        Object.entries(item).map(([name, value]) => [
          name,
          name.endsWith('Phones') && value !== null ? ['', ...z.array(z.json()).parse(value), null] : value,
        ]),
      ),
    ),
  },
  'refuses each PATCH, saying that the contact has changed, where it names a version': {
    refuse: ({ method, path, ifMatch }) =>
      method === 'PATCH' && isContact(path) && ifMatch
        ? { status: 412, body: { error: { code: 'ErrorIrresolvableConflict', message: 'no' } } }
        : undefined,
  },
  'takes no filter by extended property': {
    refuse: ({ path }) =>
      path.includes('filter=singleValue')
        ? { status: 400, body: { error: { code: 'ErrorInvalidUrlQueryFilter', message: 'no' } } }
        : undefined,
  },
};

/** Both sides come to rest: by what a notification brings and by what the schedule does, and again while anything waits. */
async function settle(at: ContactWorld): Promise<void> {
  for (let round = 0; round < 4; round++) {
    at.world.clock.move(130_000);
    await at.poll(round % 2 === 0 ? 'notification' : 'schedule');
    await at.world.app.queues.push({ ...at.scope, due: null });
    await at.world.drain();
    if (round > 0 && (await isAtRest(at))) return;
  }
}

it.each(Object.keys(habits))('stays in step with a Graph that %s', async (name) => {
  await using at = await startContactWorld();
  const changed = await changeGraph(at.world.microsoft.graph, habits[name] ?? {});
  at.world.graph.retarget(changed.url);
  try {
    const phones = { mobilePhone: '+1 202 555 0147', businessPhones: ['+1 202 555 0100'] };
    const eve = await at.arrive({
      givenName: 'Eve',
      surname: 'A',
      emailAddresses: [{ address: 'e@x.example' }],
      ...phones,
    });
    await at.poll();
    const known = await at.named('Eve A');
    expect(known.fields['phones']).toHaveLength(2);
    at.world.graph.plan({ method: 'POST', path: /contacts$/, fault: { applied: 'reset' } });
    const made = await at.create({
      ...contactDefaults,
      displayName: 'Grace',
      emails: [{ address: 'g@x.example', name: null }],
    });
    await at.world.drain();
    at.world.clock.move(130_000);
    await at.world.app.queues.push({ ...at.scope, due: null });
    await at.world.drain();
    await settle(at);
    await at.update(known.id, { jobTitle: 'Pilot', categories: ['Red'] });
    await at.world.drain();
    await at.edit(eve, { companyName: 'Acme' });
    await settle(at);
    await at.update(made.id, { notes: 'One\nTwo', phones: [{ number: '+1 202 555 0199', kind: 'home' }] });
    await at.world.drain();
    await settle(at);
    expect(await at.differences()).toEqual([]);
    expect((await at.named('Eve A')).fields).toMatchObject({ jobTitle: 'Pilot', companyName: 'Acme' });
    expect((await at.named('Grace')).id).toBe(made.id);
    expect((await at.head()).counts.outbox).toBe(0);
    expect(await at.effects(eve)).toEqual(['update']);
    expect((await at.feed()).map(({ type }) => type).filter((type) => /conflict|deleted/.test(type))).toEqual([]);
    const rows = (await at.feed()).length;
    await at.write(async (all) => {
      const record = await all.record(made.id);
      return record === null ? null : { type: 'delete', record, action: 'delete' };
    });
    await at.world.drain();
    await settle(at);
    expect((await at.theirs()).map((contact) => contact['id'])).toEqual([eve]);
    expect(await at.differences()).toEqual([]);
    expect((await at.feed()).slice(rows).map(({ type }) => type)).toEqual(['contact.deleted']);
  } finally {
    await changed.close();
  }
});
