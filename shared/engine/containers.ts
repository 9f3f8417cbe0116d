import type { ItemAnswer } from './ports.ts';
import { isPassing, throwIfThrottled } from './read-many.ts';
import type { Plans, Run } from './run.ts';

/** Whether a container can be read; `unknown` = not now. */
type Readable = 'yes' | 'no' | 'unknown';

/** Whether the containers of streams can be read. */
export type ReadableOf = (streams: readonly string[]) => Promise<ReadonlyMap<string, Readable>>;

/** Tells which containers can be read: within one that cannot, a 404 proves nothing (P7). Each is asked for once, when needed. */
export function readableContainers(run: Run, plans: Plans): ReadableOf {
  const known = new Map<string, Readable>();
  return async (streams) => {
    const asked = [...new Set(streams)].filter((stream) => !known.has(stream));
    const paths = new Map(asked.map((stream) => [stream, plans.get(stream)?.containerPath ?? null]));
    const named = [...paths].flatMap(([stream, path]) => (path === null ? [] : [{ stream, path }]));
    const answers = named.length === 0 ? [] : await run.source.getMany(named.map(({ path }) => path));
    throwIfThrottled(answers);
    for (const [stream, path] of paths) if (path === null) known.set(stream, plans.has(stream) ? 'yes' : 'no');
    for (const [index, { stream }] of named.entries()) known.set(stream, readable(answers[index]));
    return known;
  };
}

/** Whether a container can be read now. */
export async function isReadable({ source }: Run, path: string): Promise<boolean> {
  const [answer] = await source.getMany([path]);
  throwIfThrottled(answer === undefined ? [] : [answer]);
  return readable(answer) === 'yes';
}

function readable(answer: ItemAnswer | undefined): Readable {
  if (answer === undefined || isPassing(answer)) return 'unknown';
  return answer.outcome === 'found' ? 'yes' : 'no';
}
