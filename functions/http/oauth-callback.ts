import { app } from '@azure/functions';
import { endpoint } from '../endpoint.ts';

app.http(
  'oauthCallback',
  endpoint('oauth/microsoft/callback', async () => {
    const [{ callbackPage }, { getApp }] = await Promise.all([
      import('../../shared/api/connect/oauth-pages.ts'),
      import('../../shared/app.ts'),
    ]);
    return callbackPage(await getApp());
  }),
);
