import { killSample } from './plan/kill-sample.ts';

killSample({ 'calendar-first-sync': 2, 'calendar-occurrences-edited': 1, 'calendar-create': 1, 'calendar-update': 1 });
