import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportContact, Refused } from '../../infra/local/import/item.ts';
import { readVcf } from '../../infra/local/import/vcf.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vcf-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function read(content: string | Uint8Array): Promise<(ImportContact | Refused)[]> {
  const path = join(folder, `${++files}.vcf`);
  await writeFile(path, content);
  const found: (ImportContact | Refused)[] = [];
  for await (const one of readVcf({ path, name: 'a.vcf', folders: ['Friends'] })) found.push(one);
  return found;
}

const card = (version: string, ...lines: string[]): string =>
  ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'END:VCARD', ''].join('\r\n');

async function contact(content: string | Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  const [one] = await read(content);
  if (one === undefined || !('contact' in one)) throw new Error(`refused: ${one?.reason ?? 'nothing'}`);
  return one.contact;
}

async function reasons(content: string | Uint8Array): Promise<string[]> {
  return (await read(content)).flatMap((one) => ('reason' in one ? [`${one.name}: ${one.reason}`] : []));
}

describe('a vCard 2.1', () => {
  it('has its quoted-printable read, with soft breaks, charset and encoded semicolons', async () => {
    const text = card(
      '2.1',
      'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller=3BS=C3=B6hne;J=C3=B6rg;;;',
      'NOTE;ENCODING=QUOTED-PRINTABLE:first=0D=0A=',
      'second=3D2',
      'ORG;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:B=E4cker, K=F6ln;Einkauf',
    );
    expect(await contact(text)).toMatchObject({
      surname: 'Müller;Söhne',
      givenName: 'Jörg',
      personalNotes: 'first\r\nsecond=2',
      companyName: 'Bäcker, Köln',
      department: 'Einkauf',
    });
  });

  it('has types without a name, and base64 with and without a blank before it', async () => {
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(90, 7)]).toString('base64');
    const lines = [jpeg.slice(0, 60), jpeg.slice(60)];
    for (const blank of [' ', '']) {
      const text = card(
        '2.1',
        'FN:A',
        'TEL;HOME;VOICE:1',
        'TEL;CELL:2',
        'PHOTO;JPEG;BASE64:',
        ...lines.map((line) => blank + line),
        '',
        'TITLE:Boss',
      );
      const [one] = await read(text);
      expect(one).toMatchObject({ contact: { homePhones: ['1'], mobilePhone: '2', jobTitle: 'Boss' } });
      expect(one !== undefined && 'photo' in one ? Buffer.from(one.photo ?? []).toString('base64') : '').toBe(jpeg);
    }
  });

  it('takes the rest of the world in Windows-1252 where it is no UTF-8', async () => {
    expect(await contact(Buffer.from(card('2.1', 'FN:Jörg', 'N:Groß;Jörg'), 'latin1'))).toMatchObject({
      surname: 'Groß',
    });
  });
});

describe('a vCard 3.0 or 4.0', () => {
  it('has its lines unfolded, also in the middle of a letter, and its escapes read', async () => {
    const bytes = Buffer.from(card('3.0', 'FN:Jörg', 'NOTE:one\\, two\\; three\\nfour', 'URL:http\\://x.example'));
    const at = bytes.indexOf(0xc3) + 1;
    const folded = Buffer.concat([bytes.subarray(0, at), Buffer.from('\r\n '), bytes.subarray(at)]);
    expect(await contact(folded)).toMatchObject({
      displayName: 'Jörg',
      personalNotes: 'one, two; three\r\nfour',
      businessHomePage: 'http://x.example',
    });
  });

  it('has quoted parameters, tel URIs, preferences and birthdays in all their forms', async () => {
    const days: [string, string | undefined][] = [
      ['19800322', '1980-03-22T00:00:00.000Z'],
      ['1980-03-22T10:00:00Z', '1980-03-22T00:00:00.000Z'],
      ['--0203', '1604-02-03T00:00:00.000Z'],
      ['--02-29', '1604-02-29T00:00:00.000Z'],
      ['1980-02-31', undefined],
      ['circa 1800', undefined],
    ];
    for (const [text, birthday] of days) {
      const found = await contact(card('4.0', 'FN:A', `BDAY:${text}`));
      expect(found['birthday']).toBe(birthday);
      if (birthday === undefined) expect(found['personalNotes']).toBe(`Birthday: ${text}`);
    }
    expect(
      await contact(
        card(
          '4.0',
          'FN:A',
          'TEL;VALUE=uri;TYPE="work,voice":tel:+1-418-656-9254;ext=102',
          'EMAIL;PREF=2:second@x.example',
          'EMAIL;PREF=1:first@x.example',
          'ADR;TYPE=home;LABEL="Way 1: left; right":;;Way 1;Ulm;;89073;Germany',
        ),
      ),
    ).toMatchObject({
      businessPhones: ['+1-418-656-9254 ext. 102'],
      emailAddresses: [{ address: 'first@x.example' }, { address: 'second@x.example' }],
      homeAddress: { street: 'Way 1', city: 'Ulm', postalCode: '89073', countryOrRegion: 'Germany' },
    });
  });

  it('keeps in the notes what Outlook has no place for', async () => {
    const found = await contact(
      card('3.0', 'FN:A', ...[1, 2, 3, 4].map((n) => `EMAIL:${n}@x.example`), 'TEL;TYPE=FAX:99', 'NOTE:Mine'),
    );
    expect(found['emailAddresses']).toHaveLength(3);
    expect(found['personalNotes']).toBe('Mine\r\nE-mail: 4@x.example\r\nFax or pager: 99');
  });

  it('may be in UTF-16, with a mark, or end its lines as Unix does', async () => {
    const text = card('3.0', 'FN:Jörg');
    expect(await contact(Buffer.from(`\ufeff${text}`, 'utf16le'))).toMatchObject({ displayName: 'Jörg' });
    expect(await contact(`\ufeff${text}`)).toMatchObject({ displayName: 'Jörg' });
    expect(await contact(text.replaceAll('\r\n', '\n'))).toMatchObject({ displayName: 'Jörg' });
  });
});

describe('a file', () => {
  it('may hold many cards, each with its number; an agent within a card is none', async () => {
    const agent = ['AGENT:', 'BEGIN:VCARD', 'VERSION:2.1', 'FN:Agent', 'END:VCARD'];
    const found = await read(card('2.1', 'FN:One', ...agent) + card('3.0', 'FN:Two'));
    expect(found).toMatchObject([
      { name: 'a.vcf#1', contact: { displayName: 'One' }, folder: ['Friends'] },
      { name: 'a.vcf#2', contact: { displayName: 'Two' } },
    ]);
    expect(found).toHaveLength(2);
  });

  it('loses no card to one before it whose end was lost, be that within an agent', async () => {
    const cut = ['BEGIN:VCARD', 'VERSION:2.1', 'FN:Cut', ''].join('\r\n');
    const agent = ['AGENT:', 'BEGIN:VCARD', 'VERSION:2.1', 'FN:Agent', ''].join('\r\n');
    for (const open of [cut, cut + agent])
      expect(await read(card('3.0', 'FN:One') + open + card('3.0', 'FN:Two') + card('3.0', 'FN:Three'))).toMatchObject([
        { name: 'a.vcf#1', contact: { displayName: 'One' } },
        { name: 'a.vcf#2', reason: 'The card does not end: the file may be cut.' },
        { name: 'a.vcf#3', contact: { displayName: 'Two' } },
        { name: 'a.vcf#4', contact: { displayName: 'Three' } },
      ]);
  });

  it('may hold a large photo, folded in as many lines as there are', async () => {
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(3_000_000, 7)]);
    const lines = jpeg.toString('base64').match(/.{1,74}/g) ?? [];
    const [one] = await read(card('3.0', 'FN:A', `PHOTO;ENCODING=b:${lines.join('\r\n ')}`));
    expect(one !== undefined && 'photo' in one && jpeg.equals(one.photo ?? Buffer.of())).toBe(true);
  });

  it('is refused by name, with the reason, where it is none, and so is each card of it', async () => {
    const said: [string, RegExp][] = [
      ['', /^a\.vcf: There is no card/],
      ['hello', /^a\.vcf: There is no card/],
      ['BEGIN:VCARD\nVERSION:3.0\nFN:A', /^a\.vcf: The card does not end/],
      [card('3.0'), /^a\.vcf: There is nothing in it/],
      [card('9.9', 'FN:A'), /^a\.vcf: Nobody reads version 9\.9/],
      [card('3.0', 'FN:A').replace('VERSION:3.0\r\n', ''), /^a\.vcf: It does not say its version/],
      [card('3.0', 'FN:A', 'nonsense'), /^a\.vcf: A line is none of a card: nonsense/],
      [card('3.0', 'FN:A', 'BEGIN:VEVENT'), /^a\.vcf: A line is none of a card: BEGIN:VEVENT/],
      [card('3.0', 'FN:A', 'END:VEVENT'), /^a\.vcf: A line is none of a card: END:VEVENT/],
      [card('3.0', 'FN:A', 'TEL;=work:1'), /^a\.vcf: It cannot be read: Empty parameter name/],
      [card('4.0', 'FN:Team', 'KIND:group', 'MEMBER:urn:uuid:1'), /^a\.vcf: It is a list of contacts/],
    ];
    for (const [content, reason] of said) expect((await reasons(content)).join('|'), content).toMatch(reason);
    expect(await reasons(`junk\n${card('3.0', 'FN:A')}`)).toEqual(['a.vcf: 1 lines between the cards belong to none.']);
  });

  it('never throws, whatever is in it, and tells of every card', async () => {
    const line = fc.oneof(
      fc.constantFrom('BEGIN:VCARD', 'END:VCARD', 'VERSION:2.1', 'VERSION:4.0', 'FN:A', ' folded', 'N:;;;;', 'BDAY:x'),
      fc.string({ maxLength: 30 }),
      fc.string({ maxLength: 20 }).map((text) => `NOTE;ENCODING=QUOTED-PRINTABLE:${text}=`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const found = await read(lines.join('\r\n'));
        expect(found.length).toBeGreaterThan(0);
        for (const one of found) expect('reason' in one ? one.reason : one.name).not.toBe('');
      }),
      { numRuns: 200 },
    );
  });
});
