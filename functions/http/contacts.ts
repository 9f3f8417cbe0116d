import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'contacts',
  familyEndpoint(
    'connections/{id}/contacts/{*rest}',
    async () => (await import('../../shared/api/families/contacts.ts')).contacts,
  ),
);
