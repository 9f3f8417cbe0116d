import { describe, expect, it } from 'vitest';
import { graphChecker, watchGraph, type GraphChecker } from '../support/graph-openapi.ts';
import { GRAPH_DOCUMENT, readGraphDocument } from '../support/graph-openapi/document.ts';

const document = readGraphDocument();
const json = { 'content-type': 'application/json' };

if (document === null) {
  describe('requests are held to the description of Graph', () => {
    it(`is not proved here: there is no ${GRAPH_DOCUMENT}`, () => {
      process.stderr.write(`${GRAPH_DOCUMENT} is not here: the checker of requests to Graph is not tried\n`);
    });
  });
} else describe('requests are held to the description of Graph', () => { prove(graphChecker(document)); }); // prettier-ignore

function prove(check: GraphChecker): void {
  const faults = (method: string, path: string, body?: unknown, headers: Record<string, string> = json): string[] =>
    check({ method, path: `/v1.0${path}`, headers, body: body === undefined ? '' : JSON.stringify(body) });
  const batch = (...requests: object[]): string[] => faults('POST', '/$batch', { requests });

  it.each([
    ['GET', '/me/messages?$top=5&$select=id,subject,flag'],
    ['GET', '/users/adele%40contoso.example/mailFolders/inbox?$select=id'],
    ['GET', '/me/mailFolders?includeHiddenFolders=true'],
    ['GET', '/me/mailFolders/AAA/messages/delta?$select=id&$orderby=receivedDateTime%20desc'],
    ['GET', '/me/mailFolders/AAA/messages/delta()'],
    ['GET', '/me/mailFolders/AAA/messages/microsoft.graph.delta()'],
    ['DELETE', '/subscriptions/1'],
  ])('lets %s %s pass', (method, path) => {
    expect(faults(method, path)).toEqual([]);
  });

  it('lets right bodies pass, action parameters in either case', () => {
    expect(
      faults('PATCH', '/me/messages/1', { isRead: true, flag: { flagStatus: 'flagged' }, categories: ['a'] }),
    ).toEqual([]);
    expect(faults('POST', '/me/messages/1/move', { destinationId: 'archive' })).toEqual([]);
    expect(faults('POST', '/me/messages/1/move', { DestinationId: 'archive' })).toEqual([]);
    expect(batch({ id: '1', method: 'GET', url: '/me/mailFolders/inbox?$select=id' })).toEqual([]);
  });

  it.each([
    ['GET', '/me/message', 'is no path'],
    ['GET', '/me/messages/delta', 'does not exist on purpose'],
    ['GET', '/users/u/messages/delta', 'does not exist on purpose'],
    ['GET', '/me/messages/undefined', 'the segment "undefined"'],
    ['GET', '/me/mailFolders//messages', 'the segment ""'],
    ['PUT', '/me/messages/1', 'is not taken'],
    ['GET', '/me/mailFolders/delta?$top=5', 'does not take $top'],
    ['GET', '/me/messages?$to=5', 'has the query option $to'],
    ['GET', '/me/messages?$top=five', 'is no number'],
    ['GET', '/me/messages?$top=5&$top=6', 'twice'],
    ['GET', '/me/messages?$select=id,colour', 'selects colour'],
    ['GET', '/me/mailFolders/AAA/messages/delta?$select=id,colour', 'selects colour'],
    ['GET', '/me/calendarView', 'lacks the query option startDateTime'],
  ])('finds what is wrong with %s %s', (method, path, text) => {
    expect(faults(method, path).join()).toContain(text);
  });

  it('finds unknown members at any depth, and wrong types', () => {
    const found = faults('PATCH', '/me/messages/1', { isRead: 'yes', colour: 1, flag: { status: 'flagged' } });
    expect(found.map((fault) => fault.replace('PATCH /me/messages/1 ', ''))).toEqual([
      'body/isRead must be boolean',
      'body.colour is no member of it',
      'body.flag.status is no member of it',
    ]);
    expect(faults('POST', '/me/messages/1/move', { destination: 'archive' }).join()).toContain('body.destination');
    expect(faults('PATCH', '/me/messages/1', { importance: 'huge' }).join()).toContain('allowed values');
  });

  it('finds bodies that are missing, of another type, or not wanted', () => {
    expect(faults('PATCH', '/me/messages/1').join()).toContain('needs a body');
    expect(faults('PATCH', '/me/messages/1', { isRead: true }, {}).join()).toContain('not as application/json');
    expect(faults('GET', '/me/messages/1', { isRead: true }).join()).toContain('takes no body');
    expect(check({ method: 'PATCH', path: '/v1.0/me/messages/1', headers: json, body: '{' }).join()).toContain(
      'no JSON',
    );
    expect(check({ method: 'GET', path: '/beta/me', headers: {}, body: '' }).join()).toContain('not below /v1.0');
  });

  it('looks into batches', () => {
    const read = { method: 'GET', url: '/me/messages/1' };
    expect(batch({ id: '7', method: 'GET', url: '/me/mesages' }).join()).toContain(
      'in $batch, request 7: GET /me/mesages',
    );
    expect(batch({ id: '1', method: 'PATCH', url: '/me/messages/1', headers: json, body: { x: 1 } }).join()).toContain(
      'body.x',
    );
    expect(batch({ id: '1', ...read }, { id: '1', ...read }).join()).toContain('an id twice');
    expect(batch({ id: '1', ...read, dependsOn: ['2'] }).join()).toContain('depends on 2');
    expect(batch(...Array.from({ length: 21 }, (_, id) => ({ id: String(id), ...read }))).join()).toContain('over 20');
    expect(batch({ id: '1', ...read, url: 'https://graph.example/me' }).join()).toContain('no relative path');
  });

  it('judges links of the service by their path alone', () => {
    expect(faults('GET', '/me/mailFolders/delta?$deltatoken=abc&anything=1')).toEqual([]);
    expect(faults('GET', '/me/mailFolder/delta?$skiptoken=abc').join()).toContain('is no path');
  });

  it('fails whoever watches with every fault at once, and how often it was met', () => {
    const watch = watchGraph();
    watch.see({ method: 'GET', path: '/v1.0/me', headers: {}, body: '' });
    expect(() => { watch.verify(); }).not.toThrow(); // prettier-ignore
    for (let n = 0; n < 2; n++) watch.see({ method: 'GET', path: '/v1.0/mee', headers: {}, body: '' });
    expect(watch.seen).toBe(3);
    expect(() => { watch.verify(); }).toThrow(/does not know:\n- GET \/mee is no path .* \(2 times\)/); // prettier-ignore
  });
}
