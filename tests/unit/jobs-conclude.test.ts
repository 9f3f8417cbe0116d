import { describe, expect, it } from 'vitest';
import { openApp } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { newCursor } from '../../shared/engine/cursor-moves.ts';
import { newHead } from '../../shared/engine/head.ts';
import type { Cursor } from '../../shared/engine/model.ts';
import { concludeRun } from '../../shared/jobs/conclude.ts';
import { newConnection, TestClock } from '../support/job-world.ts';

const HOUR_MS = 3_600_000;
const clock = new TestClock();
const app = openApp(
  loadConfig({
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    MICROSOFT_CLIENT_ID: '11111111-2222-4333-8444-555555555555',
    MICROSOFT_CLIENT_SECRET: 'secret',
    KEY_VAULT_URL: 'http://127.0.0.1:1',
    PUBLIC_BASE_URL: 'https://sync.example',
    API_KEYS: JSON.stringify([{ name: 'admin', sha256: 'a'.repeat(64), scopes: ['admin'] }]),
    SAFETY_POLL_MINUTES: '10080',
  }),
  { clock },
);

/** A stream that was polled so many hours ago. */
const polled = (hours: number, more: Partial<Cursor> = {}): Cursor => ({
  ...newCursor({
    ...{ id: 's', kind: 'event', label: 'Calendar', root: false, first: { path: '/me/calendars' } },
    ...{ expected: null, idsPath: null, containerPath: null },
  }),
  ...{ midRound: false, baselined: true },
  lastPolledAt: new Date(clock.now().getTime() - hours * HOUR_MS).toISOString(),
  ...more,
});

/** How long a domain that trusts its notifications waits for its next poll, in hours. */
function waits(domain: string, cursors: readonly Cursor[]): number {
  const { status } = concludeRun(app, {
    ...{ trusted: true, status: newHead().status, cursors, connection: newConnection('c1'), domain },
    pollAtLeastEveryMs: app.domains[domain]?.domain.pollAtLeastEveryMs,
    result: { result: 'done', found: { changes: 0, earliest: new Map(), streams: false }, lookAgainAt: null },
  });
  return (Date.parse(status.nextDueAt ?? '') - clock.now().getTime()) / HOUR_MS;
}

describe('the next poll of a domain that trusts its notifications, with the rarest safety polls', () => {
  it('P18: comes within a day where windows roll by it', () => {
    expect(waits('calendar', [polled(0)])).toBe(24);
    expect(waits('mail', [polled(0)])).toBe(168);
  });

  it('P18: is not put off by runs that have polled other streams', () => {
    expect(waits('calendar', [polled(0), polled(20)])).toBe(4);
    expect(waits('calendar', [polled(0), polled(30)])).toBe(0);
  });

  it('waits for a failing stream until its next try, and for one that is being dropped not at all', () => {
    const notBefore = new Date(clock.now().getTime() + HOUR_MS).toISOString();
    expect(waits('calendar', [polled(0), polled(30, { notBefore })])).toBe(1);
    expect(waits('calendar', [polled(0), polled(30, { baselined: false })])).toBe(24);
  });
});
