import { GraphError } from '../http.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../http.ts';
import { originOf } from '../lookup.ts';
import { contextUrl } from '../routes/list-messages.ts';
import { needs } from '../routes/needs.ts';
import { contactOf } from './lookup.ts';

/** The picture of a contact, a JPEG below 4 MB. v1.0 has none for personal accounts: they answer as if there were none. */
export function mountContactPhotos(graph: GraphRoutes): void {
  const { read, write } = needs.contacts;
  for (const prefix of ['/contacts/{contact}', '/contactFolders/{contactFolder}/contacts/{contact}']) {
    graph.onMailbox('GET', `${prefix}/photo`, read, about);
    graph.onMailbox('GET', `${prefix}/photo/$value`, read, (context) => ({
      status: 200,
      headers: { 'content-type': 'image/jpeg' },
      body: photoOf(context, 'ImageNotFound'),
    }));
    for (const method of ['PUT', 'PATCH']) {
      graph.onMailbox(method, `${prefix}/photo/$value`, write, save);
      graph.onMailbox(method, `${prefix}/photo`, write, save);
    }
  }
}

function about(context: MailboxContext): Reply {
  photoOf(context, 'ErrorItemNotFound');
  const body = {
    '@odata.context': contextUrl(context, 'contacts/photo/$entity'),
    '@odata.mediaContentType': 'image/jpeg',
    id: '240X240',
    height: 240,
    width: 240,
  };
  return { status: 200, body };
}

function photoOf(context: MailboxContext, code: 'ImageNotFound' | 'ErrorItemNotFound'): Buffer {
  const { photo } = contactOf(context).fields;
  if (photo === undefined || context.user.kind === 'personal') throw noPhoto(code);
  return photo;
}

function noPhoto(code: string): GraphError {
  return new GraphError(404, code, 'The specified object was not found in the store., The photo was not found.');
}

function save(context: MailboxContext): Reply {
  const { req, user, mailbox } = context;
  const contact = contactOf(context);
  if (user.kind === 'personal') throw noPhoto('ErrorItemNotFound');
  const jpeg = req.body.length > 3 && req.body[0] === 0xff && req.body[1] === 0xd8;
  if (!/^image\/jpe?g\b/i.test(req.headers['content-type'] ?? '') || !jpeg) {
    throw new GraphError(400, 'ErrorInvalidImage', 'The image is not a JPEG.');
  }
  mailbox.contacts.update(
    contact,
    { photo: Buffer.from(req.body) },
    { origin: originOf(context), recomputeNames: false },
  );
  return { status: 200 };
}
