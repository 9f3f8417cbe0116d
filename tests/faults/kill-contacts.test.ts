import { killSample } from './plan/kill-sample.ts';

killSample({ 'contacts-first-sync': 3, 'contacts-create': 2, 'contacts-update': 2, 'contacts-delete': 2 });
