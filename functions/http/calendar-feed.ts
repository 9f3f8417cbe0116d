import { app } from '@azure/functions';
import { endpoint } from '../endpoint.ts';

app.http(
  'calendarFeed',
  endpoint('calendar-feeds/{file}', async () => {
    const [{ calendarFeedPage }, { getApp }] = await Promise.all([
      import('../../shared/api/calendar/ics/serve-feed.ts'),
      import('../../shared/app.ts'),
    ]);
    return calendarFeedPage(await getApp());
  }),
);
