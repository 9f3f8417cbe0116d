import { fill } from './leftovers.ts';
import type { Leftovers } from './leftovers.ts';
import type { Property } from './properties.ts';

const MESSENGERS = /^(?:impp|x-ms-imaddress|x-aim|x-icq|x-jabber|x-msn|x-yahoo|x-skype|x-skype-username|x-gtalk|x-qq)$/;
const NO_PHONES = ['fax', 'pager', 'telex', 'x400', 'modem'];

/** E-mail, phones, messengers and pages, each kind as many as Outlook has places for; the preferred first. */
export function reachedBy(properties: readonly Property[], rest: Leftovers): Record<string, unknown> {
  const sorted = properties.toSorted((left, right) => left.preference - right.preference);
  const of = (test: (name: string) => boolean): string[] =>
    sorted.flatMap((one) => (test(one.name) ? one.values.slice(0, 1) : []));
  const emails = fill(
    of((name) => name === 'email').map((value) => value.replace(/^mailto:/i, '')),
    3,
    (value) => {
      rest.add('E-mail', value);
    },
  );
  return {
    emailAddresses: emails.map((address) => ({ address })),
    ...phones(sorted, rest),
    imAddresses: fill(
      of((name) => MESSENGERS.test(name)),
      3,
      (value) => {
        rest.add('Messenger', value);
      },
    ),
    businessHomePage: fill(
      of((name) => name === 'url'),
      1,
      (value) => {
        rest.add('Page', value);
      },
    )[0],
  };
}

type PhoneKind = 'mobile' | 'home' | 'business' | 'fax';

function kindOf({ types }: Property): PhoneKind {
  if (NO_PHONES.some((type) => types.has(type))) return 'fax';
  if (types.has('cell') || types.has('iphone')) return 'mobile';
  return types.has('home') ? 'home' : 'business';
}

function phones(sorted: readonly Property[], rest: Leftovers): Record<string, unknown> {
  const numbers = sorted.filter((one) => one.name === 'tel');
  const of = (kind: PhoneKind, places: number): string[] =>
    fill(
      numbers.filter((one) => kindOf(one) === kind).map((one) => numberOf(one.values[0] ?? '')),
      places,
      (value) => {
        rest.add(kind === 'fax' ? 'Fax or pager' : 'Phone', value);
      },
    );
  of('fax', 0);
  return { mobilePhone: of('mobile', 1)[0], homePhones: of('home', 2), businessPhones: of('business', 2) };
}

/** `tel:+1-418-656-9254;ext=102` as people write it. */
function numberOf(value: string): string {
  const [number = '', ...parameters] = value.replace(/^tel:/i, '').split(';');
  const extension = parameters.find((one) => /^ext=/i.test(one))?.slice('ext='.length);
  return extension === undefined ? number : `${number} ext. ${extension}`;
}
