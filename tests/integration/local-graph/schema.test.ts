import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { immutable, Lab, UPN } from './support.ts';

/** Stands beside the project on the machines that have it; without it these checks have nothing to compare with. */
const FILE = join(import.meta.dirname, '../../../../shared/reference/graph-openapi.json');
const there = existsSync(FILE);
const SCOPES = [
  'User.Read',
  'Mail.ReadWrite',
  'MailboxSettings.ReadWrite',
  'Contacts.ReadWrite',
  'Calendars.ReadWrite',
];
const document = z.record(z.string(), z.unknown());

/** `allOf` beside `nullable` does not let null through in JSON Schema; here it becomes a choice. */
function jsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [name, jsonSchema(inner)]);
  const schema = new Map(entries);
  if (schema.get('nullable') !== true || schema.has('type')) return Object.fromEntries(entries);
  schema.delete('nullable');
  return { anyOf: [Object.fromEntries(schema), { type: 'null' }] };
}

function validators(): (name: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('base64', true);
  // Edm.TimeOfDay has no zone.
  ajv.addFormat('time', /^\d\d:\d\d:\d\d(\.\d+)?$/);
  ajv.addSchema(document.parse(jsonSchema(JSON.parse(readFileSync(FILE, 'utf8')))), 'graph');
  return (name) => ajv.compile({ $ref: `graph#/components/schemas/${name}` });
}

if (there) describe("answers fit Graph's own schemas", compare);
else {
  describe("answers fit Graph's own schemas", () => {
    it(`is not checked here: there is no ${FILE}`, () => {
      process.stderr.write(`${FILE} is not here: answers of the local Graph are not compared with Graph's schemas\n`);
    });
  });
}

function compare(): void {
  let lab: Lab;
  let schema: (name: string) => ValidateFunction;
  beforeAll(async () => {
    lab = await Lab.start({ messages: 60, folders: 5, contacts: 40, scopes: SCOPES });
    schema = validators();
  });
  afterAll(() => lab.server.close());

  function check(name: string, values: readonly unknown[]): void {
    const validate = schema(name);
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) {
      validate(value);
      expect(validate.errors ?? []).toEqual([]);
    }
  }

  function members(...names: string[]): string[] {
    const shape = z.object({ allOf: z.tuple([z.unknown(), z.object({ properties: document })]) });
    const schemas = z.object({ components: z.object({ schemas: document }) });
    const all = schemas.parse(JSON.parse(readFileSync(FILE, 'utf8'))).components.schemas;
    return names.flatMap((name) => Object.keys(shape.parse(all[name]).allOf[1].properties));
  }

  it('messages, from lists, delta and writes', async () => {
    check('microsoft.graph.message', (await lab.get('/me/messages?$top=60')).value);
    const first = await lab.round('/me/mailFolders/inbox/messages/delta', immutable(500));
    check('microsoft.graph.message', first.items);
    const body = { subject: 'x', flag: { flagStatus: 'flagged' }, importance: 'low' };
    check('microsoft.graph.message', [(await lab.graph('POST', '/me/messages', { body })).json]);
  });

  it('folders, profile, categories, settings', async () => {
    check('microsoft.graph.mailFolder', (await lab.get('/me/mailFolders?includeHiddenFolders=true')).value);
    check('microsoft.graph.user', [(await lab.get('/me')).json]);
    check('microsoft.graph.outlookCategory', (await lab.get('/me/outlook/masterCategories')).value);
    check('microsoft.graph.mailboxSettings', [(await lab.get('/me/mailboxSettings')).json]);
  });

  it('contacts and their folders, from lists, delta and writes', async () => {
    const contact = 'microsoft.graph.contact';
    check(contact, (await lab.get('/me/contacts?$top=60')).value);
    check(contact, (await lab.round('/me/contacts/delta', immutable(500))).items);
    const body = { givenName: 'x', birthday: '1980-01-02T00:00:00Z', homeAddress: { city: 'Ulm' } };
    const made = await lab.graph('POST', '/me/contacts', { body });
    const changed = await lab.graph('PATCH', `/me/contacts/${made.at('id')}`, { body: { birthday: null } });
    check(contact, [made.json, changed.json]);
    check('microsoft.graph.contactFolder', (await lab.get('/me/contactFolders')).value);
    check('microsoft.graph.contactFolder', (await lab.round('/me/contactFolders/delta')).items);
  });

  it('calendars, events, free and busy', async () => {
    await lab.control('POST', `/users/${UPN}/events`, { count: 60, delegated: 'boss@contoso.example' });
    const window = 'startDateTime=2026-10-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z';
    check('microsoft.graph.calendar', (await lab.get('/me/calendars')).value);
    check('microsoft.graph.calendarGroup', (await lab.get('/me/calendarGroups')).value);
    check('microsoft.graph.calendarPermission', (await lab.get('/me/calendar/calendarPermissions')).value);
    const events = (await lab.get('/me/events?$top=100')).value;
    check('microsoft.graph.event', events);
    check('microsoft.graph.event', (await lab.get(`/me/calendarView?${window}&$top=500`)).value);
    check('microsoft.graph.event', (await lab.round(`/me/calendarView/delta?${window}`)).items);
    const known = members('microsoft.graph.outlookItem', 'microsoft.graph.event');
    const strangers = events.flatMap((event) => Object.keys(event).filter((name) => !name.startsWith('@')));
    expect([...new Set(strangers)].filter((name) => name !== 'id' && !known.includes(name))).toEqual([]);
    const times = ['2026-11-20T00:00:00', '2026-11-21T00:00:00'].map((dateTime) => ({ dateTime, timeZone: 'UTC' }));
    const body = { schedules: [UPN, 'nobody@else.example'], startTime: times[0], endTime: times[1] };
    const told = await lab.graph('POST', '/me/calendar/getSchedule', { body });
    check('microsoft.graph.scheduleInformation', told.value);
    check('microsoft.graph.timeZoneInformation', (await lab.get('/me/outlook/supportedTimeZones')).value);
  });

  it('errors', async () => {
    check('ODataError', [
      (await lab.get('/me/messages/nonsense')).json,
      (await lab.get('/me/messages/delta')).json,
      (await lab.get('/me', { authorization: '' })).json,
    ]);
  });

  it('batches', async () => {
    const requests = [{ id: '1', method: 'GET', url: '/me' }];
    const answer = await lab.graph('POST', '/$batch', { body: { requests } });
    const paths = document.parse(document.parse(JSON.parse(readFileSync(FILE, 'utf8')))['paths']);
    expect(Object.keys(paths)).toContain('/$batch');
    expect(answer.json['responses']).toMatchObject([
      { id: '1', status: 200, body: { userPrincipalName: 'ada.lovelace@contoso.example' } },
    ]);
  });
}
