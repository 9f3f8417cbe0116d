import { settingOf, type Settings } from '../settings.ts';
import { bad, note, ok, warn, type Finding } from './finding.ts';

/** Without these the app does not start; all others have defaults. */
const REQUIRED = [
  'AzureWebJobsStorage',
  'MICROSOFT_CLIENT_ID',
  'KEY_VAULT_URL',
  'PUBLIC_BASE_URL',
  'API_KEYS',
] as const;

/** One of them, and no second. */
const CREDENTIALS = [
  'MICROSOFT_CLIENT_SECRET',
  'MICROSOFT_CLIENT_CERTIFICATE',
  'MICROSOFT_FEDERATED_IDENTITY_CLIENT_ID',
] as const;

/** Values of the example that work as they stand. */
const USABLE_EXAMPLES: readonly string[] = ['AzureWebJobsStorage'];

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the settings at hand are complete against the example, which names every setting there is. Values are not shown. */
export function checkSettings(
  example: Settings | null,
  settings: Settings | null,
  environment: Environment,
  file: string,
): Finding[] {
  const check = 'settings';
  const known = example ?? {};
  const given = (name: string): string | null => settingOf(name, environment, settings);
  if (settings === null && REQUIRED.every((name) => given(name) === null))
    return [
      note(
        check,
        `no ${file}, and none of the settings in the environment: not checked`,
        'Run it where the app runs, or give --settings.',
      ),
    ];
  const missing = REQUIRED.filter((name) => given(name) === null);
  const placeholders = [...REQUIRED, ...CREDENTIALS].filter(
    (name) => given(name) !== null && given(name) === known[name] && !USABLE_EXAMPLES.includes(name),
  );
  const unknown = Object.keys(settings ?? {}).filter((name) => !isKnown(name, known));
  const names = Object.keys(known).filter((name) => given(name) !== null);
  const findings = [
    ...missing.map((name) => bad(check, `${name} is missing`, 'See local.settings.example.json and the README.')),
    ...credentialFindings(CREDENTIALS.filter((name) => given(name) !== null)),
    ...placeholders.map((name) => bad(check, `${name} still has the value of the example`, 'Give it its real value.')),
    ...unknown.map((name) => warn(check, `${name} is not a setting of this app`, 'A slip of the pen? It is not read.')),
  ];
  const sum = `${names.length} of ${Object.keys(known).length} settings given, the others have defaults`;
  return findings.some(({ level }) => level === 'bad') ? findings : [ok(check, sum), ...findings];
}

function credentialFindings(names: readonly string[]): Finding[] {
  const hint = 'Give exactly one of the three credentials; see the README.';
  if (names.length === 0) return [bad('settings', `${CREDENTIALS.join(', ')}: one of them is missing`, hint)];
  return names.length === 1 ? [] : [bad('settings', names.join(' stands beside '), hint)];
}

/** Names with these beginnings belong to the host. */
const OF_THE_HOST = /^(FUNCTIONS_|AzureWebJobs|AzureFunctionsJobHost__|WEBSITE_|APPLICATIONINSIGHTS_|NODE_|OTEL_)/;

const isKnown = (name: string, known: Settings): boolean => Object.hasOwn(known, name) || OF_THE_HOST.test(name);
