import { setTimeout as pause } from 'node:timers/promises';
import { feedPage, type Change } from '../api/schemas.ts';
import { connectionId } from '../arguments.ts';
import { NONE } from '../terminal/format.ts';
import type { Call, Verb } from '../verb.ts';

const EVERY_MS = 1_000;

/** The change feed as lines. */
export const feed: Verb = {
  summary: 'print the changes of a connection, one a line',
  usage: '<connectionId>',
  options: {
    after: {
      value: 'cursor',
      help: 'go on after this cursor; latest = only what comes from now on; default: the oldest kept',
    },
    domain: { value: 'd', help: 'changes of this domain alone' },
    follow: { help: 'go on as changes come, until ended' },
  },
  notes: [
    'A line: time, domain and number, type, cause, id, changed fields. With --json a line is the whole change; values of fields are in it.',
    'At the end the cursor to go on with is told, as {"nextCursor"} with --json.',
  ],
  most: 1,
  run: async (call) => {
    const id = connectionId(call);
    let cursor = call.text('after');
    for (;;) {
      const page = await call.api().get(feedPage, pathOf(id, call, cursor));
      for (const change of page.items) {
        call.output.data(change);
        call.output.say(describe(change));
      }
      cursor = page.nextCursor;
      if (page.items.length > 0) continue;
      if (!call.flag('follow')) break;
      await pause(EVERY_MS);
    }
    call.output.data({ nextCursor: cursor });
    call.output.note(`To go on: --after ${cursor}`);
    return 0;
  },
};

function pathOf(id: string, call: Call, after: string | undefined): string {
  const domain = call.text('domain');
  const query = new URLSearchParams({
    limit: '200',
    ...(after === undefined ? {} : { after }),
    ...(domain === undefined ? {} : { domain }),
  });
  return `/connections/${id}/changes?${query.toString()}`;
}

/** One change in one line; names of fields, never their values. */
export function describe(change: Change): string {
  const reason = typeof change['reason'] === 'string' ? [`reason=${change['reason']}`] : [];
  const counts = change['counts'] === undefined ? [] : [`counts=${JSON.stringify(change['counts'])}`];
  // Of what is new every field is: naming them all says nothing.
  const isNew = change.type.endsWith('.created');
  const changed = isNew || change.changed.length === 0 ? [] : [change.changed.join(',')];
  const what = [...changed, ...reason, ...counts].join(' ');
  return [change.at, `${change.domain}#${change.seq}`, change.type, change.cause, change.id ?? NONE, what]
    .join('  ')
    .trimEnd();
}
