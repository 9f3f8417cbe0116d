import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importPaths, tellImport } from '../../../infra/local/import/run.ts';
import { ContactsLab } from './contacts-lab.ts';
import { UPN } from './support.ts';

/** Real cards that other projects collected; they are not ours, and not in the project. */
const SAMPLES = join(import.meta.dirname, '../../../../shared/data/vcf');
const there = existsSync(SAMPLES);

let world: ContactsLab;
beforeEach(async () => {
  world = await ContactsLab.start();
});
afterEach(() => world.close());

describe('samples of ../shared/data/vcf', () => {
  if (!there) {
    it(`are not looked at: there is no ${SAMPLES}`, () => {
      process.stderr.write(`${SAMPLES} is not here: real vCards are not imported\n`);
    });
    return;
  }

  it('come through, or are refused by name with the reason', async () => {
    const files = readdirSync(SAMPLES);
    const summary = await importPaths(world.lab.server.control, UPN, [SAMPLES]);
    const told = tellImport(summary);
    const { contacts } = await world.truth();
    expect(contacts).toHaveLength(summary.contacts);
    for (const refused of summary.refused) expect(refused.reason.length).toBeGreaterThan(10);
    // Each file is there with at least a card, or is named with what is wrong with it.
    expect(summary.contacts + summary.refused.length).toBeGreaterThanOrEqual(files.length);
    expect(told).toMatch(/^Imported \d+ contacts; \d+ refused\./);
    const names = contacts.map((contact) => contact['displayName']);
    if (files.includes('gmail-list.vcf')) expect(names).toContain('Chris Beatle');
    if (files.includes('outlook-2007.vcf')) {
      expect(contacts.find((one) => one['displayName'] === 'Mr. Michael Angstadt Jr.')).toMatchObject({
        companyName: 'TheCompany',
        department: 'TheDepartment',
        mobilePhone: '(111) 555-4444',
        hasPhoto: true,
      });
    }
  });
});

describe('cards', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cards-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('go to the contact folders that their folders name, beside mail, and delta tells of them', async () => {
    const { link } = await world.lab.round('/me/contacts/delta');
    await mkdir(join(folder, 'Kunden', 'Nord'), { recursive: true });
    const card = (name: string): string => `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\nEMAIL:${name}@x.example\nEND:VCARD\n`;
    await writeFile(join(folder, 'all.vcf'), card('Eve') + card('Adam'));
    await writeFile(join(folder, 'Kunden', 'Nord', 'one.vcf'), card('Cain'));
    await writeFile(join(folder, 'hello.eml'), 'Subject: Hello\n\nHi');
    await writeFile(join(folder, 'cut.vcf'), 'BEGIN:VCARD');
    const told = tellImport(await importPaths(world.lab.server.control, UPN, [folder])).split('\n');
    expect(told[0]).toBe('Imported 1 message (inbox 1), 3 contacts; 1 refused.');
    expect(told[1]).toMatch(/cut\.vcf: The card does not end/);
    expect((await world.lab.round(link)).items.map((item) => item['displayName'])).toEqual(['Eve', 'Adam']);
    const { contactFolders, contacts } = await world.truth();
    expect(contactFolders.map((one) => [one['displayName'], one['totalItemCount']])).toEqual([
      ['Contacts', 2],
      ['Kunden', 0],
      ['Nord', 1],
    ]);
    expect(contacts.find((one) => one['displayName'] === 'Eve')).toMatchObject({
      emailAddresses: [{ name: 'Eve@x.example', address: 'Eve@x.example' }],
    });
  });
});
