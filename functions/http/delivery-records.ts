import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'deliveryRecords',
  familyEndpoint(
    'deliveries/{*rest}',
    async () => (await import('../../shared/api/families/deliveries.ts')).deliveries,
  ),
);
