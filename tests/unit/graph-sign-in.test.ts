import { AuthError, InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { describe, expect, it } from 'vitest';
import { ConnectionError, TransientError } from '../../shared/errors.ts';
import { numbersIn, refusalOf } from '../../shared/graph/aadsts.ts';
import { reduceCache } from '../../shared/graph/cache-partition.ts';
import { authorityOf } from '../../shared/graph/msal-app.ts';
import { namedScopes, plainScopes, scopesFor, usedScopes } from '../../shared/graph/scopes.ts';
import { signInError } from '../../shared/graph/sign-in-fault.ts';

const answered = { status: 400, retryAfterMs: null, failed: false };

const numbers: readonly (readonly [string, readonly number[]])[] = [
  ['reauth_required', [50173, 700082, 70008, 700084, 70043, 50132, 50133, 50089, 70000]],
  ['consent_missing', [65001, 65004, 650052]],
  ['admin_consent_required', [90094, 90095]],
  ['interaction_required', [50076, 50079, 50074, 50078, 53000, 53001, 53003]],
  ['account_disabled', [50057, 50034, 51004]],
  ['access_denied', [50105, 50020]],
  ['app_misconfigured', [7000215, 70002, 7000222, 700016, 70001, 50011, 50194, 501481, 54005, 650056, 650057]],
  ['try_again', [90033, 50196]],
];
const rows = numbers.flatMap(([reason, list]) => list.map((number) => ({ reason, number })));

describe('the table of AADSTS numbers', () => {
  it.each(rows)('$number means $reason, whichever class msal chose', ({ reason, number }) => {
    const text = `AADSTS${number}: Text about adele@contoso.com.\r\nTrace ID: x`;
    for (const error of [
      new ServerError('invalid_grant', 'c-1', text, '', String(number)),
      new ServerError('invalid_grant', 'c-1', text, 'bad_token'),
      new InteractionRequiredAuthError('interaction_required', 'c-1', text, 'basic_action', '', '', '', String(number)),
    ]) {
      const ours = signInError(error, answered);
      expect(ours).toBeInstanceOf(reason === 'try_again' ? TransientError : ConnectionError);
      if (ours instanceof ConnectionError) expect(ours.reason).toBe(reason);
      expect(ours.facts).toMatchObject({ status: 400, remoteCode: `AADSTS${number}`, requestId: 'c-1' });
      expect(`${ours.message} ${JSON.stringify(ours)}`).not.toContain('adele');
    }
  });

  it('says to every refusal what is to be done', () => {
    for (const { number } of rows) expect(refusalOf({ error: '', numbers: [number] })?.text).toMatch(/\w+.*\.$|:/);
  });
});

describe('a refusal without a number', () => {
  it.each([
    ['invalid_grant', null, 'reauth_required'],
    ['invalid_grant', 'bad_token', 'reauth_required'],
    ['invalid_grant', 'consent_required', 'consent_missing'],
    ['invalid_grant', 'basic_action', 'interaction_required'],
    ['invalid_grant', 'never_heard_of', 'reauth_required'],
    ['interaction_required', null, 'interaction_required'],
    ['consent_required', null, 'consent_missing'],
    ['login_required', null, 'reauth_required'],
    ['access_denied', null, 'access_denied'],
    ['invalid_client', null, 'app_misconfigured'],
    ['unauthorized_client', null, 'app_misconfigured'],
    ['temporarily_unavailable', null, 'try_again'],
    ['never_heard_of', null, undefined],
  ])('%s %s means %s', (error, suberror, reason) => {
    expect(refusalOf({ error, suberror, numbers: [1] })?.reason).toBe(reason);
  });
});

describe('a passing failure', () => {
  it.each([
    ['429', { ...answered, status: 429 }, new ServerError('invalid_grant', 'c', 'AADSTS50173', 'bad_token')],
    ['503', { ...answered, status: 503 }, new ServerError('server_error', 'c')],
    ['silence', { ...answered, status: null, failed: true }, new AuthError('network_error', 'c')],
    ['an unknown fault of msal', answered, new AuthError('endpoints_resolution_error', 'c')],
    ["msal's own refusal after a 429", { ...answered, status: null }, new ServerError('', 'c', 'Throttled')],
    ['anything else', answered, new TypeError('x')],
  ])('is %s', (_, endpoint, error) => {
    expect(signInError(error, endpoint)).toBeInstanceOf(TransientError);
  });
});

describe('a stored cache', () => {
  const account = { 'a-1': { username: 'adele@contoso.com' } };
  const refresh = { 'r-1': { secret: '1.AX' } };

  it('keeps what refreshing needs and drops access and id tokens', () => {
    const full = { Account: account, RefreshToken: refresh, AccessToken: { x: { secret: 'at' } }, IdToken: { y: {} } };
    expect(JSON.parse(reduceCache(JSON.stringify({ ...full, AppMetadata: { m: {} } })) ?? '')).toEqual({
      Account: account,
      RefreshToken: refresh,
      AppMetadata: { m: {} },
      AccessToken: {},
      IdToken: {},
    });
  });

  it.each([
    ['no JSON', '<html>'],
    ['no account', JSON.stringify({ RefreshToken: refresh })],
    ['no refresh token', JSON.stringify({ Account: account, RefreshToken: {} })],
  ])('is of no use with %s', (_, text) => {
    expect(reduceCache(text)).toBeNull();
  });
});

describe('scopes', () => {
  it('are the least that the domains need', () => {
    expect(scopesFor(['mail'])).toEqual(['User.Read', 'Mail.ReadWrite', 'MailboxSettings.Read']);
    expect(scopesFor(['tasks', 'contacts', 'calendar', 'bookings'])).toEqual([
      'User.Read',
      'Tasks.ReadWrite',
      'Contacts.ReadWrite',
      'Calendars.ReadWrite',
    ]);
  });

  it('are kept short, in lower case, without those of the protocol', () => {
    expect(
      plainScopes(['https://graph.microsoft.com/Mail.ReadWrite', 'openid', 'User.Read', 'offline_access']),
    ).toEqual(['mail.readwrite', 'user.read']);
  });

  it('are those of the domains in every form, and nothing that other features of the registration have', () => {
    const ours = ['calendars.read', 'calendars.readwrite.shared', 'mailboxsettings.readwrite', 'user.read'];
    const others = [
      'files.read',
      'mail.send',
      'mail.readbasic',
      'mailboxfolder.read',
      'user.read.all',
      'user.readwrite',
    ];
    expect(usedScopes([...others, ...ours])).toEqual(ours);
    expect(usedScopes(plainScopes(scopesFor(['mail', 'contacts', 'calendar', 'tasks'])))).toHaveLength(6);
  });

  it('name the Graph of another cloud', () => {
    expect(namedScopes(['User.Read'], 'https://graph.microsoft.us')).toEqual(['https://graph.microsoft.us/User.Read']);
    expect(namedScopes(['User.Read'], 'http://127.0.0.1:80')).toEqual(['User.Read']);
  });
});

describe('an authority', () => {
  it('on loopback keeps the public name and takes given endpoints', () => {
    const auth = authorityOf('http://127.0.0.1:8080', 'common');
    expect(auth.authority).toBe('https://login.microsoftonline.com/common');
    expect(JSON.parse(auth.authorityMetadata ?? '')).toMatchObject({
      issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
      token_endpoint: 'http://127.0.0.1:8080/common/oauth2/v2.0/token',
    });
  });

  it('that msal does not know is named with its port', () => {
    expect(authorityOf('https://login.example.com:8443', 't')).toEqual({
      authority: 'https://login.example.com:8443/t',
      knownAuthorities: ['login.example.com:8443'],
    });
    expect(authorityOf('https://login.microsoftonline.us', 't').knownAuthorities).toBeUndefined();
  });
});

it('finds AADSTS numbers in a description', () => {
  expect(numbersIn('AADSTS65004: User declined to consent.\r\nTrace ID: 1')).toEqual([65004]);
});
