import { errorText } from './log.ts';
import { startHost } from './host.ts';
import { readOptions, USAGE, type HostOptions } from './options.ts';
import { supervise } from './supervisor.ts';

/** Runs an app as Azure Functions would, on this machine. See `options.ts` for the flags. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const options = parse(args);
  if (options.watch || options.restart) await supervise(options, args);
  else await runHere(options);
}

function parse(args: readonly string[]): HostOptions {
  if (args.includes('--help')) {
    console.log(USAGE);
    process.exit(0);
  }
  try {
    return readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function runHere(options: HostOptions): Promise<void> {
  // What nobody has caught ends the worker; the messages in work stay hidden, as after any crash.
  process.on('uncaughtException', (error) => {
    console.error(`The app has died: ${errorText(error)}`);
    process.exit(1);
  });
  try {
    const host = await startHost(options, {
      environment: process.env,
      write: (text) => process.stdout.write(text),
      die: () => process.exit(1),
    });
    stopOnSignals(() => host.stop());
    console.log(JSON.stringify({ host: { url: host.url } }));
  } catch (error) {
    // Wrong settings list themselves; where in the code that was found helps nobody.
    const isSettings = error instanceof Error && error.name === 'ConfigError';
    console.error(`The host could not start: ${isSettings ? error.message : errorText(error)}`);
    process.exit(1);
  }
}

/** The first signal (or the end of whoever started us) ends gracefully, the second at once. */
function stopOnSignals(stop: () => Promise<void>): void {
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(1);
    asked = true;
    void stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.once('disconnect', onSignal);
}

await main();
