import { killSample } from './plan/kill-sample.ts';

killSample({ 'contacts-first-sync': 4, 'contacts-create': 3, 'contacts-update': 3, 'contacts-delete': 3 });
