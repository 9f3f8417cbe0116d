import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'stats',
  familyEndpoint('stats', async () => (await import('../../shared/api/families/stats.ts')).stats),
);
