import type { Random } from './random.ts';

type Words = readonly [string, ...string[]];

const SENTENCES: Readonly<Record<string, Words>> = {
  en: [
    'Thanks for getting back to me so quickly.',
    'Please find the revised figures below; the totals now include the March correction.',
    'Could you confirm by the end of the week?',
    'I have moved the session to the large room since more people signed up than we planned.',
    'Nothing urgent, but the customer asked about it twice.',
    'The link expires in 24 hours: https://example.com/share?id=8f2&mode=view',
    'As discussed, we keep the old interface running until both sides have switched.',
    'Let me know if 14:30 works for you.',
  ],
  de: [
    'vielen Dank für Ihre schnelle Rückmeldung.',
    'Anbei die überarbeitete Fassung; die Änderungen sind gelb markiert.',
    'Könnten Sie mir das bis Freitag bestätigen?',
    'Die Größe der Maßzeichnung passt nicht zum Angebot, bitte prüfen Sie Position 7.',
    'Mit freundlichen Grüßen',
  ],
  fr: [
    'Merci pour votre retour rapide.',
    'Vous trouverez ci-dessous le détail des montants à régler.',
    'Pourriez-vous me confirmer votre présence ?',
    'Cordialement,',
  ],
  ja: ['いつもお世話になっております。', '添付の資料をご確認ください。', '何卒よろしくお願いいたします。'],
};

const PARAGRAPHS_PER_LANGUAGE = 60;
const LONG_BODY_CHARACTERS = 60_000;
const pools = new Map<string, Words>();

export interface Body {
  readonly contentType: 'html' | 'text';
  readonly content: string;
}

/** Mostly HTML as Outlook writes it; one in five plain text; one in 250 some 60,000 characters long; a few empty. */
export function makeBody(random: Random, language: string): Body {
  if (random.chance(1 / 120)) return { contentType: 'text', content: '' };
  const paragraphs = paragraphPool(language);
  const wanted = random.chance(1 / 250) ? LONG_BODY_CHARACTERS : 0;
  const parts: string[] = [];
  let size = 0;
  do {
    const part = random.pick(paragraphs);
    parts.push(part);
    size += part.length;
  } while (size < wanted || random.chance(0.6));
  if (random.chance(0.2)) return { contentType: 'text', content: parts.join('\r\n\r\n') };
  return { contentType: 'html', content: asHtml(parts, random) };
}

function asHtml(parts: readonly string[], random: Random): string {
  const inner = parts.map((part) => `<p class="MsoNormal">${part.replaceAll('&', '&amp;')}</p>`).join('\r\n');
  const table = random.chance(0.1)
    ? '<table border="1"><tr><td>Net</td><td>1&nbsp;204,50&nbsp;€</td></tr></table>'
    : '';
  return (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">' +
    `</head><body lang="EN-GB"><div>${inner}${table}</div></body></html>`
  );
}

/** Paragraphs are put together once a language: the same text objects are shared by all messages. */
function paragraphPool(language: string): Words {
  const cached = pools.get(language);
  if (cached !== undefined) return cached;
  const sentences = SENTENCES[language] ?? SENTENCES['en'] ?? ['Hello.'];
  const made = Array.from({ length: PARAGRAPHS_PER_LANGUAGE }, (_, index) => {
    const length = 1 + (index % 4);
    return Array.from({ length }, (__, step) => sentences[(index * 3 + step) % sentences.length] ?? '').join(' ');
  });
  const pool: Words = [sentences[0], ...made];
  pools.set(language, pool);
  return pool;
}
