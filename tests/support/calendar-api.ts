import { z } from 'zod';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { runPushJob } from '../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { apiContract, readApiDocument } from './api-contract.ts';
import { openApiWorld, USER, type Answer, type ApiWorld, type CallOptions } from './api-world.ts';

const DAY_MS = 86_400_000;
const identified = z.object({ id: z.string() });

/** An API world with one connection that syncs calendars, and what a test asks of it. */
export interface CalendarApi extends ApiWorld {
  readonly id: string;
  /** Where the browser was sent to when it had signed in. */
  readonly landed: URL;
  /** Below the connection; answers are held to the OpenAPI document. */
  on(method: string, path: string, options?: CallOptions): Promise<Answer>;
  items(path: string): Promise<Record<string, unknown>[]>;
  sync(): Promise<void>;
  push(): Promise<void>;
  /** The local Microsoft 365: `/users`, `/faults`, `/settings` ... */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Below the user, in Outlook. */
  outlook(method: string, path: string, body?: unknown): Promise<unknown>;
  /** An event that somebody makes in Outlook; its Graph id. */
  arrive(event: Record<string, unknown>): Promise<string>;
  /** `2026-03-02T09:00:00`: so many days from today, at this time. */
  day(days: number, time?: string): string;
}

/** Opens one; `settings` are those of the connection's calendars, `environment` are further settings of the app. */
export async function openCalendarApi(
  settings: Record<string, unknown> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<CalendarApi> {
  const world = await openApiWorld(environment);
  const body = {
    ...{ userId: 'u', workspaceId: 'ws-2', domains: ['calendar'], settings: { calendar: settings } },
    returnUrl: 'https://app.example.com/connected',
  };
  const linked = await world.call('POST', '/connect-links', { body });
  const back = await world.follow(String(linked.body['url']));
  const landed = new URL(back.headers.get('location') ?? '');
  const id = landed.searchParams.get('connectionId') ?? '';
  const faultsOf = apiContract(readApiDocument(describeApi(world.app)));
  const on = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const at = `/connections/${id}${path}`;
    const answer = await world.call(method, at, options);
    const contentType = answer.headers.get('content-type') ?? '';
    const seen = { method, path: `/api${at.split('?')[0] ?? ''}`, status: answer.status, contentType };
    const faults = faultsOf({ ...seen, json: answer.body });
    if (faults.length > 0) throw new Error(`${method} ${path} is not as described: ${faults.join('; ')}`);
    return answer;
  };
  const control = async (method: string, path: string, sent?: unknown): Promise<unknown> => {
    const url = `${world.microsoft.control}${path}`;
    const response = await fetch(url, { method, ...(sent === undefined ? {} : { body: JSON.stringify(sent) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  const outlook = (method: string, path: string, sent?: unknown): Promise<unknown> =>
    control(method, `/users/${USER.username}${path}`, sent);
  const job = { connectionId: id, domain: 'calendar', due: null };
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return {
    ...world,
    ...{ id, landed, on, control, outlook },
    items: async (path) => {
      const { status, body: read, text } = await on('GET', path);
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
      return z.array(z.record(z.string(), z.unknown())).parse(read['items']);
    },
    sync: () => runSyncJob({ ...job, why: 'manual' }, world.app),
    push: () => runPushJob(job, world.app),
    arrive: async (event) => z.array(identified).parse(await outlook('POST', '/events', event))[0]?.id ?? '',
    day: (days, time = '09:00:00') => `${new Date(today + days * DAY_MS).toISOString().slice(0, 10)}T${time}`,
  };
}
