/** How one AADSTS number is told: `error` and `suberror` are what a client decides by, the number explains. */
export interface AadstsEntry {
  readonly error: string;
  readonly text: string;
  readonly status?: number;
  readonly suberror?: string;
  /** The answer carries a claims challenge. */
  readonly claims?: boolean;
}

export const DEAD = 'invalid_grant';
const INTERACTION = 'interaction_required';
const MFA =
  'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.';

/** Meanings and error names from Entra's error reference and from replies seen in the field. */
export const ENTRIES: Readonly<Record<number, AadstsEntry>> = {
  50000: { error: 'server_error', status: 500, text: 'There was an error issuing a token.' },
  50011: {
    error: 'invalid_request',
    text: 'The redirect URI specified in the request does not match the redirect URIs configured for the application.',
  },
  // Told as the user's fault would be, although it is the application's.
  50013: { error: DEAD, text: 'Assertion failed signature validation.' },
  50027: { error: 'invalid_client', status: 401, text: 'JWT token is invalid or malformed.' },
  50020: {
    error: DEAD,
    text: "User account from identity provider 'live.com' does not exist in tenant and cannot access the application in that tenant.",
  },
  50034: { error: DEAD, text: 'The user account does not exist in the directory.' },
  50053: { error: DEAD, text: 'The account is locked.' },
  50057: { error: DEAD, text: 'The user account is disabled.' },
  50058: { error: 'login_required', text: 'A silent sign-in request was sent but no user is signed in.' },
  50059: {
    error: 'invalid_request',
    text: 'No tenant-identifying information found in either the request or implied by any provided credentials.',
  },
  50074: { error: INTERACTION, suberror: 'basic_action', claims: true, text: 'Strong Authentication is required.' },
  50076: { error: INTERACTION, suberror: 'basic_action', claims: true, text: MFA },
  50078: {
    error: INTERACTION,
    suberror: 'basic_action',
    claims: true,
    text: 'Presented multi-factor authentication has expired due to policies configured by your administrator.',
  },
  50079: {
    error: INTERACTION,
    suberror: 'basic_action',
    claims: true,
    text: 'Due to a configuration change made by your administrator, you must enroll in multi-factor authentication.',
  },
  50089: { error: DEAD, text: 'Authentication failed due to flow token expired.' },
  50105: { error: DEAD, text: 'The signed in user is not assigned to a role for the application.' },
  50126: { error: DEAD, text: 'Error validating credentials due to invalid username or password.' },
  50132: { error: DEAD, text: 'The session is not valid due to password expiration or recent password change.' },
  50133: { error: DEAD, text: 'Session is invalid due to expiration or recent password change.' },
  50173: {
    error: DEAD,
    suberror: 'bad_token',
    text: 'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
  },
  50194: {
    error: 'invalid_request',
    text: 'Application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after 10/15/2018.',
  },
  50196: {
    error: 'temporarily_unavailable',
    text: 'The server terminated an operation because it encountered a client request loop.',
  },
  51004: { error: DEAD, text: 'The user account does not exist in the directory.' },
  53000: {
    error: INTERACTION,
    suberror: 'message_only',
    claims: true,
    text: 'Device is not in required device state. Conditional Access policy requires a compliant device, and the device is not compliant.',
  },
  53001: {
    error: INTERACTION,
    suberror: 'message_only',
    claims: true,
    text: 'Device is not in required device state. Conditional Access policy requires a domain joined device.',
  },
  53003: {
    error: INTERACTION,
    suberror: 'message_only',
    claims: true,
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
  },
  54005: {
    error: DEAD,
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  65001: {
    error: DEAD,
    suberror: 'consent_required',
    text: 'The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.',
  },
  65004: { error: 'access_denied', text: 'User declined to consent to access the app.' },
  70000: { error: DEAD, text: 'The provided grant is invalid or malformed.' },
  70001: { error: 'unauthorized_client', text: 'The application is disabled or unknown.' },
  70002: { error: 'invalid_client', status: 401, text: 'Error validating credentials.' },
  70003: { error: 'unsupported_grant_type', text: 'The app requested an unsupported grant type.' },
  70007: {
    error: 'invalid_request',
    text: "The value is not a supported value of 'response_mode' when requesting a code.",
  },
  70008: {
    error: DEAD,
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  70011: { error: 'invalid_scope', text: 'The provided request must include a valid scope parameter.' },
  70043: {
    error: DEAD,
    suberror: 'bad_token',
    text: 'The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.',
  },
  90002: {
    error: 'invalid_request',
    text: 'Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.',
  },
  90014: { error: 'invalid_request', text: 'The required field is missing from the request.' },
  90023: { error: 'invalid_request', text: 'Invalid STS request.' },
  90033: { error: 'temporarily_unavailable', status: 503, text: 'A transient error has occurred. Please try again.' },
  90094: {
    error: 'access_denied',
    text: 'Admin consent is required. This app needs permission to access resources in your organization that only an admin can grant.',
  },
  90095: {
    error: 'access_denied',
    text: 'Admin consent is required; an approval request was made available to the user.',
  },
  165000: {
    error: 'invalid_request',
    text: 'Invalid Request: the request tokens do not match the user context. Start the sign-in again.',
  },
  500011: { error: 'invalid_resource', text: 'The resource principal was not found in the tenant.' },
  500112: {
    error: 'invalid_client',
    text: 'The reply address does not match the reply address provided when requesting Authorization code.',
  },
  501481: {
    error: DEAD,
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  501491: { error: 'invalid_request', text: 'Invalid size of Code_Challenge parameter.' },
  650053: { error: 'invalid_client', text: "The application asked for a scope that doesn't exist on the resource." },
  700005: { error: DEAD, text: 'Provided Authorization Code is intended to use against other tenant.' },
  700016: { error: 'unauthorized_client', text: 'Application was not found in the directory.' },
  700021: {
    error: 'invalid_client',
    status: 401,
    text: "Client assertion application identifier doesn't match 'client_id' parameter.",
  },
  700023: {
    error: 'invalid_client',
    status: 401,
    text: 'Client assertion audience claim does not match Realm issuer.',
  },
  700024: {
    error: 'invalid_client',
    status: 401,
    text: 'Client assertion is not within its valid time range.',
  },
  700027: { error: 'invalid_client', status: 401, text: 'Client assertion failed signature validation.' },
  700054: { error: 'unsupported_response_type', text: 'The response_type is not enabled for the application.' },
  700082: { error: DEAD, text: 'The refresh token has expired due to inactivity.' },
  700084: {
    error: DEAD,
    text: 'The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended.',
  },
  700211: { error: 'invalid_client', status: 401, text: 'No matching federated identity record found (issuer).' },
  700212: { error: 'invalid_client', status: 401, text: 'No matching federated identity record found (audience).' },
  700213: { error: 'invalid_client', status: 401, text: 'No matching federated identity record found (subject).' },
  900144: { error: 'invalid_request', text: 'The request body must contain a required parameter.' },
  1002012: {
    error: 'invalid_scope',
    text: 'Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
  },
  7000215: {
    error: 'invalid_client',
    status: 401,
    text: 'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.',
  },
  7000218: {
    error: 'invalid_client',
    status: 401,
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  7000222: { error: 'invalid_client', status: 401, text: 'The provided client secret keys are expired.' },
};
