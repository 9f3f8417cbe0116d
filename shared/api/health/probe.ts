import { hash } from '../../lib/hash.ts';
import { codeOf } from '../../errors.ts';
import type { ApiPorts } from '../ports.ts';

/** How a part that this service stands on answered. */
export interface Probe {
  readonly status: 'ok' | 'failed';
  readonly latencyMs: number;
  readonly checkedAt: string;
  /** The code of the failure; null when there was none. */
  readonly error: string | null;
}

/** A probe that takes longer has failed. */
const PATIENCE_MS = 5_000;

/** Asks each part something small; one that fails or hangs delays and hides no other. */
export async function probeAll(
  ports: Pick<ApiPorts, 'connections' | 'queues' | 'secrets' | 'config' | 'clock'>,
): Promise<Record<string, Probe>> {
  const vaults = ports.config.vaults.map((vault, index, all) => {
    const name = all.length === 1 ? 'vault' : `vault${index + 1}`;
    // A secret that is not there is an answer, too.
    const ref = { vault, name: `probe-${hash([vault], 8).replaceAll(/[^A-Za-z0-9]/g, '0')}`, version: '0'.repeat(32) };
    return [name, () => ports.secrets.read(ref)] as const;
  });
  const asked = [
    ['tables', () => ports.connections.list({ limit: 1, after: null })] as const,
    ['queues', () => ports.queues.lengths()] as const,
    ...vaults,
  ];
  return Object.fromEntries(
    await Promise.all(asked.map(async ([name, ask]) => [name, await probe(ports, ask)] as const)),
  );
}

async function probe(ports: Pick<ApiPorts, 'clock'>, ask: () => Promise<unknown>): Promise<Probe> {
  const started = performance.now();
  const result = (error: string | null): Probe => ({
    status: error === null ? 'ok' : 'failed',
    latencyMs: Math.round(performance.now() - started),
    checkedAt: ports.clock.now().toISOString(),
    error,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Probe>((resolve) => {
    timer = setTimeout(() => {
      resolve(result('timeout'));
    }, PATIENCE_MS);
  });
  const answered = ask().then(
    () => result(null),
    (error: unknown) => result(codeOf(error)),
  );
  const first = await Promise.race([answered, late]);
  clearTimeout(timer);
  return first;
}
