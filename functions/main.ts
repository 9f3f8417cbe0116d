/** The app's entry: what the Functions worker loads, and all that it registers. A test holds it to the files beside it. */
import { app } from '@azure/functions';
import { loadConfig } from '../shared/config.ts';
import './http/audit.ts';
import './http/calendar-feed.ts';
import './http/calendar-feeds.ts';
import './http/calendars.ts';
import './http/changes.ts';
import './http/connect-links.ts';
import './http/connection-sync.ts';
import './http/connections.ts';
import './http/contact-folders.ts';
import './http/contacts.ts';
import './http/delivery-records.ts';
import './http/docs.ts';
import './http/endpoints.ts';
import './http/events.ts';
import './http/folders.ts';
import './http/free-busy.ts';
import './http/health-details.ts';
import './http/health.ts';
import './http/labels.ts';
import './http/messages.ts';
import './http/oauth-callback.ts';
import './http/oauth-login.ts';
import './http/oauth-select.ts';
import './http/oauth-sessions.ts';
import './http/openapi.ts';
import './http/stats.ts';
import './http/webhook-graph-lifecycle.ts';
import './http/webhook-graph.ts';
import './http/webhook-push.ts';
import './queues/deliveries-poison.ts';
import './queues/deliveries.ts';
import './queues/dispatch-poison.ts';
import './queues/dispatch.ts';
import './queues/push-jobs-poison.ts';
import './queues/push-jobs.ts';
import './queues/sync-jobs-poison.ts';
import './queues/sync-jobs.ts';
import './timers/booking-sync.ts';
import './timers/calendar-sync.ts';
import './timers/contact-sync.ts';
import './timers/email-sync.ts';
import './timers/housekeeping.ts';
import './timers/statistics.ts';
import './timers/subscription-renewal.ts';
import './timers/task-sync.ts';

// Bodies come as streams: in the other transport a chunked notification arrives empty.
app.setup({ enableHttpStream: true });

// A wrong setting stops the start, with all faults listed. Thrown while loading it would only leave an app without functions.
app.hook.appStart(() => {
  loadConfig();
});
