import { readFile } from 'node:fs/promises';
import type { FoundFile, ImportContact, Refused } from './item.ts';
import { cardsOf } from './vcard/cards.ts';
import type { RawCard } from './vcard/cards.ts';
import { contactOf } from './vcard/contact.ts';
import { plainCard } from './vcard/plain.ts';
import { propertiesOf } from './vcard/properties.ts';
import { byteLines } from './text.ts';

/** The cards of a file, versions 2.1, 3.0 and 4.0. They go to the contact folder that the file's folders name. */
export async function* readVcf(file: FoundFile): AsyncIterable<ImportContact | Refused> {
  const { cards, strays } = cardsOf(byteLines(await readFile(file.path)));
  for (const [at, card] of cards.entries()) {
    yield read(file, card, cards.length === 1 ? file.name : `${file.name}#${at + 1}`);
  }
  if (cards.length === 0) yield { name: file.name, reason: 'There is no card in it.' };
  else if (strays > 0) yield { name: file.name, reason: `${strays} lines between the cards belong to none.` };
}

function read(file: FoundFile, card: RawCard, name: string): ImportContact | Refused {
  if (!card.ended) return { name, reason: 'The card does not end: the file may be cut.' };
  try {
    const { members, photo } = contactOf(propertiesOf(plainCard(card.lines)));
    return { name, contact: members, folder: file.folders, ...(photo === undefined ? {} : { photo }) };
  } catch (error) {
    return { name, reason: error instanceof Error ? error.message : String(error) };
  }
}
