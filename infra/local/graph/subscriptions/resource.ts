import { checkMailbox, userOf } from '../access.ts';
import { accessDenied, itemNotFound, malformedId } from '../errors.ts';
import { GraphError, type GraphContext } from '../http.ts';
import { graphSegments } from '../router.ts';
import type { Target } from './subscription.ts';

/**
 * Reads a subscription's `resource`: `me/messages`, `me/mailFolders('inbox')/messages`, `users/{id}/...` and the like.
 * A delegated token subscribes to its own mailbox only; `.Shared` permissions do not help.
 * @throws GraphError 400 for what cannot be subscribed to, 403 another's mailbox, 404 no such user, mailbox or folder.
 */
export function readTarget(resource: string, { caller, tenant }: GraphContext): Target {
  const { owner, folder } = readPath(resource);
  const user = userOf(caller, tenant, owner);
  if (caller.user !== undefined && caller.user !== user) throw accessDenied();
  checkMailbox(user);
  if (folder === undefined) return { userId: user.id, folder };
  const found = tenant.mailbox(user).folder(folder);
  if (found === 'malformed') throw malformedId();
  if (found === 'foreign' || found === undefined) throw itemNotFound();
  return { userId: user.id, folder: found.wellKnown ?? tenant.mailbox(user).ids.folder(found.num) };
}

/** `owner` undefined = `me`, `folder` undefined = the whole mailbox. */
function readPath(resource: string): { owner: string | undefined; folder: string | undefined } {
  const segments = graphSegments(resource.startsWith('/') ? resource : `/${resource}`) ?? [];
  const inMe = segments[0]?.toLowerCase() === 'me';
  const owner = inMe ? undefined : segments[1];
  if (!inMe && (segments[0]?.toLowerCase() !== 'users' || owner === undefined)) throw unsupported(resource);
  const rest = segments.slice(inMe ? 1 : 2);
  const shape = rest.map((word, at) => (at === 1 ? '' : word.toLowerCase())).join('/');
  // Graph takes filters in a resource; nothing here needs them, and to take one and not filter would be a lie.
  if (shape === 'messages') return { owner, folder: undefined };
  if (shape === 'mailfolders//messages') return { owner, folder: rest[1] };
  throw unsupported(resource);
}

function unsupported(resource: string): GraphError {
  return new GraphError(
    400,
    'ExtensionError',
    `Operation: Create; Exception: [Status Code: BadRequest; Reason: Resource '${resource}' is not supported.]`,
  );
}
