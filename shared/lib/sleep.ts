import { setTimeout as wait } from 'node:timers/promises';

/** Waits. Injected where a test must not. */
export type Sleep = (ms: number) => Promise<void>;

export const systemSleep: Sleep = async (ms) => {
  await wait(ms);
};
