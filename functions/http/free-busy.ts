import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'freeBusy',
  familyEndpoint(
    'connections/{id}/free-busy/{*rest}',
    async () => (await import('../../shared/api/families/free-busy.ts')).freeBusy,
  ),
);
