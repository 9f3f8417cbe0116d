/** Everything on this machine: `npm start`. Runs until ended, with mail arriving. */
import { z } from 'zod';
import { parseArgs } from 'node:util';
import { watchApp } from '../build.ts';
import { ApiClient, call } from './demo/client.ts';
import { connectAccount } from './demo/connect.ts';
import { createMailbox, importFolder } from './demo/mailbox.ts';
import { until } from './demo/wait.ts';
import { LOCAL_API_KEY, startStack } from './stack.ts';

const { values: flags } = parseArgs({
  options: {
    watch: { type: 'boolean', default: false },
    port: { type: 'string', default: '7071' },
    messages: { type: 'string', default: '500' },
    verbose: { type: 'boolean', default: false },
  },
});

const UPN = 'ada@demo.example';
const SAMPLES = new URL('../../../shared/data/eml', import.meta.url).pathname;
const MAIL_EVERY_MS = 30_000;

const building = flags.watch ? await watchApp() : null;
const stack = await startStack({
  location: new URL('../../.local', import.meta.url).pathname,
  port: Number(flags.port),
  microsoftPort: Number(flags.port) + 1,
  vaultPort: Number(flags.port) + 2,
  watch: flags.watch,
  onLog: (line) => {
    if (flags.verbose || isTelling(line)) console.log(line);
  },
});
/** What a person at the terminal wants to see: what the app says, and what went wrong. Each call stands in --verbose. */
function isTelling(line: string): boolean {
  return /\{"event\.name"|\b(warning|error|critical)\b/.test(line);
}
let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  console.log('\nStopping ...');
  void Promise.all([stack.close(), building?.close()]).then(() => process.exit(0));
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);

const user = await createMailbox(stack.control, { name: UPN, messages: Number(flags.messages) });
await importFolder(stack.control, UPN, SAMPLES);
const api = new ApiClient(stack.api);
const id = await connectAccount(api, { userId: 'ada', username: UPN, password: user.password, folders: 'all' });
const state = z.object({ domains: z.object({ mail: z.object({ status: z.string() }) }) });
await until(
  'the first sync',
  async () => (await api.request(state, `/connections/${id}`)).domains.mail.status === 'ok',
  120_000,
  250,
);

console.log(`
Running. ${UPN} (password "${user.password}") is connected as ${id}.

  API              ${stack.api}
  API reference    ${stack.api}/docs
  Control page     ${stack.control}/          send a mail, move it, read it
  Sign-in          ${stack.authority}

  curl -H 'Authorization: Bearer ${LOCAL_API_KEY}' ${stack.api}/connections/${id}/messages?limit=5
  curl -H 'Authorization: Bearer ${LOCAL_API_KEY}' '${stack.api}/connections/${id}/changes'

A mail arrives every ${MAIL_EVERY_MS / 1000} s. Ctrl+C ends everything.
`);

setInterval(() => {
  call(z.unknown(), `${stack.control}/users/${UPN}/messages`, { method: 'POST', body: { count: 1 } }).catch(
    (error: unknown) => {
      console.error('no mail was sent:', error);
    },
  );
}, MAIL_EVERY_MS);
