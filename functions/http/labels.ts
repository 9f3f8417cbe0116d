import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'labels',
  familyEndpoint(
    'connections/{id}/labels/{*rest}',
    async () => (await import('../../shared/api/families/labels.ts')).labels,
  ),
);
