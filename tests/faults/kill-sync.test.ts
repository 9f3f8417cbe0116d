import { killSample } from './plan/kill-sample.ts';

killSample({ 'first-sync': 3, delta: 3 });
