import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'messages',
  familyEndpoint(
    'connections/{id}/messages/{*rest}',
    async () => (await import('../../shared/api/families/messages.ts')).messages,
  ),
);
