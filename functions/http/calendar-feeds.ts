import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'calendarFeeds',
  familyEndpoint(
    'connections/{id}/calendar-feeds/{*rest}',
    async () => (await import('../../shared/api/families/calendar-feeds.ts')).calendarFeeds,
  ),
);
