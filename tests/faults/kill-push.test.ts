import { killSample } from './plan/kill-sample.ts';

killSample({ push: 6 });
