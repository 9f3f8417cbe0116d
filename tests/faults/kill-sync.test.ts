import { killSample } from './plan/kill-sample.ts';

killSample({ 'first-sync': 8, delta: 8 });
