import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'endpoints',
  familyEndpoint('endpoints/{*rest}', async () => (await import('../../shared/api/families/endpoints.ts')).endpoints),
);
