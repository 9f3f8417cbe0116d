import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEmlFiles } from '../../infra/local/graph/seed/eml.ts';
import { seedMailbox } from '../../infra/local/graph/seed/mailbox.ts';

const owner = { name: 'Adele Vance', address: 'adele@contoso.com' };
const now = new Date('2026-03-10T09:30:00Z');
/** Real messages that other projects collected; they are not ours, and not in the project. */
const samples = new URL('../../../shared/data/eml', import.meta.url).pathname;

describe('seed mail', () => {
  it('is the same for the same seed, and another for another', () => {
    const options = { count: 300, seed: 7, owner, now };
    expect(seedMailbox(options)).toEqual(seedMailbox(options));
    expect(seedMailbox({ ...options, seed: 8 })).not.toEqual(seedMailbox(options));
  });

  it('makes 20,000 messages in under five seconds', () => {
    const started = performance.now();
    const { messages } = seedMailbox({ count: 20_000, seed: 1, owner, now });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(messages).toHaveLength(20_000);
  });

  it('runs from today backwards, newest first', () => {
    const times = seedMailbox({ count: 500, seed: 1, owner, now }).messages.map((one) => one.receivedDateTime);
    expect(times[0]).toBe('2026-03-10T09:28:00Z');
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('holds the threads, odd subjects and crowds of a real mailbox', () => {
    const { messages, folders } = seedMailbox({ count: 5000, seed: 3, owner, now });
    const threads = Map.groupBy(messages, (one) => one.conversationId);
    expect([...threads.values()].some((thread) => thread.length > 5)).toBe(true);
    for (const start of ['Re: ', 'AW: ', 'TR: ']) {
      expect(messages.some((one) => one.subject.startsWith(start))).toBe(true);
    }
    expect(messages.some((one) => one.subject === '')).toBe(true);
    expect(messages.some((one) => one.subject.length > 240)).toBe(true);
    expect(Math.max(...messages.map((one) => one.subject.length))).toBeLessThanOrEqual(255);
    expect(messages.some((one) => one.to.length >= 300)).toBe(true);
    expect(messages.some((one) => one.body.content.length > 50_000)).toBe(true);
    expect(messages.some((one) => one.body.contentType === 'text')).toBe(true);
    expect(messages.some((one) => one.flag.flagStatus === 'flagged')).toBe(true);
    expect(messages.some((one) => one.isDraft && one.folder === 'drafts')).toBe(true);
    expect(folders.some((folder) => folders.some((other) => other.key === folder.parent))).toBe(true);
  });

  it.each([1, 3, 12, 60])('gives %i folders, each after its parent', (count) => {
    const { folders } = seedMailbox({ count: 1, seed: 1, owner, now, folders: count, locale: 'de-DE' });
    const known = new Set(['msgfolderroot', 'inbox']);
    expect(folders).toHaveLength(count);
    for (const folder of folders) {
      expect(known).toContain(folder.parent);
      known.add(folder.key);
    }
  });
});

describe('mail import', () => {
  it('refuses by name what is no mail, and takes mail without sender or date', async () => {
    const files = [
      { name: 'empty.eml', content: '' },
      { name: 'photo.eml', content: new Uint8Array([0xff, 0xd8, 0, 0, 1]) },
      { name: 'notes.txt', content: 'just some words\n\nand more' },
      { name: 'bare.eml', content: 'Subject: Hello\r\n\r\nBody' },
    ];
    const { messages, refused } = await readEmlFiles(files, { now });
    expect(refused.map((one) => one.name)).toEqual(['empty.eml', 'photo.eml', 'notes.txt']);
    expect(
      messages.map(({ name, message }) => [name, message.subject, message.from, message.receivedDateTime]),
    ).toEqual([['bare.eml', 'Hello', null, '2026-03-10T09:30:00Z']]);
  });

  it('has mail of a time that is yet to come arrive when it was delivered, else now', async () => {
    const sent = 'Date: Mon, 30 Jun 3609 15:33:50 +0600\r\nSubject: Late\r\n';
    const trace = 'Received: from a by b; Fri, 6 Mar 2026 08:00:00 +0000\r\n';
    const times = async (content: string, arrivedAt = now): Promise<string[]> => {
      const { messages } = await readEmlFiles([{ name: 'late', content }], { now, arrivedAt });
      return messages.flatMap(({ message }) => [message.receivedDateTime, message.sentDateTime]);
    };
    expect(await times(`${sent}\r\nHi`)).toEqual(['2026-03-10T09:30:00Z', '3609-06-30T09:33:50Z']);
    expect(await times(`${trace}${sent}\r\nHi`)).toEqual(['2026-03-06T08:00:00Z', '3609-06-30T09:33:50Z']);
    const archived = new Date('2026-02-01T00:00:00Z');
    expect(await times(`${sent}\r\nHi`, archived)).toEqual(['2026-02-01T00:00:00Z', '3609-06-30T09:33:50Z']);
    const tomorrow = 'Date: Tue, 10 Mar 2026 22:00:00 +0000\r\nSubject: Soon\r\n\r\nHi';
    expect(await times(tomorrow)).toEqual(['2026-03-10T22:00:00Z', '2026-03-10T22:00:00Z']);
  });

  it.each([
    ['', 'latin1', 'Schön'],
    ['Content-Type: text/plain\r\n', 'latin1', 'Schön'],
    ['Content-Type: text/plain;\r\n charset="iso-8859-1"\r\n', 'latin1', 'Schön'],
    ['Content-Type: text/plain; charset=nonsense\r\n', 'latin1', 'Schön'],
    ['Content-Type: text/plain; charset=utf-8\r\n', 'latin1', 'Sch\ufffdn'],
    ['', 'utf8', 'Schön'],
  ] as const)('reads letters that stand in headers and body as they are (%j, %s)', async (type, encoding, body) => {
    const content = Buffer.from(`From: Jörg <j@x.example>\r\nSubject: Grüße\r\n${type}\r\nSchön`, encoding);
    const [one] = (await readEmlFiles([{ name: 'old.eml', content }], { now })).messages;
    expect(one?.message).toMatchObject({ subject: 'Grüße', from: { name: 'Jörg' } });
    expect(one?.message.body.content.trim()).toBe(body);
  });

  it('takes an mbox apart', async () => {
    const one = 'From a@b.c Thu Jan  1 00:00:00 2026\nFrom: A <a@b.c>\nSubject: One\n\n>From here on\n\n';
    const content = one + one.replace('One', 'Two');
    const { messages } = await readEmlFiles([{ name: 'box', content }], { now });
    expect(messages.map(({ name, message }) => [name, message.subject])).toEqual([
      ['box#1', 'One'],
      ['box#2', 'Two'],
    ]);
    expect(messages[0]?.message.body.content.trim()).toBe('From here on');
  });

  it.skipIf(!existsSync(samples))('reads every sample of ../shared/data, where it is at hand', async () => {
    const files = readdirSync(samples).map((name) => ({ name, content: readFileSync(join(samples, name)) }));
    const { messages, refused } = await readEmlFiles(files, { now });
    expect(refused).toEqual([]);
    expect(messages).toHaveLength(files.length);
    const utf8 = messages.find((one) => one.name === 'rfc6532--utf8_headers.eml');
    expect(utf8?.message.from?.address).not.toBe('');
  });
});
