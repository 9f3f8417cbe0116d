import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRandom } from '../../../infra/local/graph/random.ts';
import type { Random } from '../../../infra/local/graph/random.ts';
import { Lab, text, UPN } from './support.ts';
import type { Item } from './support.ts';

const FOLDERS = ['inbox', 'archive', 'deleteditems'] as const;
const truth = z.object({
  folders: z.array(z.object({ id: z.string(), wellKnownName: z.string().nullable() })),
  messages: z.array(z.object({ id: z.string(), parentFolderId: z.string(), isRead: z.boolean(), subject: z.string() })),
});

/** The simplest client: one chain per folder, merging what comes and dropping what is removed. */
class Chain {
  readonly held = new Map<string, Item>();
  private link: string;
  private readonly lab: Lab;
  private readonly prefer: string;

  constructor(lab: Lab, folder: string, prefer: string) {
    this.lab = lab;
    this.link = `/me/mailFolders/${folder}/messages/delta`;
    this.prefer = prefer;
  }

  /** One page; true when the round is complete. */
  async page(): Promise<boolean> {
    const answer = await this.lab.get(this.link, { prefer: this.prefer });
    for (const item of answer.value) {
      const id = text(item, 'id');
      if ('@removed' in item) this.held.delete(id);
      else this.held.set(id, { ...this.held.get(id), ...item });
    }
    const next = answer.link('nextLink');
    this.link = next ?? answer.link('deltaLink') ?? this.link;
    return next === undefined;
  }

  summary(): string[] {
    return [...this.held.values()].map((item) => `${text(item, 'subject')} ${String(item['isRead'])}`).sort();
  }
}

async function act(lab: Lab, random: Random, ids: string[]): Promise<void> {
  const id = ids[random.int(ids.length)] ?? '';
  const kind = random.int(10);
  if (kind < 2 || ids.length < 5) {
    ids.push(await lab.add({ subject: `s${random.int(1_000_000)}`, folder: random.pick(FOLDERS) }));
  } else if (kind < 5) await lab.change(id, { isRead: random.int(2) === 0 });
  else if (kind < 9) await lab.move(id, random.pick(FOLDERS));
  else {
    ids.splice(ids.indexOf(id), 1);
    await lab.control('DELETE', `/users/${UPN}/messages/${id}?permanent=true`);
  }
}

describe('a client that does no more than follow its links', () => {
  it.each([
    ['default ids', 'odata.maxpagesize=4', 1],
    ['default ids', 'odata.maxpagesize=3', 2],
    ['immutable ids, without the known issue', 'odata.maxpagesize=4, IdType="ImmutableId"', 3],
    ['immutable ids, without the known issue', 'odata.maxpagesize=3, IdType="ImmutableId"', 4],
  ])('ends with what is in the mailbox: %s (%s, seed %i)', async (_what, prefer, seed) => {
    const lab = await Lab.start();
    await lab.settings({ mutableMoveLoss: false, thinUpdates: true, throttle: { per10min: null } });
    const random = createRandom(seed);
    const ids: string[] = [];
    const chains = FOLDERS.map((folder) => ({ folder, chain: new Chain(lab, folder, prefer) }));
    for (let step = 0; step < 250; step += 1) {
      await act(lab, random, ids);
      if (random.int(3) === 0) await chains[random.int(chains.length)]?.chain.page();
    }
    for (const { chain } of chains) while (!(await chain.page()));
    const { folders, messages } = truth.parse((await lab.control('GET', `/users/${UPN}/snapshot`)).json);
    for (const { folder, chain } of chains) {
      const folderId = folders.find((candidate) => candidate.wellKnownName === folder)?.id;
      const there = messages.filter((message) => message.parentFolderId === folderId);
      expect(chain.summary()).toEqual(there.map((message) => `${message.subject} ${String(message.isRead)}`).sort());
    }
    await lab.server.close();
  });
});
