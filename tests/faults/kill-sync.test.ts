import { killSample } from './plan/kill-sample.ts';

killSample({ 'first-sync': 5, delta: 5 });
