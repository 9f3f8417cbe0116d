/** Has work done again and again, first after `ms`, until the answer is called. Keeps no process alive. Injected where a test must not wait. */
export type Every = (ms: number, work: () => void) => () => void;

export const systemEvery: Every = (ms, work) => {
  const timer = setInterval(work, ms);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
};
