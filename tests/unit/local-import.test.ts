import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { mboxReader } from 'mbox-reader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEml } from '../../infra/local/import/eml.ts';
import { placeByLabels, placeOf } from '../../infra/local/import/folders.ts';
import { isRefused, type ImportItem, type Refused } from '../../infra/local/import/item.ts';
import { guardMbox } from '../../infra/local/import/mbox-guard.ts';
import { readMbox } from '../../infra/local/import/mbox.ts';
import { readerOf } from '../../infra/local/import/readers.ts';
import { findFiles } from '../../infra/local/import/walk.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

let files = 0;
async function readAll(content: string | Uint8Array, name = 'Box.mbox'): Promise<(ImportItem | Refused)[]> {
  const path = await write(`${++files}/${name}`, content);
  return all(readMbox({ path, name, folders: [] }));
}
const textOf = (item: ImportItem | Refused | undefined): string =>
  item === undefined || isRefused(item) ? '' : Buffer.from(item.content).toString('latin1');

const FROM = 'From ada@example.com Fri Jan  2 03:04:05 2026';
const message = (subject: string, body = 'Body', headers = ''): string =>
  `${FROM}\nSubject: ${subject}\n${headers}\n${body}\n\n`;

describe('an mbox', () => {
  it('is cut where messages begin, and nowhere else', async () => {
    const body = [
      'From here on it goes down.',
      '',
      'From 2019 to 2026: seven years',
      'Note: this looks like a header',
      '',
      FROM,
      'but no header stands here',
      '>From a quoted line',
      '>>From twice',
    ].join('\n');
    const items = await readAll(message('One', body) + message('Two'));
    expect(items.map(({ name }) => name)).toEqual(['Box.mbox#1', 'Box.mbox#2']);
    // One level of quoting is taken away, as who wrote it had put it there.
    const unquoted = body.replaceAll(/^>(>*From )/gm, '$1');
    expect(textOf(items[0])).toBe(`Subject: One\n\n${unquoted}`);
  });

  it('is read whatever its line ends, and without an empty line before the next message', async () => {
    const items = await readAll(
      (message('One') + message('Two')).replaceAll('\n', '\r\n').replaceAll('Body\r\n\r\n', 'Body\r\n'),
    );
    expect(items.map((item) => /Subject: (\w+)/.exec(textOf(item))?.[1])).toEqual(['One', 'Two']);
  });

  it('loses no message to the mark that editors put before a text', async () => {
    const items = await readAll(`\ufeff${message('One')}`);
    expect(items.map(textOf)).toEqual(['Subject: One\n\nBody']);
  });

  it.each(['Sat Jan  3 10:00:00 99999', 'Sat Jan 99 10:00:00 2026'])(
    'has no time of arrival of a line with a time that nobody can keep: %s',
    async (time) => {
      const items = await readAll(`From ada@example.com ${time}\nSubject: One\n\nBody\n`);
      expect(items.map(textOf)).toEqual(['Subject: One\n\nBody']);
      expect(items[0]).not.toHaveProperty('arrivedAt');
    },
  );

  it('tells of what stands before its first message', async () => {
    const items = await readAll(`Exported by a program\n\n${message('One')}`);
    expect(items.map(({ name }) => name)).toEqual(['Box.mbox#1', 'Box.mbox']);
    expect(items[1]).toMatchObject({ reason: '1 lines before the first message belong to none.' });
  });

  it.each([
    ['', 'The mailbox is empty.'],
    ['\n\n', 'The mailbox is empty.'],
    [`${FROM}\n`, '1 lines before the first message belong to none.'],
    ['no mail at all', '1 lines before the first message belong to none.'],
  ])('that holds no message (%j) is refused', async (content, reason) => {
    expect(await readAll(content)).toEqual([{ name: 'Box.mbox', reason }]);
  });

  it('tells the state that mail programs keep in it', async () => {
    const items = await readAll(
      message('Read', 'b', 'Status: RO\n') +
        message('Marked', 'b', 'X-Status: F\n') +
        message('In Thunderbird', 'b', 'X-Mozilla-Status: 0005\n') +
        message('Expunged', 'b', 'X-Mozilla-Status: 0009\n') +
        message('New'),
    );
    expect(items.map((item) => (isRefused(item) ? 'refused' : [item.isRead, item.isFlagged, item.folder]))).toEqual([
      [true, false, ['Box']],
      [false, true, ['Box']],
      [true, true, ['Box']],
      'refused',
      [false, false, ['Box']],
    ]);
    expect(items[3]?.name).toBe('Box.mbox#4');
  });

  it("takes Gmail's labels for folder and categories", async () => {
    const [item] = await readAll(message('One', 'b', 'X-Gmail-Labels: =?UTF-8?Q?Inbox,Unread,Caf=C3=A9/Men=C3=BC?=\n'));
    expect(item).toMatchObject({ folder: ['inbox'], categories: ['Café/Menü'], isRead: false });
  });

  it('of more than memory should hold is read as it comes', async () => {
    const one = Buffer.from(message('Large', 'x'.repeat(70).concat('\n').repeat(2_000)));
    let most = 0;
    let count = 0;
    async function* source(): AsyncIterable<Buffer> {
      for (let index = 0; index < 300; index += 1) {
        most = Math.max(most, index - count);
        yield await Promise.resolve(one);
      }
    }
    const preamble = { lines: 0 };
    for await (const { content } of mboxReader(Readable.from(guardMbox(source(), preamble), { objectMode: false }))) {
      expect(content.length).toBeGreaterThan(140_000);
      count += 1;
    }
    expect(count).toBe(300);
    expect(most).toBeLessThan(20);
  });

  it('of any lines and any pieces comes out as it went in', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        'From ',
        'From me to you',
        '>From ',
        '>>From x',
        `${FROM} `,
        'Key: value',
        ' folded',
        'é\u0001',
      ),
      fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ' ')),
    );
    const box = fc.array(fc.array(line, { maxLength: 8 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(box, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (bodies, size, crlf) => {
        const eol = crlf ? '\r\n' : '\n';
        const text = bodies
          .map((body, index) =>
            [FROM, `Subject: ${index}`, '', ...body.map((one) => one.replace(/^(>*From )/, '>$1')), '', ''].join(eol),
          )
          .join('');
        const bytes = Buffer.from(text, 'utf8');
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        const preamble = { lines: 0 };
        const source = Readable.from(guardMbox(Readable.from(pieces), preamble), { objectMode: false });
        const found = await all(mboxReader(source));
        const expected = bodies.map((body, index) => [`Subject: ${index}`, '', ...body].join('\n').trimEnd());
        expect(found.map(({ content }) => content.toString('utf8').trimEnd())).toEqual(expected);
        expect(preamble.lines).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('of any bytes ends, and drops nothing without a word', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, begins) => {
        const content = begins ? Buffer.concat([Buffer.from(`${FROM}\nA: b\n`), bytes]) : bytes;
        const items = await readAll(content);
        expect(items.length).toBeGreaterThan(0);
        for (const item of items) expect(isRefused(item) ? item.reason : item.name).not.toBe('');
      }),
      { numRuns: 60 },
    );
  });
});

describe('a place in the mailbox', () => {
  it.each([
    [[], ['inbox']],
    [['Inbox'], ['inbox']],
    [
      ['Sent Items', '2019'],
      ['sentitems', '2019'],
    ],
    [
      ['Work', 'Inbox'],
      ['Work', 'Inbox'],
    ],
    [[' '], ['inbox']],
  ])('of the folders %j is %j', (folders, place) => {
    expect(placeOf(folders)).toEqual(place);
  });

  it('of a label is as deep as folders may be', () => {
    const label = Array.from({ length: 40 }, (_, level) => `L${level}`).join('/');
    const { folder, categories } = placeByLabels([label]);
    expect(folder).toEqual(label.split('/').slice(0, 30));
    expect(categories).toEqual([label]);
  });

  it.each([
    [['Inbox', 'Important', 'Opened'], { folder: ['inbox'], categories: [], isRead: true, isImportant: true }],
    [['Sent', 'Inbox', 'Starred'], { folder: ['sentitems'], isFlagged: true }],
    [['Archived', 'Unread'], { folder: ['archive'], isRead: false }],
    [
      ['Archived', 'Category Updates', 'Work/Clients', 'Taxes'],
      { folder: ['Work', 'Clients'], categories: ['Category Updates', 'Work/Clients', 'Taxes'] },
    ],
    [['Work/Clients', 'Opened'], { folder: ['Work', 'Clients'], categories: ['Work/Clients'] }],
    [['Trash', 'Work'], { folder: ['deleteditems'], categories: ['Work'] }],
    [['Spam'], { folder: ['junkemail'] }],
    [['Opened'], { folder: ['archive'] }],
  ])('of the labels %j is %j', (labels, place) => {
    expect(placeByLabels(labels)).toMatchObject(place);
  });
});

describe('the files of a folder', () => {
  it('are all found, with the folders that they lie in; what cannot be read is told', async () => {
    const root = join(folder, 'export');
    await write('export/b.eml', 'x');
    await write('export/Work/Clients/a.eml', 'x');
    await write('export/Local.sbd/Notes.mbox/mbox', FROM);
    await symlink(join(root, 'nowhere'), join(root, 'broken.eml'));
    const found = await all(findFiles(root));
    expect(found.map((one) => ('reason' in one ? [one.name, one.reason] : [one.name, one.folders]))).toEqual(
      [
        ['export/Local.sbd/Notes.mbox/mbox', ['Local', 'Notes']],
        ['export/Work/Clients/a.eml', ['Work', 'Clients']],
        ['export/b.eml', []],
        ['export/broken.eml', 'It cannot be read: ENOENT.'],
      ].toSorted(),
    );
  });

  it('that leads back to itself, or lies too deep, are told by name beside all that is well', async () => {
    const root = join(folder, 'loop');
    await write('loop/sub/a.eml', 'x');
    await symlink(root, join(root, 'sub', 'again'));
    const deep = Array.from({ length: 30 }, (_, index) => String(index));
    await write(`loop/${deep.slice(0, 29).join('/')}/last.eml`, 'x');
    await write(`loop/${deep.join('/')}/lost.eml`, 'x');
    const found = await all(findFiles(root));
    expect(found.map((one) => ('reason' in one ? one.reason : basename(one.name))).toSorted()).toEqual([
      'It leads back to a folder that it lies in.',
      'It lies more than 29 folders deep.',
      'a.eml',
      'last.eml',
    ]);
    const lengths = found.map((one) => ('reason' in one ? 0 : one.folders.length));
    expect(Math.max(...lengths)).toBe(29);
  });

  it.each([
    ['\ufeffFrom: ada@example.com\r\n\r\nHello\r', 'From: ada@example.com\r\n\r\nHello\r'],
    ['From: ada@example.com\r\rHello\rYou', 'From: ada@example.com\r\n\r\nHello\r\nYou'],
    ['From: ada@example.com\n\n\ufeffHello', 'From: ada@example.com\n\n\ufeffHello'],
  ])('that are messages begin with their headers, and have lines: %j', async (given, read) => {
    const path = await write(`eml/${++files}.eml`, given);
    const [item] = await all(readEml({ path, name: 'a.eml', folders: [] }));
    expect(Buffer.from(item?.content ?? []).toString()).toBe(read);
  });

  it.each([
    ['a.eml', 'x', true],
    ['a.EML', 'x', true],
    ['Inbox', FROM, true],
    ['Inbox', 'no mailbox', false],
    ['a.ics', 'BEGIN:VCALENDAR', true],
    ['a.vcf', 'BEGIN:VCARD', true],
    ['Inbox.msf', FROM, false],
  ])('%s with %j has a reader: %s', async (name, content, read) => {
    const path = await write(`kinds-${++files}/${name}`, content);
    expect((await readerOf({ path, name, folders: [] })) !== null).toBe(read);
  });
});
