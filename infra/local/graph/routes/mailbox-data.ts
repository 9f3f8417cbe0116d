import { z } from 'zod';
import { translateEvent } from '../calendar/translate.ts';
import { worldOf } from '../calendar/world.ts';
import { GraphError } from '../http.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../http.ts';
import { badRequest, invalidRequest } from '../errors.ts';
import { guidFrom } from '../random.ts';
import { contextUrl } from './list-messages.ts';
import { jsonBody } from './message-input.ts';
import { needs } from './needs.ts';

interface Category {
  id: string;
  displayName: string;
  color: string;
}

const COLOURS = ['none', ...Array.from({ length: 25 }, (_, at) => `preset${at}`)];
const FIRST: readonly [string, string][] = [
  ['Red category', 'preset0'],
  ['Orange category', 'preset1'],
  ['Yellow category', 'preset3'],
  ['Green category', 'preset4'],
  ['Blue category', 'preset7'],
  ['Purple category', 'preset8'],
];

/** `outlook/masterCategories`, `mailboxSettings` and `translateExchangeIds`. */
export function mountMailboxData(graph: GraphRoutes): void {
  const categories = new Categories();
  const path = '/outlook/masterCategories';
  const { read, write } = needs.settings;
  graph.onMailbox('GET', path, read, (context) => {
    return {
      status: 200,
      body: { '@odata.context': contextUrl(context, 'outlook/masterCategories'), value: categories.of(context) },
    };
  });
  graph.onMailbox('POST', path, write, (context) => ({ status: 201, body: categories.add(context) }));
  graph.onMailbox('GET', `${path}/{category}`, read, (context) => ({ status: 200, body: categories.get(context) }));
  graph.onMailbox('PATCH', `${path}/{category}`, write, (context) => ({
    status: 200,
    body: categories.recolour(context),
  }));
  graph.onMailbox('DELETE', `${path}/{category}`, write, (context) => {
    categories.delete(context);
    return { status: 204 };
  });
  graph.onMailbox('GET', '/mailboxSettings', read, mailboxSettings);
  graph.onMailbox('POST', '/translateExchangeIds', needs.translate, translate);
}

const newCategory = z.object({ displayName: z.string().min(1).max(255), color: z.enum(COLOURS).default('none') });
const changedCategory = z.object({ displayName: z.undefined().optional(), color: z.enum(COLOURS) });

class Categories {
  private readonly lists = new Map<string, Category[]>();

  of(context: MailboxContext): Category[] {
    const known = this.lists.get(context.user.id);
    if (known !== undefined) return known;
    const made = FIRST.map(([displayName, color]) => ({
      id: guidFrom(`${context.user.id}/${displayName}`),
      displayName,
      color,
    }));
    this.lists.set(context.user.id, made);
    return made;
  }

  get(context: MailboxContext): Category {
    const found = this.of(context).find((category) => category.id === context.req.params['category']);
    if (found === undefined) throw new GraphError(404, 'ErrorItemNotFound', 'The category was not found.');
    return found;
  }

  add(context: MailboxContext): Category {
    const parsed = newCategory.safeParse(jsonBody(context.req));
    if (!parsed.success) throw badRequest('The category is not valid.');
    const { displayName, color } = parsed.data;
    const list = this.of(context);
    if (list.some((category) => category.displayName.toLowerCase() === displayName.toLowerCase())) {
      throw new GraphError(409, 'CategoryNameAlreadyExists', 'A category with this name is there already.');
    }
    const category = { id: guidFrom(`${context.user.id}/${displayName}`), displayName, color };
    list.push(category);
    return category;
  }

  recolour(context: MailboxContext): Category {
    const category = this.get(context);
    const parsed = changedCategory.safeParse(jsonBody(context.req));
    if (!parsed.success) throw invalidRequest('Only the color of a category can be changed.');
    category.color = parsed.data.color;
    return category;
  }

  delete(context: MailboxContext): void {
    const category = this.get(context);
    this.lists.set(
      context.user.id,
      this.of(context).filter((other) => other !== category),
    );
  }
}

function mailboxSettings(context: MailboxContext): Reply {
  const { locale } = context.user;
  const timeZone = worldOf(context.tenant).of(context.user).zone.name;
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, 'mailboxSettings'),
      archiveFolder: context.mailbox.ids.folder(context.mailbox.folders.wellKnown('archive')?.num ?? 0),
      timeZone,
      delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
      dateFormat: 'yyyy-MM-dd',
      timeFormat: 'HH:mm',
      userPurpose: 'user',
      automaticRepliesSetting: {
        status: 'disabled',
        externalAudience: 'all',
        internalReplyMessage: '',
        externalReplyMessage: '',
        scheduledStartDateTime: { dateTime: '2026-01-01T08:00:00.0000000', timeZone: 'UTC' },
        scheduledEndDateTime: { dateTime: '2026-01-02T08:00:00.0000000', timeZone: 'UTC' },
      },
      language: { locale, displayName: locale },
      workingHours: {
        daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
        startTime: '08:00:00.0000000',
        endTime: '17:00:00.0000000',
        timeZone: { name: timeZone },
      },
    },
  };
}

const ID_KINDS = ['entryId', 'ewsId', 'immutableEntryId', 'restId', 'restImmutableEntryId'];
const translateBody = z.object({
  inputIds: z.array(z.string()).max(1000),
  sourceIdType: z.enum(ID_KINDS),
  targetIdType: z.enum(ID_KINDS),
});

/** Kinds other than `restId` and `restImmutableEntryId` are other spellings of these two here. */
function translate(context: MailboxContext): Reply {
  const json = Object.entries(jsonBody(context.req)).map(([name, value]) => [
    name.slice(0, 1).toLowerCase() + name.slice(1),
    value,
  ]);
  const parsed = translateBody.safeParse(Object.fromEntries(json));
  if (!parsed.success)
    throw invalidRequest('The ids or their kinds are not valid; at most 1,000 ids can be translated.');
  const target = /immutable/i.test(parsed.data.targetIdType) ? 'immutable' : 'default';
  const value = parsed.data.inputIds.map((sourceId) => {
    const message = context.mailbox.message(sourceId);
    if (typeof message === 'object') return { sourceId, targetId: context.mailbox.idOf(message, target) };
    const { contacts } = context.mailbox;
    const contact = contacts.find(sourceId);
    if (typeof contact === 'object') return { sourceId, targetId: contacts.idOf(contact, target) };
    const event = translateEvent(worldOf(context.tenant), context.user, { sourceId, target });
    if (event !== undefined) return { sourceId, targetId: event };
    const folder = [context.mailbox.folder(sourceId), contacts.folder(sourceId)].find((one) => typeof one === 'object');
    if (folder !== undefined) return { sourceId, targetId: sourceId };
    const [code, text] =
      message === 'malformed'
        ? ['ErrorInvalidIdMalformed', 'Id is malformed.']
        : ['ErrorItemNotFound', 'The specified object was not found in the store.'];
    return { sourceId, errorDetails: { code, message: text } };
  });
  return {
    status: 200,
    body: {
      '@odata.context': `${context.req.origin}/v1.0/$metadata#Collection(microsoft.graph.convertIdResult)`,
      value,
    },
  };
}
