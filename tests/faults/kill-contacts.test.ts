import { killSample } from './plan/kill-sample.ts';

killSample({
  'contacts-first-sync': 2,
  'contacts-create': 1,
  'contacts-update': 1,
  'contacts-delete': 1,
  'contacts-move': 1,
});
