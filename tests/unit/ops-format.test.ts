import { describe, expect, it } from 'vitest';
import { run } from '../../infra/ops/cli.ts';
import { describe as describeChange } from '../../infra/ops/verbs/feed.ts';
import { clean, count, counted, duration, fromNow, plain } from '../../infra/ops/terminal/format.ts';
import { openOutput } from '../../infra/ops/terminal/output.ts';
import { bar, line, share } from '../../infra/ops/terminal/progress.ts';
import { table } from '../../infra/ops/terminal/table.ts';
import { Writable } from 'node:stream';

class Paper extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 60;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(part: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += part.toString();
    done();
  }
}

describe('text for a terminal', () => {
  it('shows lengths of time in their two greatest units', () => {
    expect([0, 0.4, 59, 60, 3_661, 90_000, 259_200].map(duration)).toEqual([
      ...['0 s', '0 s', '59 s', '1 min', '1 h 1 min', '1 d 1 h', '3 d'],
    ]);
  });

  it('shows instants as seen from now, and what is none as it is', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    expect(fromNow('2026-01-01T00:05:00Z', now)).toBe('in 5 min');
    expect(fromNow('2025-12-31T23:59:48Z', now)).toBe('12 s ago');
    expect([fromNow('2026-01-01T00:00:00.4Z', now), fromNow(null, now), fromNow('soon', now)]).toEqual([
      'now',
      '-',
      'soon',
    ]);
  });

  it('lets no text from outside drive the terminal', () => {
    expect(plain('a\u001b[2Jb\r\nc\u202ed\u0007')).toBe('a [2Jb  c d ');
    expect(clean('one\ntwo\u009b')).toBe('one\ntwo ');
    const out = new Paper();
    openOutput({ out, err: new Paper(), json: false }).say('c\u001b[2J');
    expect(out.text).toBe('c [2J\n');
  });

  it('sets columns by letters, cuts what is too long, and ends no line in spaces', () => {
    const text = table(
      ['NAME', 'X'],
      [
        ['👩‍👩‍👧', 'é'],
        ['', ''],
        ['y'.repeat(80), 'z'],
      ],
    );
    const lines = text.split('\n');
    expect(lines[2]?.startsWith('-')).toBe(true);
    expect(lines[3]).toBe(`${'y'.repeat(59)}…  z`);
    expect(lines[1]).toBe(`👩‍👩‍👧${' '.repeat(61)}é`);
    expect(lines.every((row) => row === row.trimEnd())).toBe(true);
  });

  it('counts', () => {
    expect([count(1_234_567), counted(1, 'stream'), counted(0, 'stream')]).toEqual([
      '1,234,567',
      '1 stream',
      '0 streams',
    ]);
  });
});

describe('progress', () => {
  it('is a bar with speed and time left, or a line', () => {
    const progress = { label: 'mail', done: 500, total: 2_000, note: '1 of 4 streams done' };
    expect(bar(progress, 100)).toBe(
      `mail [${'#'.repeat(7)}${'.'.repeat(21)}]  25%  500 of 2,000, 1 of 4 streams done, 100/s, 15 s left`,
    );
    expect(line(progress)).toBe('mail: 500 of 2,000, 1 of 4 streams done (25%)');
    expect(line({ label: 'mail', done: 5, total: null })).toBe('mail: 5');
    expect(bar({ label: 'mail', done: 5, total: null }, null)).toContain('?%');
  });

  it('stays between nothing and all, whatever is counted', () => {
    expect([share({ done: 5, total: 0 }), share({ done: 9, total: 3 }), share({ done: -1, total: 3 })]).toEqual([
      1, 1, 0,
    ]);
  });

  it('writes bars to a terminal only, elsewhere a line where it changed, and nothing under --json', () => {
    const [plainErr, tty, quiet] = [new Paper(), new Paper(true), new Paper(true)];
    for (const err of [plainErr, tty, quiet]) {
      const output = openOutput({ out: new Paper(), err, json: err === quiet });
      for (const done of [1, 1, 2]) output.progress({ label: 'mail', done, total: 4 });
      output.busy('waiting');
      output.settle();
    }
    expect(plainErr.text).toBe('mail: 1 of 4 (25%)\nmail: 2 of 4 (50%)\n');
    expect(tty.text.split('\r').length).toBe(5);
    expect(tty.text).not.toContain('\n');
    expect(quiet.text).toBe('');
  });
});

describe('the command line', () => {
  const ops = async (...args: string[]) => {
    const [out, err] = [new Paper(), new Paper()];
    return { code: await run(args, { out, err, environment: {} }), out: out.text, err: err.text };
  };

  it('lists its verbs, and each has a help of its own', async () => {
    const { code, out } = await ops('--help');
    expect(code).toBe(0);
    const records = ['feed', 'endpoints', 'deliveries', 'audit'];
    const verbs = ['status', 'doctor', 'connect', 'sync', 'backfill', ...records, 'requeue', 'erase'];
    expect([...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name)).toEqual(verbs);
    for (const verb of verbs) expect(await ops(verb, '--help')).toMatchObject({ code: 0, err: '' });
  });

  it('refuses what cannot be meant with 2, before anything is asked', async () => {
    const wrong = [
      [],
      ['archive'],
      ['constructor'],
      ['status', '--bogus'],
      ['status', 'a', 'b'],
      ['sync'],
      ['sync', 'a', '--all'],
      ['sync', '--all', '--approve-deletes'],
      ['sync', 'a', '--wait', '--timeout', 'long'],
      ['sync', 'a/b', '--key', 'k'],
      ['sync', 'a', '--domains', ',', '--key', 'k'],
      ['backfill'],
      ['erase', 'a'],
      ['erase', '--yes'],
      ['connect'],
      ['requeue', 'nothing'],
      ['status', '--key', 'k', '--api', 'http://example.com/api'],
      ['status', '--key', 'k', '--api', 'not an address'],
    ];
    for (const args of wrong) expect({ args, code: (await ops(...args)).code }).toEqual({ args, code: 2 });
  });
});

describe('a change in a line', () => {
  const change = { seq: 7, domain: 'mail', id: 'm-1', cause: 'push', at: '2026-01-01T00:00:00Z' };

  it('names fields and never their values', () => {
    const updated = {
      ...change,
      type: 'message.updated',
      changed: ['subject', 'isRead'],
      after: { subject: 'Secret' },
    };
    expect(describeChange(updated)).toBe('2026-01-01T00:00:00Z  mail#7  message.updated  push  m-1  subject,isRead');
    expect(describeChange({ ...change, type: 'message.created', changed: ['subject'] })).not.toContain('subject');
    expect(describeChange({ ...change, type: 'message.deleted', changed: [], reason: 'gone' })).toContain(
      'reason=gone',
    );
  });
});
