import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'audit',
  familyEndpoint('audit', async () => (await import('../../shared/api/families/audit.ts')).audit),
);
