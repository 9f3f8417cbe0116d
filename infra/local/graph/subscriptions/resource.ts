import { contactFolderIn } from '../contacts/lookup.ts';
import { calendarNeeds } from '../calendar/routes/needs.ts';
import { checkMailbox, checkPermission, userOf } from '../access.ts';
import { accessDenied, itemNotFound, malformedId } from '../errors.ts';
import { GraphError, type GraphContext, type Needs } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { ItemResource } from '../model.ts';
import { graphSegments } from '../router.ts';
import { needs } from '../routes/needs.ts';
import type { Target } from './subscription.ts';

/** One path that can be subscribed to. */
interface Subscribable {
  resource: ItemResource;
  /** Write-only permissions are not enough. */
  needs: Needs;
  /**
   * The folder that the path is about, by a name that its changes carry; left out: the whole mailbox. Throws GraphError
   * 400 or 404 where there is none.
   */
  folder?: (mailbox: Mailbox, id: string) => string;
}

/** By the path below the mailbox, in lower case, `*` for an id. A new kind of item adds its paths here. */
const SUBSCRIBABLE: Readonly<Record<string, Subscribable>> = {
  messages: { resource: 'messages', needs: needs.mail.read },
  'mailfolders/*/messages': { resource: 'messages', needs: needs.mail.read, folder: mailFolder },
  // As in lists and in delta: without a folder it is the default one.
  contacts: { resource: 'contacts', needs: needs.contacts.read, folder: () => 'contacts' },
  // One for all calendars that are the mailbox's own; one of a single calendar is not among the documented paths.
  events: { resource: 'events', needs: calendarNeeds.subscribe },
  'contactfolders/*/contacts': { resource: 'contacts', needs: needs.contacts.read, folder: contactFolder },
};

/** Any permission that lets a token subscribe to something: what exactly is looked at once the resource is known. */
export const subscribing: Needs = unionOf(Object.values(SUBSCRIBABLE).map((one) => one.needs));

/**
 * Reads a subscription's `resource`: `me/messages`, `me/mailFolders('inbox')/messages`, `users/{id}/...` and the like.
 * A delegated token subscribes to its own mailbox only; `.Shared` permissions do not help.
 * @throws GraphError 400 for what cannot be subscribed to, 403 another's mailbox or no permission to read, 404 no such
 * user, mailbox or folder.
 */
export function readTarget(resource: string, { caller, tenant }: GraphContext): Target {
  const { owner, kind, id } = readPath(resource);
  checkPermission(caller, kind.needs);
  const user = userOf(caller, tenant, owner);
  if (caller.user !== undefined && caller.user !== user) throw accessDenied();
  checkMailbox(user);
  return { userId: user.id, resource: kind.resource, folder: kind.folder?.(tenant.mailbox(user), id) };
}

/** `owner` undefined = `me`. */
function readPath(resource: string): { owner: string | undefined; kind: Subscribable; id: string } {
  const segments = graphSegments(resource.startsWith('/') ? resource : `/${resource}`) ?? [];
  const inMe = segments[0]?.toLowerCase() === 'me';
  const owner = inMe ? undefined : segments[1];
  if (!inMe && (segments[0]?.toLowerCase() !== 'users' || owner === undefined)) throw unsupported(resource);
  const rest = segments.slice(inMe ? 1 : 2);
  const shape = rest.map((word, at) => (at === 1 ? '*' : word.toLowerCase())).join('/');
  // Graph takes filters in a resource; nothing here needs them, and to take one and not filter would be a lie.
  const kind = SUBSCRIBABLE[shape];
  if (kind === undefined) throw unsupported(resource);
  return { owner, kind, id: rest[1] ?? '' };
}

function mailFolder(mailbox: Mailbox, id: string): string {
  const found = mailbox.folder(id);
  if (found === 'malformed') throw malformedId();
  if (found === 'foreign' || found === undefined) throw itemNotFound();
  return found.wellKnown ?? mailbox.ids.folder(found.num);
}

function contactFolder(mailbox: Mailbox, id: string): string {
  return mailbox.contacts.folderId(contactFolderIn(mailbox, id).num);
}

function unionOf(all: readonly Needs[]): Needs {
  return {
    scopes: [...new Set(all.flatMap((one) => one.scopes))],
    roles: [...new Set(all.flatMap((one) => one.roles ?? one.scopes))],
  };
}

function unsupported(resource: string): GraphError {
  return new GraphError(
    400,
    'ExtensionError',
    `Operation: Create; Exception: [Status Code: BadRequest; Reason: Resource '${resource}' is not supported.]`,
  );
}
