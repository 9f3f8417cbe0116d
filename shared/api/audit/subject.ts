import { z } from 'zod';
import { parseJson } from '../../lib/json.ts';
import { deliveryIdParam, idParam } from '../router/common-schemas.ts';
import { singular } from './operations.ts';

/** Graph's ids of calendars, which paths hold percent-encoded, and the word for the default one. */
const calendarIdParam = z.string().regex(/^[A-Za-z0-9+/=_-]{1,500}$/);
/** Whatever stands for one thing in a path. */
const pathId = idParam.or(deliveryIdParam);

/**
 * The ids in a path by what they are of: `{ connectionId, messageId }`. What is no id of this service is left out: strangers
 * may have written it.
 */
export function idsIn(template: readonly string[], path: string): Record<string, string> {
  const parts = path.split('/');
  const ids: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const schema = name === 'calendarId' ? calendarIdParam : pathId;
    const id = schema.safeParse(decoded(parts[index] ?? '')).data;
    if (name === undefined || id === undefined) continue;
    ids[name === 'id' ? idName(template[index - 1] ?? '') : name] = id;
  }
  return ids;
}

/** A part of a path as it is meant; nothing where it means nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

const bornShape = z.object({ id: idParam });

/** The id of what a POST to this path made, as its answer names it. */
export function bornOn(path: string, answer: string): Record<string, string> {
  const born = bornShape.safeParse(parseJson(answer));
  return born.success ? { [idName(path.split('/').at(-1) ?? '')]: born.data.id } : {};
}

/** `endpoints` -> `endpointId`. */
const idName = (collection: string): string =>
  `${singular(collection).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Id`;
