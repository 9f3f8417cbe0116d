import { killSample } from './plan/kill-sample.ts';

killSample({ connect: 2, disconnect: 2 });
