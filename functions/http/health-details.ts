import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'healthDetails',
  familyEndpoint(
    'health/details',
    async () => (await import('../../shared/api/families/health-details.ts')).healthDetails,
  ),
);
