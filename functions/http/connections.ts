import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'connections',
  familyEndpoint(
    'connections/{id?}',
    async () => (await import('../../shared/api/families/connections.ts')).connections,
  ),
);
