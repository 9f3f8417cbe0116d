import { connectLink } from '../api/schemas.ts';
import { listOf } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import type { Call, Verb } from '../verb.ts';

/** A link by which a user connects an account. */
export const connect: Verb = {
  summary: 'make a link by which a user connects an account, or signs in again',
  usage: '--user <u>',
  options: {
    user: { value: 'u', help: "the user's id in your application" },
    workspace: { value: 'w', help: 'the workspace that the connection belongs to' },
    domains: { value: 'list', help: 'comma-separated; default mail' },
    folders: { value: 'list', help: 'mail folders: all, or ids and well-known names, comma-separated' },
    calendars: {
      value: 'list',
      help: 'calendars: default, all, or Graph ids, comma-separated; choose = the user does after the sign-in',
    },
    'return-url': { value: 'url', help: 'where the user goes afterwards; RETURN_URL_ALLOWLIST must allow it' },
    'login-hint': { value: 'address', help: 'the account that the sign-in page suggests' },
  },
  notes: [
    'The link is good for 15 minutes and one connection. Whoever has it can connect an account: send it to that user alone.',
  ],
  most: 0,
  run: async (call) => {
    const userId = call.text('user');
    if (userId === undefined) throw new UsageError('whose account? Give --user');
    const settings = settingsOf(listOf(call, 'folders'), listOf(call, 'calendars'));
    const optional = {
      workspaceId: call.text('workspace'),
      returnUrl: call.text('return-url'),
      loginHint: call.text('login-hint'),
    };
    const body = {
      userId,
      domains: listOf(call, 'domains') ?? ['mail'],
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
      ...(Object.keys(settings).length === 0 ? {} : { settings }),
    };
    const link = await makeLink(call, body);
    call.output.data(link);
    call.output.say(link.url);
    call.output.note(`Good until ${link.expiresAt}, once.`);
    return 0;
  },
};

type Wish = readonly string[] | undefined;

/** Of the domains, as far as anything was said of them. */
function settingsOf(folders: Wish, calendars: Wish): Record<string, object> {
  const word = (list: readonly string[]): string => list.join();
  const isWord = (list: readonly string[]): boolean => ['all', 'default'].includes(word(list));
  const chosen = (list: readonly string[]): object =>
    word(list) === 'choose' ? { selectCalendars: true } : { calendarIds: isWord(list) ? word(list) : list };
  return {
    ...(folders === undefined ? {} : { mail: { folders: word(folders) === 'all' ? 'all' : folders } }),
    ...(calendars === undefined ? {} : { calendar: chosen(calendars) }),
  };
}

/** The link is stored nowhere: where its answer was lost, and only the stored part of it came, another one is made. */
async function makeLink(call: Call, body: object): Promise<{ readonly url: string; readonly expiresAt: string }> {
  for (;;) {
    const { url, expiresAt } = await call.api().send(connectLink, '/connect-links', { method: 'POST', body });
    if (url !== undefined) return { url, expiresAt };
  }
}
