import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const PROGRAM = fileURLToPath(new URL('../../../infra/local/emulators.ts', import.meta.url));

const addresses = z.object({
  azurite: z.object({ connectionString: z.string() }).optional(),
  vault: z.object({ url: z.string() }).optional(),
  microsoft: z.object({ authority: z.string(), graph: z.string(), control: z.string() }).optional(),
});

async function run(args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await Promise.race([once(reader, 'line'), once(child, 'exit')]);
  return {
    lines,
    addresses: addresses.parse(JSON.parse(lines[0] ?? '{}')),
    end: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
}

describe('emulators', () => {
  it('says in one line where the parts are that were asked for, and ends cleanly', async () => {
    const emulators = await run(['--only', 'azurite,vault']);
    expect(emulators.addresses.azurite?.connectionString).toContain('AccountName=devstoreaccount1');
    expect(emulators.addresses.microsoft).toBeUndefined();
    const vault = await fetch(`${emulators.addresses.vault?.url ?? ''}/secrets?api-version=7.6`);
    expect(vault.status).toBe(401);
    expect(await emulators.end()).toBe(0);
    expect(emulators.lines).toHaveLength(1);
  });

  it('starts the local Microsoft 365 too', async () => {
    const emulators = await run(['--only', 'microsoft']);
    expect((await fetch(`${emulators.addresses.microsoft?.control ?? ''}/users`)).status).toBe(200);
    expect(await emulators.end()).toBe(0);
  });
});
