import { app } from '@azure/functions';
import { endpoint } from '../endpoint.ts';

app.http(
  'oauthLogin',
  endpoint('oauth/microsoft/login', async () => {
    const [{ loginPage }, { getApp }] = await Promise.all([
      import('../../shared/api/connect/oauth-pages.ts'),
      import('../../shared/app.ts'),
    ]);
    return loginPage(await getApp());
  }),
);
