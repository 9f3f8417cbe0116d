/** The app's entry: what the Functions worker loads, and all that it registers. */
import { app } from '@azure/functions';
import { loadConfig } from '../shared/config.ts';
import './http/health.ts';

// Bodies come as streams: in the other transport a chunked notification arrives empty.
app.setup({ enableHttpStream: true });

// A wrong setting stops the start, with all faults listed. Thrown while loading it would only leave an app without functions.
app.hook.appStart(() => {
  loadConfig();
});
