import { killSample } from './plan/kill-sample.ts';

killSample({ push: 4 });
