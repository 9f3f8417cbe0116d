import { UsageError } from '../errors.ts';
import { moveBack, openQueues, peek } from '../queues/poison.ts';
import { describeMessage } from '../queues/messages.ts';
import { atRoot, readSettings } from '../settings.ts';
import { count, counted } from '../terminal/format.ts';
import type { Call, Verb } from '../verb.ts';

const QUEUES: readonly string[] = ['sync-jobs', 'owa-jobs', 'push-jobs', 'deliveries', 'dispatch'];

/** Messages that failed as often as they may, given another chance. */
export const requeue: Verb = {
  summary: 'move messages of a poison queue back, once what broke them is mended',
  usage: '<queue>',
  options: {
    'dry-run': { help: 'only say what there is' },
    settings: {
      value: 'file',
      help: 'where AzureWebJobsStorage stands if not in the environment; default local.settings.json',
    },
  },
  notes: [
    `Queues: ${QUEUES.join(', ')}. It talks to the storage account, not to the API.`,
    'Messages are shown by what they name, never whole. A running host takes poison messages off by itself, notes each on its connection,',
    'and brings the work back from its due row: what is left here is what it could not note.',
  ],
  most: 1,
  run: async (call) => {
    const name = queueOf(call);
    const settings = await readSettings(call.text('settings') ?? atRoot('local.settings.json'));
    const service = await openQueues(call.environment, settings);
    return call.flag('dry-run')
      ? look(call, name, await peek(service, name))
      : move(call, name, await moveBack(service, name, report(call)));
  },
};

function queueOf(call: Call): string {
  const name = call.args[0]?.replace(/-poison$/, '');
  if (name !== undefined && QUEUES.includes(name)) return name;
  throw new UsageError(`which queue? One of ${QUEUES.join(', ')}`);
}

const report =
  (call: Call) =>
  (text: string, done: number, total: number): void => {
    call.output.say(describeMessage(text));
    call.output.progress({ label: 'moved', done, total });
  };

function look(call: Call, name: string, found: { readonly total: number; readonly texts: readonly string[] }): 0 {
  const messages = found.texts.map(describeMessage);
  call.output.data({ queue: name, total: found.total, messages });
  for (const message of messages) call.output.say(message);
  const more = found.total - messages.length;
  call.output.say(
    `${name}-poison holds ${counted(found.total, 'message')}${more > 0 ? ` (${count(more)} not shown)` : ''}`,
  );
  return 0;
}

function move(call: Call, name: string, moved: number): 0 {
  call.output.data({ queue: name, moved });
  call.output.say(moved === 0 ? `${name}-poison is empty` : `${counted(moved, 'message')} moved back to ${name}`);
  return 0;
}
