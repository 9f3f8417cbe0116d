import { app } from '@azure/functions';
import { endpoint } from '../endpoint.ts';

app.http(
  'docs',
  endpoint('docs', async () => {
    const [{ docsPage }, { getApp }] = await Promise.all([
      import('../../shared/api/reference/docs-page.ts'),
      import('../../shared/app.ts'),
    ]);
    return docsPage(await getApp());
  }),
);
