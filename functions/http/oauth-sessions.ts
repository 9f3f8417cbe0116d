import { app } from '@azure/functions';
import { familyEndpoint } from '../endpoint.ts';

app.http(
  'oauthSessions',
  familyEndpoint(
    'oauth/sessions/{id}',
    async () => (await import('../../shared/api/families/oauth-sessions.ts')).oauthSessions,
  ),
);
