import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'connectionSync',
  familyEndpoint(
    'connections/{id}/sync',
    async () => (await import('../../shared/api/families/connection-sync.ts')).connectionSync,
  ),
);
