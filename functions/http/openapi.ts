import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'openapi',
  familyEndpoint('openapi.json', async () => (await import('../../shared/api/families/openapi.ts')).openapi),
);
