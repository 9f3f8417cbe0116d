import { killSample } from './plan/kill-sample.ts';

killSample({ 'calendar-first-sync': 2, 'calendar-occurrences-edited': 2, 'calendar-create': 2, 'calendar-update': 2 });
