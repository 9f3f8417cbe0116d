import { errorText, type Log, type LogLevel } from '../log.ts';
import type { Worker } from './worker.ts';
import type {
  CoreInvocationContext,
  InvocationModel,
  InvocationRequest,
  InvocationResponse,
  RegisteredFunction,
} from './types.ts';

/** Runs one function once, with its hooks, in the order of the real worker. Throws what the function (or a hook) threw. */
export async function invoke(
  worker: Worker,
  { metadata, callback }: RegisteredFunction,
  request: InvocationRequest,
  log: Log,
): Promise<InvocationResponse> {
  const core = coreContext(worker, { metadata, callback }, request, log);
  const model: InvocationModel | undefined = worker.registry.model?.getInvocationModel(core.context);
  if (model === undefined) throw new Error('The app has not set a programming model');
  const { context, inputs } = await model.getArguments();
  core.setUserContext(context);

  const hookData = {};
  const before = { hookData, invocationContext: context, functionCallback: callback, inputs };
  core.context.state = 'preInvocationHooks';
  await worker.runHooks('preInvocation', before);

  core.context.state = 'invocation';
  const outcome: { result: unknown; error: unknown } = { result: null, error: null };
  try {
    outcome.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    outcome.error = error;
  }

  const after = { hookData, invocationContext: context, inputs: before.inputs, ...outcome };
  core.context.state = 'postInvocationHooks';
  await worker.runHooks('postInvocation', after);
  if (after.error !== null && after.error !== undefined) throw toError(after.error);
  return model.getResponse(context, after.result);
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

interface Core {
  readonly context: CoreInvocationContext;
  setUserContext(context: unknown): void;
}

function coreContext(worker: Worker, { metadata }: RegisteredFunction, request: InvocationRequest, log: Log): Core {
  let invocationContext: unknown;
  const context: CoreInvocationContext = {
    invocationId: request.invocationId,
    metadata,
    request,
    state: undefined,
    log: (level, category, message) => {
      const line = runLogHooks(worker, { level, message, category, invocationContext }, log);
      const suffix = category === 'user' ? '.User' : '';
      log({ ...line, category: `Function.${metadata.name}${suffix}`, invocationId: request.invocationId });
    },
  };
  return { context, setUserContext: (value) => (invocationContext = value) };
}

interface HookLine {
  level: LogLevel;
  message: string;
  readonly category: string;
  readonly invocationContext: unknown;
}

/** `log` hooks see every line and may change those of the user; they are not awaited. */
function runLogHooks(worker: Worker, line: HookLine, log: Log): { level: LogLevel; message: string } {
  const { level, message } = line;
  const context = { hookData: {}, appHookData: worker.registry.appHookData, ...line };
  for (const hook of worker.registry.hooks('log')) {
    try {
      hook(context);
    } catch (error) {
      log({ level: 'error', category: 'Worker', message: `A log hook failed: ${errorText(error)}` });
    }
  }
  return line.category === 'user' ? { level: context.level, message: context.message } : { level, message };
}
