import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'events',
  familyEndpoint(
    'connections/{id}/events/{*rest}',
    async () => (await import('../../shared/api/families/events.ts')).events,
  ),
);
