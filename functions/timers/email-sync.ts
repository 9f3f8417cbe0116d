import { app } from '@azure/functions';
import { scheduleOf } from '../../shared/config.ts';
import { job } from '../job.ts';

app.timer('emailSync', {
  schedule: scheduleOf('emailSync'),
  handler: job(async () => {
    const { runTimer } = await import('../../shared/jobs/timers.ts');
    return (ports) => runTimer('emailSync', ports);
  }),
});
