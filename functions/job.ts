import type { InvocationContext } from '@azure/functions';
import type { App } from '../shared/app.ts';
import { loggingInto } from '../shared/lib/log.ts';
import { contextLog } from './context-log.ts';

/**
 * A handler of a timer or a queue. What it runs is loaded at its first call, so that a cold worker which has a webhook to
 * answer loads nothing of it. A throw fails the invocation: the queue brings the message again, the timer comes again.
 */
export function job<T>(
  load: () => Promise<(app: App, input: T) => Promise<void>>,
): (input: T, context: InvocationContext) => Promise<void> {
  return (input, context) =>
    loggingInto(contextLog(context), async () => {
      const [run, { getApp }] = await Promise.all([load(), import('../shared/app.ts')]);
      await run(await getApp(), input);
    });
}
