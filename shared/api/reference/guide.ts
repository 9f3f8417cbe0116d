/** What stands above the routes in the reference and in the OpenAPI document. Paragraphs, with code between back-ticks. */
export const guide = [
  'Keeps an application and Microsoft 365 in step. Connect accounts, list their records, follow one ordered feed.',

  'Keys. Send `Authorization: Bearer <api key>`. GET asks for the scope `read`, all else for `write` (which takes in `read`). A key that is confined to workspaces sees the connections of these alone; what it may not see is 404.',

  'Order of work. `POST /api/connect-links`, and send the user to its `url`. Keep the connection id that comes back. When `sync.baseline_completed` is in the feed, list the messages; from then on follow the feed with `after`, and store `nextCursor` together with what you made of the page. After `message.created`, `.updated` and `.moved`, `after` is the whole record: there is nothing to fetch.',

  'Lists answer `{items, nextCursor}`: send `nextCursor` as `cursor`, with the same filters, until it is null. Instants are ISO-8601 in UTC. Words that come from Microsoft (`flag`, `importance`, folder names) may be ones that you do not know; members may be added to any answer.',

  'Settings of mail (`settings.mail`): `folders` is `"all"` or a list of folder ids and well-known names, usually `["inbox", "sentitems"]`; `source` is `"graph"`, or `"owa"` where it is offered. `PATCH /api/connections/{id}` replaces the whole of them. Well-known names: `inbox`, `sentitems`, `drafts`, `archive`, `deleteditems`, `junkemail`.',

  'Feed types. `message.created`, `message.updated`, `message.moved` (between synced folders), `message.deleted` (`reason`: `gone`, or `left` with the `folderId` where it is now). `sync.baseline_completed` (the first reading is done), `sync.failed`, `sync.stream_removed` (a folder is gone). `connection.connected`, `connection.recovered`, `connection.reauth_required` (send the user through a new connect link), `connection.error`, `connection.disconnected`. What Microsoft refuses of your writes comes back as a `message.updated` or `message.moved` (cause `system`, what you wrote in `losing`) with what stands there. Pass over types that you do not know.',

  'Causes. `push`: Microsoft told us; `poll`: we asked; `resync`: found by comparing; `own-write`: your own PATCH; `system`: about the connection itself.',

  'Failures are `application/problem+json` (RFC 9457). `code` is a promise, the wording is not; `requestId` is in the logs; `errors` lists every fault of a 400 with its place (`body.flag`, `query.limit`). `Retry-After` comes with 503.',

  'Codes. 400 `request_invalid`, `json_malformed`, `malformed` (webhooks). 401 `key_missing`, `key_unknown`. 403 `scope_missing`, `key_confined`. 404 `connection_unknown`, `message_unknown`, `domain_unknown`, `route_unknown`, `push_disabled`, `remote.gone` (deleted in Microsoft 365 just now). 405 `method_not_allowed`. 409 `connection_leaving`, or why the account cannot be used: `reauth_required`, `consent_missing`, `admin_consent_required`, `interaction_required`, `account_disabled`, `access_denied`, `mailbox_unreachable`, `app_misconfigured`. 410 `cursor_too_old`: list again, then `after=latest`. 413 `body_too_large`. 415 `media_type`. 502 `remote.rejected`. 503 `remote.throttled`, `remote.transient`, `store.unavailable`, `queue.unavailable`, `vault.unavailable`, `store.fence_lost`, `mailbox_busy`: try again after `Retry-After`. 500 `internal`: report the `requestId`.',

  'The way back from a sign-in. With a `returnUrl` (it must stand in RETURN_URL_ALLOWLIST) the browser is sent there with `connectionId` and `status=connected`, or `status=error` and `reason`; without one the user reads a page.',
].join('\n\n');
