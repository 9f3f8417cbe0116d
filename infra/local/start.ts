/** Everything on this machine: `npm start`. Runs until ended, with mail arriving. */
import { z } from 'zod';
import { existsSync } from 'node:fs';
import { watchApp } from '../build.ts';
import { ApiClient, call } from './demo/client.ts';
import { connectAccount } from './demo/connect.ts';
import { consoleLine } from './demo/console-line.ts';
import { awaitSync } from './demo/first-sync.ts';
import { readFlags } from './demo/flags.ts';
import { createMailbox } from './demo/mailbox.ts';
import { claimFolder } from './demo/only-one.ts';
import { importPaths, tellImport } from './import/run.ts';
import { LOCAL_API_KEY, LOCAL_RETURN_URLS, startStack, type Stack } from './stack.ts';

const UPN = 'ada@demo.example';
const COLLEAGUE = 'charles.babbage@demo.example';
const SAMPLES = ['eml', 'vcf']
  .map((kind) => new URL(`../../../shared/data/${kind}`, import.meta.url).pathname)
  .filter((folder) => existsSync(folder));
const LOCATION = new URL('../../.local', import.meta.url).pathname;
const MAIL_EVERY_MS = 30_000;
const CONTENTS = { contacts: 120, events: 90, colleague: COLLEAGUE };

const flags = readFlags(process.argv.slice(2));
const closers: (() => Promise<unknown>)[] = [];
const ending: { stop: Promise<void> | null } = { stop: null };

/** Ends what runs, the last first. A second Ctrl+C does not wait for it. */
function stop(code: number): void {
  if (ending.stop !== null) process.exit(1);
  console.log('\nStopping ...');
  const end = async (): Promise<void> => {
    for (const close of closers.toReversed()) await close();
  };
  ending.stop = end().finally(() => process.exit(code));
}

function onLog(line: string): void {
  const told = flags.verbose ? line : consoleLine(line);
  if (told !== null) console.log(told);
}

async function main(): Promise<void> {
  const isAgain = existsSync(`${LOCATION}/vault.json`);
  const claim = await claimFolder(LOCATION);
  closers.push(() => claim.release());
  if (flags.watch) {
    const building = await watchApp();
    closers.push(() => building.close());
  }
  const stack = await startStack({
    location: LOCATION,
    port: flags.port,
    microsoftPort: flags.port + 1,
    vaultPort: flags.port + 2,
    watch: flags.watch,
    settings: { RETURN_URL_ALLOWLIST: [...LOCAL_RETURN_URLS, ...flags['return-url']].join(',') },
    onLog,
  });
  closers.push(() => stack.close());
  if (isAgain)
    console.log(
      'Going on with the state in .local/; the local Microsoft 365 begins anew, so mail made before is gone.',
    );

  const since = new Date();
  const user = await createMailbox(stack.control, { name: UPN, messages: flags.messages, ...CONTENTS });
  if (flags.import.length > 0) await importOwn(stack);
  else if (SAMPLES.length > 0) await importPaths(stack.control, UPN, SAMPLES);
  const api = new ApiClient(stack.api);
  const account = { userId: 'ada', username: UPN, password: user.password, folders: 'all', calendars: 'all' } as const;
  const id = await connectAccount(api, { ...account, domains: ['mail', 'contacts', 'calendar'] });
  await awaitSync(api, id, since);
  tell(stack, id, user.password);
  setInterval(() => void sendOne(stack), MAIL_EVERY_MS);
}

/** A person's own exports: a large one takes its time, so it says how far it is. */
async function importOwn(stack: Stack): Promise<void> {
  let told = 0;
  const onProgress = (imported: number): void => {
    if (imported - told < 1_000) return;
    told = imported;
    console.log(`Importing ... ${imported} so far`);
  };
  const summary = await importPaths(stack.control, UPN, flags.import, onProgress);
  console.log(tellImport(summary));
  if (summary.events > 0) console.log('Of events the app sees those from 30 days ago to a year ahead.');
}

function tell(stack: Stack, id: string, password: string): void {
  const taken = stack.host.endsWith(`:${flags.port}`) ? '' : `\nPort ${flags.port} is taken: free ones were used.`;
  console.log(`${taken}
Running. ${UPN} (password "${password}") is connected as ${id}.

  API              ${stack.api}               key: ${LOCAL_API_KEY}
  API reference    ${stack.api}/docs
  Control page     ${stack.control}/          send a mail, move it, read it; make an event; another mailbox
  Sign-in          ${stack.authority}

To go on in another terminal:

  API=${stack.api} ID=${id} KEY='Authorization: Bearer ${LOCAL_API_KEY}'
  curl -s "$API/connections/$ID/messages?limit=5" -H "$KEY"
  curl -s "$API/connections/$ID/contacts?q=ma&limit=5" -H "$KEY"
  curl -s "$API/connections/$ID/events?from=$(date -u +%FT%TZ)&limit=5" -H "$KEY"
  curl -s "$API/connections/$ID/changes" -H "$KEY"

  export OUTLOOK_SYNC_API=${stack.api} OUTLOOK_SYNC_API_KEY=${LOCAL_API_KEY}
  npm run ops -- status
  npm run ops -- feed ${id} --follow

A mail arrives every ${MAIL_EVERY_MS / 1000} s. Ctrl+C ends everything.
`);
}

async function sendOne(stack: Stack): Promise<void> {
  try {
    await call(z.unknown(), `${stack.control}/users/${UPN}/messages`, { method: 'POST', body: { count: 1 } });
  } catch (error) {
    if (ending.stop === null) console.error('No mail was sent:', error instanceof Error ? error.message : error);
  }
}

process.on('SIGINT', () => {
  stop(0);
});
process.on('SIGTERM', () => {
  stop(0);
});
try {
  await main();
} catch (error) {
  if (ending.stop === null) {
    console.error(`\nIt could not start: ${error instanceof Error ? error.message : String(error)}`);
    stop(1);
  }
}
