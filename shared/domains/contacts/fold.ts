/** Letters that are no accented forms of others, and yet are looked for as if they were. */
const kin: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** A text without case, accents and doubled spaces: what is the same to a person who looks for it. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[ßæœøłđðþı]/g, (letter) => kin[letter] ?? letter)
    .replaceAll(/\s+/g, ' ')
    .trim();
}
