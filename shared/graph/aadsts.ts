import type { ConnectionReason } from '../errors.ts';

/** Why Entra refuses, and what the user or the operator is to do. `try_again` is a passing failure. */
export interface Refusal {
  readonly reason: ConnectionReason | 'try_again';
  readonly text: string;
}

const again = 'Sign in to Microsoft again.';
const admin = 'Ask the administrator of your organisation';
const setup = 'The application is set up wrongly; its operator must mend it:';

const rows: readonly (readonly [Refusal['reason'], string, readonly number[]])[] = [
  ['reauth_required', `Access was revoked or the password was changed. ${again}`, [50173, 50132, 50133]],
  ['reauth_required', `The sign-in was not used for too long. ${again}`, [700082, 70008, 700084]],
  ['reauth_required', `Your organisation asks you to sign in again from time to time. ${again}`, [70043, 50089]],
  ['reauth_required', `The sign-in is no longer valid. ${again}`, [70000]],
  ['consent_missing', 'Consent is missing or was withdrawn. Connect the account again and agree.', [65001]],
  ['consent_missing', 'You did not agree to the access that was asked for. Connect again and agree.', [65004]],
  ['consent_missing', `${admin} to enable Microsoft 365 for this application.`, [650052]],
  ['app_misconfigured', `${setup} a permission is missing from its registration.`, [650056, 650057]],
  ['admin_consent_required', `${admin} to approve this application.`, [90094, 90095]],
  ['interaction_required', `Your organisation asks for a further proof. ${again}`, [50074, 50076, 50078, 50079]],
  ['interaction_required', `Your organisation's access rules ask for more. ${again}`, [53000, 53001, 53003]],
  ['account_disabled', `The account is disabled. ${admin}.`, [50057]],
  ['account_disabled', `The account does not exist. ${admin}.`, [50034, 51004]],
  ['access_denied', `The account is not assigned to this application. ${admin} to assign it.`, [50105]],
  ['access_denied', 'The account belongs to another organisation. Sign in with another account.', [50020]],
  ['app_misconfigured', `${setup} its secret is wrong.`, [7000215, 70002]],
  ['app_misconfigured', `${setup} its secret has expired.`, [7000222]],
  ['app_misconfigured', `${setup} its certificate is not registered, or has expired.`, [700027, 50012]],
  ['app_misconfigured', `${setup} its proof of identity is refused; its clock may be wrong.`, [700024, 50027, 50013]],
  ['app_misconfigured', `${setup} its proof of identity is for another application or cloud.`, [700021, 700023]],
  [
    'app_misconfigured',
    `${setup} its registration does not trust its managed identity.`,
    [70021, 700211, 700212, 700213, 7002137, 7002138],
  ],
  ['app_misconfigured', `${setup} its registration is unknown.`, [700016, 70001]],
  ['app_misconfigured', `${setup} the redirect address is not registered.`, [50011]],
  ['app_misconfigured', `${setup} it is registered for one tenant only.`, [50194]],
  ['app_misconfigured', 'The answer does not belong to this sign-in. Begin anew.', [501481]],
  ['app_misconfigured', 'This sign-in was used already. Begin anew.', [54005]],
  ['try_again', 'Microsoft is busy. Try again in a few minutes.', [90033, 50196]],
];

const byNumber: ReadonlyMap<number, Refusal> = new Map(
  rows.flatMap(([reason, text, numbers]) => numbers.map((number) => [number, { reason, text }] as const)),
);

const reauth: Refusal = { reason: 'reauth_required', text: `The sign-in is no longer valid. ${again}` };
const interaction: Refusal = { reason: 'interaction_required', text: `Microsoft asks for a further step. ${again}` };
const consent: Refusal = {
  reason: 'consent_missing',
  text: 'Consent is missing or was withdrawn. Connect the account again and agree.',
};
const misconfigured: Refusal = { reason: 'app_misconfigured', text: `${setup} Microsoft refuses its requests.` };
const busy: Refusal = { reason: 'try_again', text: 'Microsoft is busy. Try again in a few minutes.' };

const byWord: ReadonlyMap<string, Refusal> = new Map([
  ['user_password_expired', reauth],
  ['bad_token', reauth],
  ['token_expired', reauth],
  ['consent_required', consent],
  ['basic_action', interaction],
  ['additional_action', interaction],
  ['message_only', interaction],
  ['interaction_required', interaction],
  ['invalid_grant', reauth],
  ['login_required', reauth],
  ['access_denied', { reason: 'access_denied', text: 'Microsoft or the user declined the access. Connect again.' }],
  ['invalid_client', misconfigured],
  ['unauthorized_client', misconfigured],
  ['invalid_request', misconfigured],
  ['invalid_scope', misconfigured],
  ['invalid_resource', misconfigured],
  ['unsupported_response_type', misconfigured],
  ['temporarily_unavailable', busy],
  ['server_error', busy],
]);

/** What Entra said, as far as it decides. */
export interface EntraFault {
  readonly error: string;
  readonly suberror?: string | null;
  readonly numbers: readonly number[];
}

/** The meaning of a refusal: by AADSTS number, else `suberror`, else `error`; null where nothing of it is known. */
export function refusalOf(fault: EntraFault): Refusal | null {
  const numbered = fault.numbers.flatMap((number) => byNumber.get(number) ?? [])[0];
  return numbered ?? byWord.get(fault.suberror ?? '') ?? byWord.get(fault.error) ?? null;
}

/** The AADSTS numbers in a text. */
export function numbersIn(text: string): number[] {
  return [...text.matchAll(/AADSTS(\d{4,8})/g)].map((match) => Number(match[1]));
}

/** What an `error` on the callback of a sign-in means. */
export const explainSignIn = (error: string, description: string | null): { reason: string; text: string } =>
  refusalOf({ error, numbers: numbersIn(description ?? '') }) ?? {
    reason: 'sign_in_failed',
    text: 'Microsoft did not complete the sign-in. Begin anew.',
  };
