import type { Clock } from '../lib/clock.ts';
import type { Budget } from './settings.ts';

/** A budget of time and pages, counted from now. */
export function startBudget(clock: Clock, limits: { readonly ms: number; readonly pages: number }): Budget {
  const end = clock.now().getTime() + limits.ms;
  let pages = 0;
  return {
    spent: () => pages >= limits.pages || clock.now().getTime() >= end,
    page: () => {
      pages++;
    },
  };
}
