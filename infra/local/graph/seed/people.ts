import { faker as german } from '@faker-js/faker/locale/de';
import { faker as english } from '@faker-js/faker/locale/en';
import { faker as french } from '@faker-js/faker/locale/fr';
import { faker as japanese } from '@faker-js/faker/locale/ja';
import type { SeedRecipient } from './types.ts';

const POOL_SIZE = 420;
const DOMAINS = ['contoso.com', 'fabrikam.example', 'northwind.example', 'adatum.example', 'wingtip.example'] as const;

const ODD: readonly SeedRecipient[] = [
  { name: 'no-reply', address: 'no-reply@notifications.example' },
  { name: '', address: 'scanner-2.og@contoso.com' },
  { name: "O'Brien, Siobhán (Ext.)", address: "siobhan.o'brien@fabrikam.example" },
  { name: 'Müller & Söhne GmbH <Vertrieb>', address: 'vertrieb@mueller-soehne.example' },
  { name: 'משה כהן', address: 'moshe.cohen@wingtip.example' },
  { name: 'محمد الفارس', address: 'm.alfares@adatum.example' },
  { name: '🚀 Launch Team', address: 'launch+team@northwind.example' },
];

let pool: readonly [SeedRecipient, ...SeedRecipient[]] | undefined;

/**
 * Some 420 people in four languages, always the same ones, made once a process: asking faker for each message
 * would cost more than all else together.
 */
export function people(): readonly [SeedRecipient, ...SeedRecipient[]] {
  pool ??= makePool();
  return pool;
}

function makePool(): readonly [SeedRecipient, ...SeedRecipient[]] {
  const sources = [english, german, french, japanese] as const;
  for (const source of sources) source.seed(20_260);
  const made = Array.from({ length: POOL_SIZE }, (_, index): SeedRecipient => {
    const source = sources[index % sources.length] ?? english;
    const [first, last] = [source.person.firstName(), source.person.lastName()];
    // Japanese family names come first, and an address cannot hold them.
    const name = source === japanese ? `${last} ${first}` : `${first} ${last}`;
    const local = source === japanese ? `member${index}` : ascii(`${first}.${last}`);
    return { name, address: `${local}@${DOMAINS[index % DOMAINS.length] ?? 'contoso.com'}` };
  });
  return [{ name: 'Alex Wilber', address: 'alex.wilber@contoso.com' }, ...made, ...ODD];
}

function ascii(text: string): string {
  return text
    .normalize('NFD')
    .replace(/ß/g, 'ss')
    .replace(/[^A-Za-z.]/g, '')
    .toLowerCase();
}
