import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'changes',
  familyEndpoint(
    'connections/{id}/changes/{*rest}',
    async () => (await import('../../shared/api/families/changes.ts')).changes,
  ),
);
