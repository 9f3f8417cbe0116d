import { killSample } from './plan/kill-sample.ts';

killSample({ 'calendar-first-sync': 3, 'calendar-occurrences-edited': 2, 'calendar-create': 3, 'calendar-update': 2 });
