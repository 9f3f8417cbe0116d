/**
 * The program of the Azurite child process: the published command line, plus one habit of its own: it ends when the
 * process that started it is gone, however that one ended, so that no test run leaves a server behind.
 */
import { createRequire } from 'node:module';

const GRACE_MS = 3_000;

createRequire(import.meta.url)('azurite/dist/src/azurite.js');

process.once('disconnect', () => {
  // Azurite's own handler writes what it holds to disk; a client that keeps its connection must not keep us.
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(0), GRACE_MS).unref();
});
// The channel is there to tell of the parent's end, not to keep a finished server running.
process.channel?.unref();
