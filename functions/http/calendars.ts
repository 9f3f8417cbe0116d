import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'calendars',
  familyEndpoint(
    'connections/{id}/calendars/{*rest}',
    async () => (await import('../../shared/api/families/calendars.ts')).calendars,
  ),
);
