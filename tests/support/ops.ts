import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { programEnv } from './program-env.ts';

const PROGRAM = fileURLToPath(new URL('../../infra/ops/main.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the operator's command line as its users do: a process of its own. Nothing of this process's environment names a service. */
export async function runOps(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
  const env = { ...programEnv(), ...environment };
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (texts.out += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (texts.err += part));
  await once(child, 'close');
  return { code: child.exitCode, ...texts };
}

/** For a text in which this stands. */
export const saying = (text: string): unknown => expect.stringContaining(text);
