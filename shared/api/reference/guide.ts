import { MOST_ENDPOINTS, MOST_OF_WORKSPACE } from '../../engine/delivery-ports.ts';
import { MOST_WAITING } from '../../engine/waiting-writes.ts';

/** What stands above the routes in the reference and in the OpenAPI document, in Markdown. */
export const guide = `
Keeps an application and Microsoft 365 in step. Connect accounts, list their records, follow one ordered feed.

## Keys

Send \`Authorization: Bearer <api key>\`. GET asks for the scope \`read\`, all else for \`write\` (which takes in \`read\`),
endpoints and audit for \`admin\`. A key that is confined to workspaces sees the connections of these alone; what it may not
see is 404.

## Order of work

1. \`POST /api/connect-links\`, and send the user to its \`url\`. Keep the connection id that comes back.
2. When \`sync.baseline_completed\` of a domain (\`mail\`, \`contacts\`, \`calendar\`) is in the feed, list its records.
3. From then on follow the feed with \`after\`, and store \`nextCursor\` together with what you made of the page. After
   \`message.created\`, \`.updated\` and \`.moved\` (and \`contact.\` ...), \`after\` is the whole record: there is nothing to fetch.

The way back from a sign-in: with a \`returnUrl\` (it must stand in RETURN_URL_ALLOWLIST) the browser is sent there with
\`connectionId\` and \`status=connected\`, or \`status=error\` and \`reason\`; without one the user reads a page.

## Lists and words

- Lists take \`limit\` (1 to 200, usually 50) and answer \`{items, nextCursor}\`: send \`nextCursor\` as \`cursor\`, with the same filters, until it
  is null.
- Instants are ISO-8601 in UTC.
- Words that come from Microsoft (\`flag\`, \`importance\`, folder names) may be ones that you do not know; members may be
  added to any answer.

## Settings of mail

\`settings.mail\`: \`folders\` is \`"all"\` or a list of folder ids and well-known names, usually \`["inbox", "sentitems"]\`;
\`source\` is \`"graph"\`, or \`"owa"\` where it is offered (else 400). \`PATCH /api/connections/{id}\` replaces the whole of them.
Well-known names (in any case): \`inbox\`, \`sentitems\`, \`drafts\`, \`archive\`, \`deleteditems\`, \`junkemail\`. A folder that the mailbox
does not list is 400; one that goes later, or was named by a link before anything was read, is in \`warnings\`. So it is with calendars.

## Contacts

Contacts of the default folder and of every other contact folder, both ways. A list is sorted by name; \`email\` and \`phone\`
find an address or number however it is written. \`settings.contacts\`: \`defaultRegion\` (two letters, such as \`DE\`) is how
numbers without \`+\` are read; without it they match by their digits alone.

\`POST\` says whom it is about, and makes a contact only where nobody is:

1. The contact with the same \`externalId\` (your own id) is written as by PATCH, its folder apart (200). There is never a
   second one.
2. Else the only contact that has one of its e-mails, or, where none has, the only one that has one of its phones, is linked
   (200). Lists are united, empty values filled; where both have a value Outlook keeps its own, and yours is told in \`losing\`
   of a \`contact.conflict\`. Contacts that have another \`externalId\` are not linked.
3. Several that share what decides: 409 \`contact_match_ambiguous\` with \`candidates\`; nothing was written.
4. Else, and with \`"match": "none"\`, a new one (201).

\`pushed\` says whether Outlook has it: \`pending\`, \`done\`, or \`failed\` where it refused the last write. \`PATCH\` leaves what is
absent, null takes a value away, a list is replaced as a whole. Where both sides edited, different fields and different entries
of lists all survive; of the same field Outlook's value stands, and yours is in \`losing\`. \`POST .../undo\` writes what the last
link or conflict overwrote. \`GET .../photo\` reads the photo through, for its answer alone.

## Calendars and events

\`settings.calendar\`: \`calendarIds\` is \`"default"\`, \`"all"\` or a list of calendar ids (without it the default calendar);
with \`"selectCalendars": true\` none is synced until somebody has chosen, by \`PUT .../calendars/selection\`, or right after the sign-in: the way
back carries \`session\`, with which \`GET /api/oauth/sessions/{id}\` lists the calendars and \`POST /api/oauth/microsoft/select\` chooses.
\`withoutWebhook\` lists calendars that are polled by your wish. \`PATCH /api/connections/{id}\` replaces the whole of \`settings.calendar\`, and
what it leaves out is as if it was never set: for single calendars take their own routes, which keep the rest. \`DELETE\` of a calendar
deselects it: its events go from here, told by one \`sync.stream_removed\`, and Outlook keeps it; \`"all"\` becomes the list of
those that are left, and a calendar that is made later is not in it. Calendars of others have
\`delegateEmail\`; they are polled, and so is every calendar but the default one. In paths a calendar's id is percent-encoded; \`default\` names the default calendar.

Events are held for a window around today (CALENDAR_WINDOW_PAST_DAYS, CALENDAR_WINDOW_FUTURE_DAYS). What you make ahead of it,
and what anybody moves there, stays and is followed until the window comes to it; what you make before it goes to Outlook, and
from here (\`event.deleted\`, \`left\`). A list has single events,
occurrences and exceptions by their start; of a range those come first that began more than a day before it, and with
\`series=true\` the masters come last. An occurrence carries what its series carries; its id changes it alone, the id of the
master changes the series. \`start\` and \`end\` are \`{dateTime, timeZone}\`, an instant in UTC and the zone that it was made in,
or \`{date}\` of an all-day event, whose end is exclusive. In what you send, \`dateTime\` without an offset is the wall clock of
\`timeZone\`; a series that you move into another zone repeats on the clock there. A \`rrule\` (RFC 5545) is shown as Outlook writes it out;
one that Outlook cannot repeat is 400, with the part of it and why.

\`POST .../cancel\` tells those who were asked to come, \`DELETE\` does what Outlook does; \`accept\`, \`tentative\` and \`decline\`
answer, with a \`comment\`, or with \`"sendResponse": false\` without a word to the organizer. Of a meeting of others
\`categories\`, \`showAs\` and \`reminderMinutes\` are yours to change; its time, subject and the like change in this mailbox alone, and the
organizer's next update overwrites them. Where both sides edited, all is as
with contacts: of the same field Outlook's value stands, yours is in \`losing\` of an \`event.conflict\`, and \`POST .../undo\`
writes it after all. Where Outlook's begin or end stands against yours, both do.

\`GET .../free-busy\` never says \`free\` of what it does not know: that is \`unknown\`. All-day events take the day of \`timeZone\`,
where whoever asks is; without it, of the zone that each was made in. \`GET .../calendars/stats\` leaves out a calendar that was not read yet.

\`POST .../calendar-feeds\` makes an \`.ics\` feed of a calendar: whoever has its \`url\`, which is told once, reads the calendar
without a key until the feed is deleted, whatever becomes of the key that made it: subjects, places, links and the begin of the
texts, of private events the times alone. It has what is synced: a series begins and ends with the window, too.

## The feed

| Type | Tells |
|---|---|
| \`message.created\`, \`message.updated\` | the record as it is now, in \`after\` |
| \`message.moved\` | a move between synced folders |
| \`message.deleted\` | with \`reason\`: \`gone\`, or \`left\` with the \`folderId\` where it is now |
| \`contact.created\`, \`.updated\`, \`.moved\`, \`.deleted\` | as of messages; \`reason\` \`deleted\`: by your DELETE |
| \`message.conflict\`, \`contact.conflict\` | a value of yours gave way: it is in \`losing\`, \`after\` is what stands |
| \`event.created\`, \`.updated\`, \`.moved\`, \`.deleted\`, \`.conflict\` | as of contacts. A series is one row, and one for each occurrence that moved, came or went; an occurrence carries what its series carries now. \`left\`: to before the window, or to a calendar that is not selected; \`calendarId\` says where it is. Deleting an occurrence is two rows of yours: its own, and \`exdates\` of its series |
| \`contact.match_ambiguous\` | a new contact of Outlook's may be one of several of yours (\`candidates\`): none was merged |
| \`sync.baseline_completed\` | the first reading is done; of what was added later \`streams\` say which, by \`calendarId\` or \`folderId\` |
| \`sync.failed\`, \`sync.stream_removed\` | it goes wrong again and again; a folder (\`folderId\`) or calendar (\`calendarId\`) is synced no more, of a calendar with \`reason\`: \`deselected\`, or \`gone\`. What you made there and Outlook never had stays, told by a \`*.conflict\` after it |
| \`connection.connected\`, \`connection.recovered\` | it works, or does again |
| \`connection.reauth_required\` | send the user through a new connect link |
| \`connection.error\`, \`connection.disconnected\` | with the reason; the last row of a connection |

What Microsoft refuses of your writes comes back as a \`*.conflict\` (cause \`system\`) with what stands there, what you wrote in
\`losing\`, why in \`refused\` (\`code\`, \`message\`), and \`pushed\` is \`failed\` until the next write. Where access to that one thing is denied (a share that is for reading
by now) it is tried for some minutes first, and then \`refused\` with \`access_denied\`; the connection and all other writes go on. A
\`body\` or \`comment\` is kept nowhere: send it again. Pass over types that you do not know.

Causes. \`push\`: Microsoft told us; \`poll\`: we asked; \`resync\`: found by comparing; \`own-write\`: your own write;
\`system\`: about the connection itself.

Changes are kept for FEED_RETENTION_DAYS. An older cursor is answered 410 \`cursor_too_old\`: list again, then \`after=latest\`.

## Webhooks

Instead of asking for the feed, be told: \`POST /api/endpoints\` with a \`url\` of yours and the \`types\` that you want (\`*\`,
\`message.*\`, \`*.conflict\`, \`sync.failed\`). It answers the signing \`secret\` once.

- **What comes** is a POST of \`{type, timestamp, data}\`, where \`data\` is the item of the feed with \`connectionId\`, \`userId\`
  and \`workspaceId\`: in order per connection and domain, at least once. \`webhook-id\` is the same for every attempt, so keep
  those that you have dealt with, and drop repeats.
- **Verify** \`webhook-signature\` with any library of Standard Webhooks (standardwebhooks.com) on the raw body.
- **Answer** 2xx within 10 s; do the work afterwards. All else, redirects too, is tried again for 72 h, 5 s later at first and
  6 h at most (429 and 503: not before \`Retry-After\`, unless that asks for more than 6 h); then the delivery is \`failed\`
  and the next one goes.
- **Pauses.** 410 pauses the endpoint at once, 72 h without a success too; \`PATCH {"paused": false}\` resumes it where it
  stood, with 72 h anew for what waits. \`feed.gap\` (\`from\`, \`to\`: numbers) tells of changes that the retention took
  meanwhile: list the records again.
- **Tests.** \`endpoint.test\` is sent by \`POST /api/endpoints/{id}/test\` alone.
- **Rotation.** \`POST /api/endpoints/{id}/rotate-secret\` gives a new secret, and for 24 h (\`overlapHours\`) deliveries carry
  a signature of the former one too: put the new one into the receiver, and nothing is lost.
- **Scopes.** Changing endpoints asks for \`admin\`, since they carry data out; reading needs \`read\`; \`test\`, \`replay\` and
  \`retry\` need \`write\`.
- **Where to.** https and public: private, loopback and link-local addresses are refused, by the address that is connected to,
  unless DELIVERY_ALLOW_PRIVATE_TARGETS is \`true\`; metadata addresses always.

## Writes

Give each POST, PATCH, PUT and DELETE a name of its own in \`Idempotency-Key\` (1 to 255 visible ASCII characters, such as a
UUID), and after a lost answer send the same again: it has no second effect.

- For 24 h it gets the answer of the first (same status and body, with \`Idempotency-Replayed: true\`).
- A key counts for this API key (with the scopes and workspaces that it has), method and path; with another body it is 422 \`idempotency_key_reused\`.
- While the first is at work the second waits a few seconds, then 409 \`idempotency_in_progress\` with \`Retry-After\`.
- Refusals are answers, too, but for those that say nothing of the write: after a 400 (corrected), a 403, a 409 that says why the account
  cannot be written to, and what passes by itself (5xx, and all that has \`Retry-After\`) the same key works anew.
- Secrets (the \`url\` of a connect link or of a calendar feed, signing secrets) are stored nowhere: a replay lacks them.
- After a crash of the service the same request works anew, a minute later at the latest; a change of a record even then
  happens once.

## Audit

\`GET /api/audit\` (scope \`admin\`) says who changed what, newest first: every write by a key, refused ones as well, sign-ins,
and what the service did by itself (\`delete_guard.held\`, \`disconnect.completed\`, \`endpoint.paused\`). It has ids and names of
what was set, no values; \`begun\` means that how it ended is not known. Kept for AUDIT_RETENTION_DAYS.

## Failures

Failures are \`application/problem+json\` (RFC 9457). \`code\` is a promise, the wording is not; \`requestId\` is in the logs;
\`errors\` lists every fault of a 400 with its place (\`body.flag\`, \`query.limit\`).

| Status | \`code\` | What to do |
|---|---|---|
| 400 | \`request_invalid\`, \`json_malformed\`, \`malformed\` (webhooks) | mend what \`errors\` names |
| 401 | \`key_missing\`, \`key_unknown\` | send a key that stands in API_KEYS |
| 403 | \`scope_missing\`, \`key_confined\` | use a key that may |
| 404 | \`connection_unknown\`, \`message_unknown\`, \`contact_unknown\`, \`folder_unknown\`, \`photo_none\`, \`calendar_unknown\`, \`session_unknown\`, \`feed_unknown\`, \`event_unknown\`, \`endpoint_unknown\`, \`delivery_unknown\`, \`domain_unknown\`, \`route_unknown\`, \`push_disabled\`, \`remote.gone\` | it is not there, or not for this key; \`remote.gone\`: deleted in Microsoft 365 just now |
| 405 | \`method_not_allowed\` | see \`Allow\` |
| 409 | \`idempotency_in_progress\`, \`first_sync_running\` | again after \`Retry-After\` |
| 409 | \`contact_match_ambiguous\` | PATCH the one of \`candidates\` that is meant, or POST with \`"match": "none"\` |
| 409 | \`external_id_taken\`, \`nothing_to_undo\` | another contact has it; no merge is left to take back |
| 409 | \`calendar_not_selected\`, \`calendar_read_only\`, \`webhook_unavailable\`, \`is_organizer\`, \`not_organizer\`, \`meeting_cancelled\` | select the calendar; it is shared for reading; it is polled; organizers cancel, others answer; it was called off |
| 409 | \`connection_leaving\`, \`endpoint_paused\`, \`too_many_endpoints\` (${MOST_ENDPOINTS}, ${MOST_OF_WORKSPACE} of one workspace), \`too_many_feeds\` (20), \`too_many_secrets\` | it cannot be done as things stand |
| 409 | \`reauth_required\`, \`consent_missing\`, \`admin_consent_required\`, \`interaction_required\`, \`account_disabled\`, \`access_denied\`, \`mailbox_unreachable\`, \`app_misconfigured\` | why the account cannot be used; \`detail\` says what to do |
| 410 | \`session_expired\`, \`session_used\` | choose by \`PUT .../calendars/selection\` |
| 410 | \`cursor_too_old\`, \`delivery_expired\` | list again, then \`after=latest\`; the feed no longer keeps its change |
| 413, 415 | \`body_too_large\`, \`media_type\` | 1 MiB of JSON at most |
| 422 | \`idempotency_key_reused\` | a key of its own for each write |
| 500 | \`internal\` | report the \`requestId\` |
| 502 | \`remote.rejected\` | Microsoft refused it |
| 503 | \`remote.throttled\`, \`remote.transient\`, \`store.unavailable\`, \`queue.unavailable\`, \`vault.unavailable\`, \`store.fence_lost\`, \`mailbox_busy\`, \`outbox.full\` (${MOST_WAITING} writes to one record wait), \`first_sync_running\` (of an \`.ics\` feed) | again after \`Retry-After\` |
`.trim();
