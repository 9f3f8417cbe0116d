import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));

it.each(['infra/local/emulators.ts', 'infra/local/host/main.ts', 'infra/local/start.ts', 'tests/bench/main.ts'])(
  '%s tells its flags where it is asked for help, and runs nothing',
  async (program) => {
    const { stdout, stderr } = await run(process.execPath, [program, '--help'], { cwd: root });
    expect(stdout).toMatch(/\[flags\][^]*\n {2}--/);
    expect(stderr).toBe('');
  },
);
