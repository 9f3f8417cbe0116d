import type { Random } from './random.ts';

type Words = readonly [string, ...string[]];

const TOPICS: Readonly<Record<string, Words>> = {
  en: [
    'Quarterly numbers',
    'Kick-off on {day}',
    'Contract draft v{n}',
    'Invoice {n} is overdue',
    'Your order #{n} has shipped',
    'Minutes of the steering committee',
    'Lunch?',
    'Server maintenance window {day}',
    'Welcome to the team, {name}!',
    'Budget {n} / {n}: approval needed',
  ],
  de: [
    'Angebot {n} – Rückfrage',
    'Urlaubsübergabe ab {day}',
    'Protokoll der Besprechung vom {day}',
    'Mahnung zu Rechnung {n}',
    'Terminvorschlag für die Größenprüfung',
    'Bitte um Freigabe: Vertrag {n}',
  ],
  fr: [
    'Facture n° {n}',
    'Réunion de {day} : ordre du jour',
    'Devis à valider',
    "Accès à l'espace partagé",
    'Congés d’été',
  ],
  ja: ['お見積りの件（{n}）', '次回の打ち合わせについて', '【重要】システムメンテナンスのお知らせ'],
};

const DAYS: Words = ['Monday', 'Tuesday', '3 March', 'Freitag', 'jeudi', '12.11.'];
const NAMES: Words = ['Adele', 'Jürgen', 'Renée', 'Kenji'];
const PREFIXES: Readonly<Record<string, Words>> = {
  en: ['Re: ', 'RE: ', 'Fwd: '],
  de: ['AW: ', 'WG: '],
  fr: ['RE: ', 'TR: '],
  ja: ['Re: ', 'RE: '],
};

/** Subjects that real mailboxes hold and that careless code trips over. */
const ODD: Words = [
  '',
  ' ',
  '(no subject)',
  '🎉🎉 We did it! 👩‍👩‍👧‍👦 🇩🇪',
  'Zero​width‌ and soft­hyphen‍ text',
  'مرحبا: تحديث المشروع (v2) — English in between',
  'שלום ‏\u202eabc\u202c עולם',
  '"Quoted" \'single\' “smart” «guillemets» `back`',
  'C:\\temp\\file.txt and /var/log/*.log?a=1&b=2#top',
  '100% sure: 50 %25 off %00 %s %d {{name}} ${value}',
  '<script>alert("hi")</script> & <b>bold</b>',
  "Robert'); DROP TABLE messages;--",
  'Tab\tinside and two  spaces',
  'ﷺ Z̸̢͈͗a̷̛̜l̶̙͝g̵̡̈́o̴͖͌ é vs é',
  '=?utf-8?Q?Already_encoded=3F?=',
];

export interface Subject {
  readonly text: string;
  readonly language: string;
}

/** A fresh subject; one in forty is odd, one in 150 is as long as Exchange allows (255 characters). */
export function newSubject(random: Random, language: string): Subject {
  if (random.chance(1 / 40)) return { text: random.pick(ODD), language };
  const topic = fill(random.pick(TOPICS[language] ?? TOPICS['en'] ?? ODD), random);
  if (random.chance(1 / 150)) return { text: `${topic} · `.repeat(20).slice(0, 255), language };
  return { text: random.chance(0.12) ? `[${random.hex(4).toUpperCase()}] ${topic}` : topic, language };
}

/** A reply's subject: a prefix is not stacked on the same prefix. */
export function replySubject(random: Random, subject: Subject): string {
  const prefix = random.pick(PREFIXES[subject.language] ?? ['Re: ']);
  return subject.text.startsWith(prefix) ? subject.text : `${prefix}${subject.text}`.slice(0, 255);
}

function fill(template: string, random: Random): string {
  return template
    .replaceAll('{n}', () => String(1000 + random.int(9000)))
    .replaceAll('{day}', () => random.pick(DAYS))
    .replaceAll('{name}', () => random.pick(NAMES));
}
