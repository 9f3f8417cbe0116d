import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'folders',
  familyEndpoint(
    'connections/{id}/folders/{*rest}',
    async () => (await import('../../shared/api/families/folders.ts')).folders,
  ),
);
