import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importPaths, tellImport } from '../../../infra/local/import/run.ts';
import { startWorld } from '../../support/sync-world.ts';

/** Real messages that other projects collected; they are not ours, and not in the project. */
const SAMPLES = new URL('../../../../shared/data/eml', import.meta.url).pathname;

it.skipIf(!existsSync(SAMPLES))(
  'every sample of ../shared/data, where it is at hand, comes through our API',
  async () => {
    await using world = await startWorld({ messages: 0, folders: 0 });
    const names = readdirSync(SAMPLES).filter((name) => name.endsWith('.eml'));
    const summary = await importPaths(world.microsoft.control, world.upn, [SAMPLES]);
    expect(summary.refused).toEqual([]);
    expect(summary.imported).toBe(names.length);
    expect(summary.folders).toEqual(new Map([['inbox', names.length]]));
    await world.drain();
    expect(await world.differences()).toEqual([]);
    const messages = await world.messages();
    expect(messages).toHaveLength(names.length);
    // What the files are named for has come through.
    const subjects = messages.map(({ subject }) => subject);
    expect(subjects).toContain('Testing outlook');
    expect(subjects.filter((subject) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(subject)).length).toBeGreaterThan(0);
    expect(messages.filter(({ hasAttachments }) => hasAttachments).length).toBeGreaterThan(8);
    expect(messages.filter(({ from }) => from === null).length).toBeLessThan(names.length / 3);
  },
);

const mail = (fields: Record<string, string>, body = 'Hello'): string =>
  [...Object.entries(fields).map(([name, value]) => `${name}: ${value}`), '', body, ''].join('\r\n');

it("a person's export comes through our API with its folders, states and threads, and the summary names the rest", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'import-'));
  try {
    await mkdir(join(folder, 'Work', 'Clients'), { recursive: true });
    const root = '<root@example.com>';
    const date = 'Fri, 02 Jan 2026 03:04:05 +0100';
    await writeFile(
      join(folder, 'Work', 'Clients', 'first.eml'),
      mail({ From: 'Eve <eve@example.com>', To: 'ada@example.com', Subject: 'Offer', Date: date, 'Message-ID': root }),
    );
    const answer = { From: 'ada@example.com', Subject: 'Re: Offer', References: root, 'Message-ID': '<2@example.com>' };
    await writeFile(
      join(folder, 'All.mbox'),
      [
        `From 1@xxx Sat Jan 03 10:00:00 +0000 2026\nX-Gmail-Labels: Sent,Work/Clients,Starred\n${mail(answer)}\n`,
        `From 2@xxx Sun Jan 04 10:00:00 +0000 2026\nX-Gmail-Labels: Inbox,Unread\n${mail({ Subject: 'New', Date: 'nonsense' })}\n`,
        `From 3@xxx Sun Jan 04 10:00:00 +0000 2026\nX-Mozilla-Status: 0008\n${mail({ Subject: 'Expunged' })}\n`,
      ].join(''),
    );
    await writeFile(join(folder, 'contacts.vcf'), 'BEGIN:VCARD');
    await writeFile(join(folder, 'broken.eml'), '');
    await using world = await startWorld({ messages: 0, folders: 0 });
    const summary = await importPaths(world.microsoft.control, world.upn, [folder, join(folder, 'absent')]);
    const told = tellImport(summary).split('\n');
    expect(told[0]).toBe('Imported 3 messages (sentitems 1, inbox 1, Work 1); 4 refused.');
    for (const name of ['contacts.vcf', 'broken.eml', 'All.mbox#3', 'absent'])
      expect(
        told.filter((line) => line.includes(`${name}: `)),
        name,
      ).toHaveLength(1);

    await world.drain();
    expect(await world.differences()).toEqual([]);
    const messages = new Map((await world.messages()).map((one) => [one.subject, one]));
    expect(messages.get('Offer')).toMatchObject({
      from: { address: 'eve@example.com', name: 'Eve' },
      receivedAt: '2026-01-02T02:04:05Z',
      internetMessageId: root,
    });
    expect(messages.get('Re: Offer')).toMatchObject({ categories: ['Work/Clients'], flag: 'flagged', isRead: true });
    expect(messages.get('Re: Offer')?.conversationId).toBe(messages.get('Offer')?.conversationId);
    expect(messages.get('New')).toMatchObject({ isRead: false, receivedAt: '2026-01-04T10:00:00Z' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
