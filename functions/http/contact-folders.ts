import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'contactFolders',
  familyEndpoint(
    'connections/{id}/contact-folders/{*rest}',
    async () => (await import('../../shared/api/families/contact-folders.ts')).contactFolders,
  ),
);
