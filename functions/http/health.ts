import { app } from '@azure/functions';
import { endpoint } from '../endpoint.ts';

app.http(
  'health',
  endpoint('health', async () => (await import('../../shared/api/health/alive.ts')).alive),
);
