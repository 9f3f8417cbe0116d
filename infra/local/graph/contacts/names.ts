import type { ContactFields, ContactPatch, TextMember } from './model.ts';

const NAME_PARTS = ['title', 'givenName', 'middleName', 'surname', 'generation'] as const satisfies TextMember[];

/** Whether the patch writes a part of the name. */
export function writesName(patch: ContactPatch): boolean {
  return NAME_PARTS.some((name) => patch[name] !== undefined);
}

/** What Exchange adds to a save that writes a name: `displayName` and `fileAs` made of its parts, where not given themselves. */
export function namesFor(present: ContactFields, patch: ContactPatch): ContactPatch {
  const fields = { ...present, ...patch };
  const displayName = patch.displayName ?? displayNameOf(fields);
  const made: ContactPatch = {};
  if (patch.displayName === undefined) made.displayName = displayName;
  if (patch.fileAs === undefined) made.fileAs = fileAsOf({ ...fields, displayName });
  return made;
}

/** `Dr. Zoë van der Berg Jr.`, or what else there is to call it by. */
function displayNameOf(fields: ContactFields): string {
  const name = NAME_PARTS.map((part) => fields[part]?.trim() ?? '')
    .filter((part) => part !== '')
    .join(' ');
  if (name !== '') return name;
  return fields.companyName ?? fields.emailAddresses[0]?.address ?? '';
}

/** `van der Berg, Zoë`, as a list of people is sorted by. */
function fileAsOf(fields: ContactFields): string {
  const first = [fields.givenName, fields.middleName].filter((part) => part !== null && part !== '').join(' ');
  const last = fields.surname ?? '';
  if (first !== '' && last !== '') return `${last}, ${first}`;
  return `${last}${first}` === '' ? (fields.displayName ?? '') : `${last}${first}`;
}
