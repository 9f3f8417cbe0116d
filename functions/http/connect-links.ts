import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'connectLinks',
  familyEndpoint(
    'connect-links',
    async () => (await import('../../shared/api/families/connect-links.ts')).connectLinks,
  ),
);
