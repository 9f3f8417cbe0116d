import type { InvocationContext } from '@azure/functions';
import { jsonLog, type Log } from '../shared/lib/log.ts';

/** Lines of one invocation: the host tags them with its id, so that the portal shows them beside the run. */
export const contextLog = (context: InvocationContext): Log =>
  jsonLog((level, line) => {
    context[level](line);
  });
