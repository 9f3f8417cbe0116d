import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'oauthSelect',
  familyEndpoint(
    'oauth/microsoft/select',
    async () => (await import('../../shared/api/families/oauth-sessions.ts')).oauthSelect,
  ),
);
