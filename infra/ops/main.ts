/** The operator's command line: `npm run ops -- <verb> [arguments]`. It talks to the API, and for `requeue` to the queues. */
import { run } from './cli.ts';

// Whoever reads our output may stop reading (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.once('SIGINT', () => {
  process.stderr.write('\nStopped here. What the service was asked to do goes on.\n');
  process.exit(130);
});

process.exitCode = await run(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  environment: process.env,
});
